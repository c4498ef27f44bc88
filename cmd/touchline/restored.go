package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// newRestoredCommand is "touchline restored".
func newRestoredCommand() *cobra.Command {
	cmd := clientFlags(&cobra.Command{
		Use:   "restored",
		Short: "Say whether the database was restored from a backup, and what waits to be read; end that",
	})
	cmd.AddCommand(newRestoredShowCommand(), newRestoredEndCommand())
	return cmd
}

func newRestoredShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Say whether the database is RESTORED, and what must still be read whole",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.pipelines.GetRestored(cmd.Context(), &touchlinev1.GetRestoredRequest{})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			if res.GetSince() == nil {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "the database is not RESTORED")
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "RESTORED since %s: nothing is created or removed and no consent is loosened until these were read whole\n",
				res.GetSince().AsTime().Format(time.RFC3339))
			for _, p := range res.GetPlaces() {
				fmt.Fprintf(cmd.OutOrStdout(), "  %s %s %s\n", p.GetSystem(), p.GetPlace(), p.GetView())
			}
			return nil
		},
	}
	jsonFlag(cmd, &asJSON, "it")
	return cmd
}

func newRestoredEndCommand() *cobra.Command {
	var reason string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "end",
		Short:   "End it before everything was read; what was done since the backup may be done once more",
		Example: "  touchline restored end --reason \"the backup is from after the last run\"",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.pipelines.EndRestored(cmd.Context(), &touchlinev1.EndRestoredRequest{Reason: reason})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "the database is no longer RESTORED")
			return err
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit; name no person")
	jsonFlag(cmd, &asJSON, "the answer")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
