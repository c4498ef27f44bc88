package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// newRecordCommand is "touchline record".
func newRecordCommand() *cobra.Command {
	cmd := clientFlags(&cobra.Command{
		Use:   "record",
		Short: "Show, list, find, retry and pause records",
	})
	cmd.AddCommand(
		newRecordShowCommand(), newRecordListCommand(), newRecordFindCommand(), newRecordRetryCommand(),
		newRecordPauseCommand(), newRecordResumeCommand(),
	)
	return cmd
}

func newRecordShowCommand() *cobra.Command {
	var system string
	var history, asJSON bool
	cmd := &cobra.Command{
		Use:     "show KIND KEY | KIND/KEY | ID",
		Short:   "Show a record, where it stands at each system, and what was decided for it",
		Example: "  touchline record show club.person ABCD123 --history",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			name, err := recordName(args)
			if err != nil {
				return err
			}
			res, err := c.records.GetSyncRecord(cmd.Context(), &touchlinev1.GetSyncRecordRequest{Record: name, System: system})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				err = printJSON(cmd, res.GetRecord())
			} else {
				err = printRecord(cmd.OutOrStdout(), res.GetRecord())
			}
			if err != nil || !history {
				return err
			}
			past, err := c.records.GetSyncRecordHistory(cmd.Context(), &touchlinev1.GetSyncRecordHistoryRequest{Record: name})
			if err != nil {
				return explain(err)
			}
			for _, change := range past.GetChanges() {
				if !asJSON {
					fmt.Fprintf(cmd.OutOrStdout(), "%s  ", clock(change.GetCreateTime()))
					printChange(cmd.OutOrStdout(), change)
				} else if err := printJSON(cmd, change); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&system, "system", "", "only what is known at this system")
	cmd.Flags().BoolVar(&history, "history", false, "the newest changes, too")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as one line of JSON, and each change as one")
	return cmd
}

// printRecord writes a record and its sync records.
func printRecord(w io.Writer, r *touchlinev1.Record) error {
	fmt.Fprintf(w, "%s %s  entity %d, version %d, changed %s%s\n", r.GetKind(), r.GetKey(), r.GetEntityId(),
		r.GetVersion(), clock(r.GetModifiedOn()), inBrackets(gone(r.GetDeletedReason())))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range r.GetFields() {
		fmt.Fprintf(t, "  %s\t%q\tfrom %s, %s\n", f.GetField(), f.GetValue(), f.GetFromSystem(), clock(f.GetSeenTime()))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, p := range r.GetSyncRecords() {
		fmt.Fprintf(w, "%s  id %s: %s%s, written %s, taken %s\n",
			strings.TrimSpace(p.GetSystem()+" "+p.GetPlace()+" "+p.GetScope()), p.GetExternalId(),
			word(p.GetState().String(), "SYNC_RECORD_STATE_"), inBrackets(p.GetReason()),
			clock(p.GetEntitySyncedOn()), clock(p.GetRemoteSyncedOn()))
		if p.GetPausedOn() != nil {
			fmt.Fprintf(w, "  paused by %s, %s: %s\n", p.GetPausedBy(), clock(p.GetPausedOn()), p.GetPauseReason())
		}
	}
	return nil
}

func gone(reason string) string {
	if reason == "" {
		return ""
	}
	return "gone: " + reason
}
