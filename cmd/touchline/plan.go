package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// newPlanCommand is "touchline plan".
func newPlanCommand() *cobra.Command {
	cmd := clientFlags(&cobra.Command{
		Use:   "plan",
		Short: "Show, apply and reject the plan of a run",
	})
	cmd.AddCommand(newPlanShowCommand(), newPlanApplyCommand(), newPlanRejectCommand())
	return cmd
}

func newPlanShowCommand() *cobra.Command {
	var system, kind string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show RUN",
		Short: "Show what a run would do, or did",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			req := &touchlinev1.ListChangesRequest{Run: args[0], System: system, Kind: kind, PageSize: 500}
			total, sums := 0, map[string]int{}
			err = eachOf(&req.PageToken, func() ([]*touchlinev1.Change, string, error) {
				res, err := c.pipelines.ListChanges(cmd.Context(), req)
				return res.GetChanges(), res.GetNextPageToken(), err
			}, func(change *touchlinev1.Change) error {
				total++
				sums[strings.Join([]string{change.GetSystem(), change.GetPlace(), change.GetKind(), word(change.GetOperation().String(), "OPERATION_")}, "\t")]++
				if asJSON {
					return printJSON(cmd, change)
				}
				printChange(cmd.OutOrStdout(), change)
				return nil
			})
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.ErrOrStderr(), 0, 0, 2, ' ', 0)
			for _, what := range slices.Sorted(maps.Keys(sums)) {
				fmt.Fprintf(w, "%s\t%d\n", what, sums[what])
			}
			fmt.Fprintf(w, "%d changes\n", total)
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&system, "system", "", "only the changes at this system; hub is our own copy")
	cmd.Flags().StringVar(&kind, "kind", "", "only the changes of this kind, such as club.person")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a line of JSON for each change")
	return cmd
}

func newPlanApplyCommand() *cobra.Command {
	var hash string
	var takeOver, keys []string
	var kind string
	var wait, asJSON, skip, dry bool
	cmd := &cobra.Command{
		Use:   "apply RUN",
		Short: "Carry out exactly what a plan says",
		Long: "Carry out exactly what a plan says. When one of its records has moved meanwhile, or a newer run wants\n" +
			"something else of it, nothing is done and the reason is PLAN_STALE; --skip-stale carries the rest out. Give the\n" +
			"hash of the plan that was looked at, so that no other is applied.\n\n" +
			"A first sync takes over what it has found: such records count as made by touchline, and leave when their\n" +
			"person leaves. \"touchline runs show\" says where, and how many; --take-over names the places where it may.\n\n" +
			"With --key only these records are applied, with what is decided together with them; the next run plans the\n" +
			"rest again. --dry-run shows what would be applied.",
		Example: "  touchline plan apply RUN --hash HASH --wait\n  touchline plan apply RUN --hash HASH --key ABCD123 --key EFGH456 --dry-run",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			req := &touchlinev1.ApplyPlanRequest{
				Run: args[0], PlanHash: hash, SkipStale: skip, TakeOver: placesOf(takeOver), ValidateOnly: dry,
			}
			for _, key := range keys {
				req.Only = append(req.Only, &touchlinev1.RecordKey{Kind: kind, Key: key})
			}
			res, err := c.pipelines.ApplyPlan(cmd.Context(), req)
			if err != nil {
				return explain(err)
			}
			if dry {
				return printWould(cmd, res, asJSON)
			}
			printApproved(cmd, res)
			if wait {
				return follow(cmd, c, args[0], asJSON)
			}
			if asJSON {
				return printJSON(cmd, res.GetRun())
			}
			return printRun(cmd.OutOrStdout(), res.GetRun())
		},
	}
	cmd.Flags().StringVar(&hash, "hash", "", "the plan's hash, as \"touchline runs show\" tells it")
	cmd.Flags().BoolVar(&skip, "skip-stale", false, "apply the rest when records have changed since")
	cmd.Flags().StringSliceVar(&takeOver, "take-over", []string{"all"}, "where to take over what was found, as system/place; all or none")
	cmd.Flags().StringArrayVar(&keys, "key", nil, "only this record of the plan; may be given several times")
	cmd.Flags().StringVar(&kind, "kind", "club.person", "the kind of the keys")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "change nothing, and show what would be applied")
	cmd.Flags().BoolVar(&wait, "wait", false, "show the run until it is over")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the run as one line of JSON")
	_ = cmd.MarkFlagRequired("hash")
	return cmd
}

func newPlanRejectCommand() *cobra.Command {
	var hash, reason string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "reject RUN",
		Short: "Drop the plan of a run; nothing of it is done, and the next run plans anew",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.pipelines.RejectPlan(cmd.Context(), &touchlinev1.RejectPlanRequest{Run: args[0], PlanHash: hash, Reason: reason})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res.GetRun())
			}
			return printRun(cmd.OutOrStdout(), res.GetRun())
		},
	}
	cmd.Flags().StringVar(&hash, "hash", "", "the plan's hash, as \"touchline runs show\" tells it")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit; name no person")
	jsonFlag(cmd, &asJSON, "the run")
	_ = cmd.MarkFlagRequired("hash")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

// printWould prints what an approval would apply.
func printWould(cmd *cobra.Command, res *touchlinev1.ApplyPlanResponse, asJSON bool) error {
	if asJSON {
		return printJSON(cmd, res)
	}
	for _, change := range res.GetChanges() {
		printChange(cmd.OutOrStdout(), change)
	}
	cmd.PrintErrf("would be applied: %d records, of which %d changes are shown\n", res.GetRecords(), len(res.GetChanges()))
	printApproved(cmd, res)
	return nil
}

// printApproved prints what an approval leaves out, and which limits it passes.
func printApproved(cmd *cobra.Command, res *touchlinev1.ApplyPlanResponse) {
	if n := len(res.GetLeft()); n > 0 {
		cmd.PrintErrf("left to the next run, since they have changed: %d records\n", n)
	}
	if n := res.GetLeftOpen(); n > 0 {
		cmd.PrintErrf("left to the next run, since they are not named: %d records\n", n)
	}
	for _, limit := range res.GetExceeds() {
		cmd.PrintErrf("passes a limit: %s\n", limit)
	}
}

// placesOf is what the flag says to take over; nil is all.
func placesOf(named []string) *touchlinev1.TakeOverPlaces {
	if len(named) == 1 && named[0] == "all" {
		return nil
	}
	if len(named) == 1 && named[0] == "none" {
		named = nil
	}
	return &touchlinev1.TakeOverPlaces{Places: named}
}
