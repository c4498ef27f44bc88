package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// newLeaversCommand is "touchline leavers".
func newLeaversCommand() *cobra.Command {
	cmd := clientFlags(&cobra.Command{
		Use:   "leavers",
		Short: "List who is leaving, keep them, or let them go",
	})
	cmd.AddCommand(newLeaversListCommand(),
		newLeaversDecideCommand(&cobra.Command{
			Use:     "keep KIND/KEY... | ID...",
			Short:   "Keep them until they are let go, or are seen again",
			Example: "  touchline leavers keep club.person/ABCD123 --reason \"a typing error at the source\"",
		}, touchlinev1.LeaverDecision_LEAVER_DECISION_KEEP),
		newLeaversDecideCommand(&cobra.Command{
			Use:     "let-go KIND/KEY... | ID...",
			Short:   "Let them go with the next run, without a second reading; no limit counts them",
			Example: "  touchline leavers let-go club.person/ABCD123 --reason \"has cancelled\"",
		}, touchlinev1.LeaverDecision_LEAVER_DECISION_LET_GO))
	return cmd
}

func newLeaversListCommand() *cobra.Command {
	var kind string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List who is leaving, since when, why, and from when on it is so",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			total := 0
			req := &touchlinev1.ListLeaversRequest{Kind: kind, PageSize: 500}
			err = eachOf(&req.PageToken, func() ([]*touchlinev1.Leaver, string, error) {
				res, err := c.records.ListLeavers(cmd.Context(), req)
				return res.GetLeavers(), res.GetNextPageToken(), err
			}, func(l *touchlinev1.Leaver) error {
				total++
				return tellLeaver(cmd, l, asJSON)
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%d records\n", total)
			return nil
		},
	}
	cmd.Flags().StringVar(&kind, "kind", "", "only records of this kind")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each as one line of JSON")
	return cmd
}

func newLeaversDecideCommand(cmd *cobra.Command, decision touchlinev1.LeaverDecision) *cobra.Command {
	var reason string
	var asJSON bool
	cmd.Args = cobra.MinimumNArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := newClient(cmd)
		if err != nil {
			return err
		}
		req := &touchlinev1.DecideLeaversRequest{Decision: decision, Reason: reason}
		for _, arg := range args {
			name, err := recordName([]string{arg})
			if err != nil {
				return err
			}
			req.Records = append(req.Records, name)
		}
		res, err := c.records.DecideLeavers(cmd.Context(), req)
		if err != nil {
			return explain(err)
		}
		for _, l := range res.GetLeavers() {
			if err := tellLeaver(cmd, l, asJSON); err != nil {
				return err
			}
		}
		return nil
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit; name no person")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each as one line of JSON")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

func tellLeaver(cmd *cobra.Command, l *touchlinev1.Leaver, asJSON bool) error {
	if asJSON {
		return printJSON(cmd, l)
	}
	printLeaver(cmd.OutOrStdout(), l)
	return nil
}

// printLeaver writes who is leaving, with a line for each system.
func printLeaver(w io.Writer, l *touchlinev1.Leaver) {
	var who []string
	for _, f := range l.GetIdentity() {
		who = append(who, f.GetValue())
	}
	fmt.Fprintf(w, "%s/%s  %s\n", l.GetKind(), l.GetKey(), strings.Join(who, " "))
	for _, at := range l.GetLeavings() {
		fmt.Fprintf(w, "  %s %s: %s since %s, leaves from %s\n", at.GetSystem(), at.GetPlace(), word(at.GetWhy().String(), "LEAVING_WHY_"),
			clock(at.GetSince()), clock(at.GetLeavesOn()))
		for _, e := range at.GetEvidence() {
			fmt.Fprintf(w, "    %s\n", evidenceOf(e))
		}
		if at.GetDecision() != touchlinev1.LeaverDecision_LEAVER_DECISION_UNSPECIFIED {
			fmt.Fprintf(w, "    %s: %s, %s: %s\n", word(at.GetDecision().String(), "LEAVER_DECISION_"), at.GetDecidedBy(), clock(at.GetDecideTime()), at.GetDecideReason())
		}
	}
	if l.GetPlan() != "" {
		fmt.Fprintf(w, "  a plan that ends it waits for you: touchline plan show %s\n", l.GetPlan())
	}
}

// evidenceOf says which reading has led to it.
func evidenceOf(e *touchlinev1.LeavingEvidence) string {
	if e.GetView() != "" {
		return fmt.Sprintf("missing from %d full readings of %s %s (%s)", e.GetReadings(), e.GetSystem(), e.GetPlace(), e.GetView())
	}
	return fmt.Sprintf("%s %s: %s as it was read", e.GetSystem(), e.GetPlace(), e.GetExternalId())
}
