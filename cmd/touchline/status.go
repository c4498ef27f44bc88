package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// newStatusCommand is "touchline status".
func newStatusCommand() *cobra.Command {
	var asJSON bool
	cmd := clientFlags(&cobra.Command{
		Use:   "status",
		Short: "Say how the pipelines stand, since when not all is in step, and what waits for you",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.pipelines.ListPipelines(cmd.Context(), &touchlinev1.ListPipelinesRequest{})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			return printStatus(cmd.OutOrStdout(), res)
		},
	})
	jsonFlag(cmd, &asJSON, "it")
	return cmd
}

// printStatus writes the pipelines, and below what waits for somebody, with the verb that
// shows it.
func printStatus(w io.Writer, res *touchlinev1.ListPipelinesResponse) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PIPELINE\tLAST RUN\tIN STEP LAST\tNEXT")
	for _, p := range res.GetPipelines() {
		last, next := "never", toTheMinute(p.GetNextTime())
		if r := p.GetLastRun(); r != nil {
			last = fmt.Sprintf("%d %s", r.GetNumber(), runWord(r))
		}
		if p.GetOffReason() != "" {
			next = "off"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", p.GetName(), last, toTheMinute(p.GetLastSuccessTime()), next)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, p := range res.GetPipelines() {
		told := map[string]bool{}
		for _, r := range []*touchlinev1.Run{p.GetStoppedRun(), p.GetStandingRun(), p.GetLastRun()} {
			name := fmt.Sprintf("%s/%d", r.GetPipeline(), r.GetNumber())
			switch {
			case r == nil || told[name]:
			case r.GetPlanHash() != "":
				fmt.Fprintf(w, "%s has a plan that waits%s: touchline plan show %s\n", name, inBrackets(r.GetReason()), name)
			case r.GetReason() != "":
				fmt.Fprintf(w, "%s says %s: touchline runs show %s\n", name, r.GetReason(), name)
			}
			told[name] = true
		}
	}
	s := res.GetStanding()
	for _, waits := range []struct {
		n    int64
		what string
	}{
		{s.GetQuarantined(), "records are refused and set aside: touchline quarantine"},
		{s.GetHeld(), "records have a field that is refused: touchline record list KIND --held"},
		{s.GetUnreadable(), "records at systems cannot be read: touchline quarantine"},
		{s.GetLeaving(), "are leaving, and leave by themselves: touchline leavers list"},
	} {
		if waits.n > 0 {
			fmt.Fprintf(w, "%d %s\n", waits.n, waits.what)
		}
	}
	return nil
}
