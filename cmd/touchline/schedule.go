package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// newScheduleCommand is "touchline schedule".
func newScheduleCommand() *cobra.Command {
	cmd := clientFlags(&cobra.Command{
		Use:   "schedule",
		Short: "Show and change when pipelines start by themselves",
		Long: "Show and change when pipelines start by themselves. What is changed here holds over restarts and wins over the\n" +
			"settings, until \"touchline schedule reset\".",
	})
	pause := func(ctx context.Context, c *client, name, reason string) (*touchlinev1.Schedule, error) {
		res, err := c.schedules.PauseSchedule(ctx, &touchlinev1.PauseScheduleRequest{Schedule: name, Reason: reason})
		return res.GetSchedule(), err
	}
	resume := func(ctx context.Context, c *client, name, reason string) (*touchlinev1.Schedule, error) {
		res, err := c.schedules.ResumeSchedule(ctx, &touchlinev1.ResumeScheduleRequest{Schedule: name, Reason: reason})
		return res.GetSchedule(), err
	}
	reset := func(ctx context.Context, c *client, name, reason string) (*touchlinev1.Schedule, error) {
		res, err := c.schedules.ResetSchedule(ctx, &touchlinev1.ResetScheduleRequest{Schedule: name, Reason: reason})
		return res.GetSchedule(), err
	}
	cmd.AddCommand(
		newScheduleListCommand(), newScheduleSetCommand(),
		changesSchedule(&cobra.Command{Use: "pause SCHEDULE", Short: "Stop a schedule until it is resumed; slots that pass are missed"}, pause),
		changesSchedule(&cobra.Command{Use: "resume SCHEDULE", Short: "Let a schedule go on, also one that the settings pause"}, resume),
		changesSchedule(&cobra.Command{Use: "reset SCHEDULE", Short: "Drop what was set and paused here, so that the settings hold again"}, reset),
		newScheduleRunCommand(),
	)
	return cmd
}

func newScheduleListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the schedules as they are in force, and where their times come from",
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
			return printSchedules(cmd.OutOrStdout(), res.GetSchedules())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print them as one line of JSON")
	return cmd
}

func newScheduleSetCommand() *cobra.Command {
	var cron, zone, missed string
	cmd := changesSchedule(&cobra.Command{
		Use:     "set SCHEDULE",
		Short:   "Give a schedule other times, which win over the settings until it is reset",
		Example: "  touchline schedule set people --times \"0 8,20 * * *\" --reason \"twice a day is enough in summer\"",
	}, func(ctx context.Context, c *client, name, reason string) (*touchlinev1.Schedule, error) {
		req := &touchlinev1.SetScheduleRequest{Schedule: name, Cron: cron, TimeZone: zone, Reason: reason}
		if missed != "" {
			policy, ok := touchlinev1.MissedPolicy_value["MISSED_POLICY_"+strings.ToUpper(strings.ReplaceAll(missed, "-", "_"))]
			if !ok || policy == 0 {
				return nil, usage("--missed %q is neither catch-up-once nor skip", missed)
			}
			req.MissedPolicy = touchlinev1.MissedPolicy(policy)
		}
		res, err := c.schedules.SetSchedule(ctx, req)
		return res.GetSchedule(), err
	})
	cmd.Flags().StringVar(&cron, "times", "", "a line of cron with five fields, such as \"0 8,20 * * *\"; as it is when not given")
	cmd.Flags().StringVar(&zone, "zone", "", "the zone of the times, such as Europe/Amsterdam; as it is when not given")
	cmd.Flags().StringVar(&missed, "missed", "", "what happens to slots that pass while nothing runs: catch-up-once or skip")
	cmd.MarkFlagsOneRequired("times", "zone", "missed")
	return cmd
}

func newScheduleRunCommand() *cobra.Command {
	var wait, asJSON bool
	cmd := &cobra.Command{
		Use:   "run SCHEDULE",
		Short: "Run the pipeline of a schedule now; its next slot stays",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.schedules.RunNow(cmd.Context(), &touchlinev1.RunNowRequest{Schedule: args[0], RequestId: uuid.NewString()})
			if err != nil {
				return explain(err)
			}
			return asked(cmd, c, res.GetRun(), res.GetAcceptance(), wait, asJSON)
		},
	}
	cmd.Flags().BoolVar(&wait, "wait", false, "show the run until it is over")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the run as one line of JSON")
	return cmd
}

// changesSchedule makes a command of a call that changes one schedule.
func changesSchedule(
	cmd *cobra.Command, change func(ctx context.Context, c *client, name, reason string) (*touchlinev1.Schedule, error),
) *cobra.Command {
	var reason string
	var asJSON bool
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := newClient(cmd)
		if err != nil {
			return err
		}
		is, err := change(cmd.Context(), c, args[0], reason)
		if err != nil {
			return explain(err)
		}
		if asJSON {
			return printJSON(cmd, is)
		}
		return printSchedules(cmd.OutOrStdout(), []*touchlinev1.Schedule{is})
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit; name no person")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the schedule as one line of JSON")
	return cmd
}

// printSchedules writes a table of schedules that fits 100 columns.
func printSchedules(out io.Writer, all []*touchlinev1.Schedule) error {
	zones := map[string]bool{}
	for _, s := range all {
		zones[s.GetTimeZone()] = true
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	head := "TIMES"
	if len(zones) == 1 {
		head += " (" + all[0].GetTimeZone() + ")"
	}
	fmt.Fprintf(w, "NAME\t%s\tNEXT\tSTATE\n", head)
	for _, s := range all {
		times := s.GetCron()
		if len(zones) > 1 {
			times += " " + s.GetTimeZone()
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.GetName(), times, toTheMinute(s.GetNextTime()), scheduleState(s))
	}
	return w.Flush()
}

// toTheMinute is a time as a schedule has it.
func toTheMinute(t *timestamppb.Timestamp) string {
	if t == nil {
		return "-"
	}
	return t.AsTime().Local().Format("2006-01-02 15:04 MST")
}

// scheduleState says whether a schedule runs, and what is not as the program has it.
func scheduleState(s *touchlinev1.Schedule) string {
	var says []string
	if off := s.GetOffReason(); off != "" {
		says = append(says, off)
	}
	switch pause := s.GetPauseFrom(); {
	case s.GetPaused():
		says = append(says, "paused"+originText(pause))
	case pause.GetSource() == touchlinev1.ScheduleSource_SCHEDULE_SOURCE_API:
		says = append(says, "resumed"+originText(pause))
	}
	if from := s.GetTimesFrom(); from.GetSource() != touchlinev1.ScheduleSource_SCHEDULE_SOURCE_BUILT_IN {
		says = append(says, "times"+originText(from))
	}
	if s.GetLastSkipReason() != "" {
		says = append(says, "last: "+s.GetLastSkipReason())
	}
	return strings.Join(says, ", ")
}

// originText says where something comes from: by whom, or that it stands in the settings.
func originText(o *touchlinev1.ScheduleOrigin) string {
	if o.GetSource() == touchlinev1.ScheduleSource_SCHEDULE_SOURCE_API {
		return " by " + o.GetSetBy() + ", " + toTheMinute(o.GetSetTime())
	}
	return " by the settings"
}
