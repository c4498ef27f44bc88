package main

import (
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// newQuarantineCommand is "touchline quarantine".
func newQuarantineCommand() *cobra.Command {
	var system string
	var asJSON bool
	cmd := clientFlags(&cobra.Command{
		Use:   "quarantine",
		Short: "List the records of all kinds that a system has refused and that are set aside, with the reason",
		Long: "List the records of all kinds that a system has refused and that are set aside, with the reason. Once the cause is\n" +
			"mended, \"touchline record retry\" has the next run try them. Last come those that could not be read at a system and are\n" +
			"nobody's: correct them there.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			list, err := c.pipelines.ListPipelines(cmd.Context(), &touchlinev1.ListPipelinesRequest{})
			if err != nil {
				return explain(err)
			}
			var kinds []string
			for _, p := range list.GetPipelines() {
				kinds = append(kinds, p.GetKinds()...)
			}
			slices.Sort(kinds)
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			total := 0
			for _, kind := range slices.Compact(kinds) {
				err := eachRecord(cmd, c, &touchlinev1.ListSyncRecordsRequest{
					Kind: kind, System: system, State: touchlinev1.SyncRecordState_SYNC_RECORD_STATE_QUARANTINED, PageSize: 500,
				}, func(r *touchlinev1.Record) error {
					total++
					if asJSON {
						return printJSON(cmd, r)
					}
					fmt.Fprintf(w, "%s\t", kind)
					printStanding(w, r)
					return nil
				})
				if err != nil {
					return err
				}
			}
			err = eachUnreadable(cmd, c, system, func(r *touchlinev1.UnreadableRecord) error {
				total++
				if asJSON {
					return printJSON(cmd, r)
				}
				_, err := fmt.Fprintf(w, "%s\t%s\t%s %s\tnobody's\t%s\n", r.GetKind(), r.GetExternalId(), r.GetSystem(), r.GetPlace(), r.GetReason())
				return err
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%d records\n", total)
			return w.Flush()
		},
	})
	cmd.Flags().StringVar(&system, "system", "", "only at this system")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each as one line of JSON")
	return cmd
}

// eachUnreadable goes through what could not be read and is nobody's.
func eachUnreadable(cmd *cobra.Command, c *client, system string, f func(*touchlinev1.UnreadableRecord) error) error {
	req := &touchlinev1.ListUnreadableRequest{System: system, PageSize: 500}
	return eachOf(&req.PageToken, func() ([]*touchlinev1.UnreadableRecord, string, error) {
		res, err := c.records.ListUnreadable(cmd.Context(), req)
		return res.GetRecords(), res.GetNextPageToken(), err
	}, f)
}

// eachRecord goes through all pages of a list of records.
func eachRecord(cmd *cobra.Command, c *client, req *touchlinev1.ListSyncRecordsRequest, f func(*touchlinev1.Record) error) error {
	return eachOf(&req.PageToken, func() ([]*touchlinev1.Record, string, error) {
		res, err := c.records.ListSyncRecords(cmd.Context(), req)
		return res.GetRecords(), res.GetNextPageToken(), err
	}, f)
}
