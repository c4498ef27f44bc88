package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"
	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

// newRunCommand is "touchline run".
func newRunCommand() *cobra.Command {
	var plan, wait, asJSON bool
	var kind, reason, requestID string
	var keys, lift []string
	cmd := clientFlags(&cobra.Command{
		Use:   "run PIPELINE",
		Short: "Run a pipeline, or make a plan of what it would do",
		Long: "Run a pipeline, or all of them with \"all\", one after the other. With --wait the command shows the run until it is over and ends with the code of its outcome:\n" +
			"0 succeeded, 1 failed, 3 guard stopped or drifted, 4 partial.",
		Example: "  touchline run people --plan\n  touchline run people --key ABCD123 --wait\n  touchline run all --wait",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			if requestID == "" {
				requestID = uuid.NewString()
			}
			req := &touchlinev1.RunPipelineRequest{Pipeline: args[0], RequestId: requestID, ValidateOnly: plan}
			if len(keys) > 0 {
				req.Scope = &touchlinev1.Scope{Kind: kind, Keys: keys}
			}
			if len(lift) > 0 {
				req.Override = &touchlinev1.Override{Limits: lift, Reason: reason}
			}
			res, err := c.pipelines.RunPipeline(cmd.Context(), req)
			if err != nil {
				return explain(err)
			}
			return asked(cmd, c, res.GetRun(), res.GetAcceptance(), wait || plan, asJSON)
		},
	})
	flags := cmd.Flags()
	flags.BoolVar(&plan, "plan", false, "make a plan and change nothing; waits for it")
	flags.BoolVar(&wait, "wait", false, "show the run until it is over")
	flags.BoolVar(&asJSON, "json", false, "print the run as one line of JSON")
	flags.StringArrayVar(&keys, "key", nil, "only this record; may be given several times")
	flags.StringVar(&kind, "kind", "club.person", "the kind of the keys")
	flags.StringArrayVar(&lift, "lift", nil, "let this run pass a limit, such as TOO_MANY_REMOVED; needs --reason")
	flags.StringVar(&reason, "reason", "", "why a limit is lifted, for the audit")
	flags.StringVar(&requestID, "request-id", "", "a UUID that makes the command safe to repeat")
	return cmd
}

// asked tells what became of a request to run and, if it is wanted, shows the run until
// it is over.
func asked(cmd *cobra.Command, c *client, run *touchlinev1.Run, how touchlinev1.Acceptance, wait, asJSON bool) error {
	fmt.Fprintf(cmd.ErrOrStderr(), "%s/%d %s: %s\n", run.GetPipeline(), run.GetNumber(), run.GetId(), acceptance(how))
	if wait {
		return follow(cmd, c, run.GetId(), asJSON)
	}
	if asJSON {
		return printJSON(cmd, run)
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), run.GetId())
	return err
}

func acceptance(a touchlinev1.Acceptance) string {
	switch a {
	case touchlinev1.Acceptance_ACCEPTANCE_QUEUED:
		return "queued behind the active run"
	case touchlinev1.Acceptance_ACCEPTANCE_RUN_ACTIVE:
		return "RUN_ACTIVE: this run is under way already"
	case touchlinev1.Acceptance_ACCEPTANCE_REPLAYED:
		return "this request was made before; this is its run"
	}
	return "started"
}

// follow shows a run until it is over, then its sums, and returns the exit
// code of its outcome. A stream that breaks off is taken up again.
func follow(cmd *cobra.Command, c *client, id string, asJSON bool) error {
	err := watch(cmd, c, id)
	if cmd.Context().Err() != nil {
		return fmt.Errorf("the run goes on: \"touchline runs watch %s\" shows it again, \"touchline runs cancel %s\" ends it", id, id)
	}
	if err != nil {
		return explain(err)
	}
	res, err := c.pipelines.GetRun(cmd.Context(), &touchlinev1.GetRunRequest{Run: id})
	if err != nil {
		return explain(err)
	}
	if asJSON {
		err = printJSON(cmd, res.GetRun())
	} else {
		err = printRun(cmd.OutOrStdout(), res.GetRun())
	}
	if err != nil {
		return err
	}
	return outcomeError(res.GetRun())
}

// How long a server that is away is waited for, and how often it is asked.
const (
	awayAtMost = 30 * time.Second
	askAgain   = 500 * time.Millisecond
)

// watch prints the events of a run until it is over. When the server is
// restarted or the line breaks it goes on after the last event.
func watch(cmd *cobra.Command, c *client, id string) error {
	var seen int64
	last := time.Now()
	shown := newProgress(cmd.ErrOrStderr(), func() map[kindAt]int64 { return planned(cmd.Context(), c, id) })
	defer shown.clear()
	for {
		err := watchOnce(cmd.Context(), c, id, seen, func(e *touchlinev1.RunEvent) {
			seen, last = e.GetSequence(), time.Now()
			shown.show(e)
		})
		// A line that breaks while the request is written comes as "canceled".
		away := connect.CodeOf(err) == connect.CodeUnavailable ||
			connect.CodeOf(err) == connect.CodeCanceled && cmd.Context().Err() == nil
		if !away || time.Since(last) > awayAtMost {
			return err
		}
		select {
		case <-cmd.Context().Done():
			return err
		case <-time.After(askAgain):
		}
	}
}

func watchOnce(ctx context.Context, c *client, id string, after int64, show func(*touchlinev1.RunEvent)) error {
	stream, err := c.pipelines.WatchRun(ctx, &touchlinev1.WatchRunRequest{Run: id, AfterSequence: after})
	if err != nil {
		return err
	}
	for stream.Receive() {
		show(stream.Msg().GetEvent())
	}
	return errors.Join(stream.Err(), stream.Close())
}

// outcomeError is the exit code of a run's outcome.
func outcomeError(run *touchlinev1.Run) error {
	code := app.ExitFailed
	switch run.GetOutcome() {
	case touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED:
		return nil
	case touchlinev1.RunOutcome_RUN_OUTCOME_GUARD_STOPPED, touchlinev1.RunOutcome_RUN_OUTCOME_DRIFTED:
		code = app.ExitStopped
	case touchlinev1.RunOutcome_RUN_OUTCOME_PARTIAL:
		code = app.ExitPartial
	case touchlinev1.RunOutcome_RUN_OUTCOME_UNSPECIFIED:
		if run.GetState() == touchlinev1.RunState_RUN_STATE_PLANNED {
			return nil
		}
	}
	return &app.Exit{Code: code, Err: fmt.Errorf("run %s/%d: %s%s", run.GetPipeline(), run.GetNumber(),
		strings.TrimPrefix(run.GetOutcome().String(), "RUN_OUTCOME_"), inBrackets(run.GetReason()))}
}
