package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// newSchedulesCommand is "touchline schedules".
func newSchedulesCommand() *cobra.Command {
	var asJSON bool
	cmd := clientFlags(&cobra.Command{
		Use:   "schedules",
		Short: "Show when pipelines start by themselves",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.schedules.ListSchedules(cmd.Context(), &touchlinev1.ListSchedulesRequest{})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tPIPELINE\tCRON\tZONE\tNEXT\tLAST\tNOTE")
			for _, s := range res.GetSchedules() {
				note, next := s.GetOffReason(), clock(s.GetNextTime())
				if s.GetPaused() {
					note = "paused"
				}
				if note != "" {
					next = "-"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.GetName(), s.GetPipeline(), s.GetCron(), s.GetTimeZone(),
					next, clock(s.GetLastTime()), firstOf(note, s.GetLastSkipReason()))
			}
			return w.Flush()
		},
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print them as one line of JSON")
	return cmd
}
