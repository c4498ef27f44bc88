package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// newRunsCommand is "touchline runs".
func newRunsCommand() *cobra.Command {
	cmd := clientFlags(&cobra.Command{
		Use:   "runs",
		Short: "List, show, watch and cancel runs",
	})
	cmd.AddCommand(newRunsListCommand(), newRunsShowCommand(), newRunsWatchCommand(), newRunsCancelCommand())
	return cmd
}

func newRunsListCommand() *cobra.Command {
	var pipeline string
	var most int32
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List runs, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.pipelines.ListRuns(cmd.Context(), &touchlinev1.ListRunsRequest{Pipeline: pipeline, PageSize: most})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "RUN\tSTATE\tASKED BY\tSTARTED\tTOOK")
			for _, r := range res.GetRuns() {
				fmt.Fprintf(w, "%s/%d\t%s%s\t%s\t%s\t%s\n", r.GetPipeline(), r.GetNumber(),
					runWord(r), inBrackets(r.GetReason()), r.GetRequestedBy(), toTheMinute(r.GetStartTime()), took(r))
			}
			more(cmd, res.GetNextPageToken())
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&pipeline, "pipeline", "", "only the runs of this pipeline")
	cmd.Flags().Int32Var(&most, "most", 20, "how many, up to 1000")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print them as one line of JSON")
	return cmd
}

func newRunsShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show RUN",
		Short: "Show a run with its steps",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.pipelines.GetRun(cmd.Context(), &touchlinev1.GetRunRequest{Run: args[0]})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res.GetRun())
			}
			return printRun(cmd.OutOrStdout(), res.GetRun())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as one line of JSON")
	return cmd
}

func newRunsWatchCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "watch RUN",
		Short: "Show a run until it is over; ends with the code of its outcome",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			return follow(cmd, c, args[0], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the run as one line of JSON when it is over")
	return cmd
}

func newRunsCancelCommand() *cobra.Command {
	var reason string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "cancel RUN",
		Short: "Ask a run to end; what is written stays",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.pipelines.CancelRun(cmd.Context(), &touchlinev1.CancelRunRequest{Run: args[0], Reason: reason})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res.GetRun())
			}
			return printRun(cmd.OutOrStdout(), res.GetRun())
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit")
	jsonFlag(cmd, &asJSON, "the run")
	return cmd
}
