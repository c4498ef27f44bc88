package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// newFindingsCommand is "touchline findings".
func newFindingsCommand() *cobra.Command {
	cmd := clientFlags(&cobra.Command{
		Use:     "findings",
		Aliases: []string{"holds"},
		Short:   "List and accept in what the last readings are not like the good ones before",
	})
	cmd.AddCommand(newFindingsListCommand(), newFindingsAcceptCommand())
	return cmd
}

func newFindingsListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what is held because of a reading, oldest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.records.ListFindings(cmd.Context(), &touchlinev1.ListFindingsRequest{})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			for _, f := range res.GetFindings() {
				printFinding(cmd.OutOrStdout(), f)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%d findings\n", len(res.GetFindings()))
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print them as one line of JSON")
	return cmd
}

func newFindingsAcceptCommand() *cobra.Command {
	var reason string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "accept ID",
		Short:   "Say that this is how it is now; the next run takes what was held",
		Example: "  touchline findings accept 5f0e9c1b --reason \"the club has moved\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.records.AcceptChange(cmd.Context(), &touchlinev1.AcceptChangeRequest{Finding: args[0], Reason: reason})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res.GetFinding())
			}
			printFinding(cmd.OutOrStdout(), res.GetFinding())
			return nil
		},
	}
	jsonFlag(cmd, &asJSON, "it")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit; name no person")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

// printFinding writes a finding.
func printFinding(w io.Writer, f *touchlinev1.Finding) {
	state := "held"
	switch {
	case f.GetAcceptedBy() != "":
		state = "accepted by " + f.GetAcceptedBy()
	case f.GetWaits():
		state = "waits for a second reading"
	}
	fmt.Fprintf(w, "%s  %s %s  %s  %s\n  %s\n", f.GetId(), f.GetSystem(), f.GetPlace(), f.GetCause(), state, f.GetText())
}
