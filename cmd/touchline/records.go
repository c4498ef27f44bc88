package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

func newRecordListCommand() *cobra.Command {
	var system, state string
	var held, asJSON bool
	var since time.Duration
	cmd := &cobra.Command{
		Use:   "list KIND",
		Short: "List records of a kind, and what is not in step at each system",
		Example: "  touchline record list club.person --state quarantined\n" +
			"  touchline record list club.subscriber --system laposta --held\n  touchline record list club.person --changed-since 24h",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			req := &touchlinev1.ListSyncRecordsRequest{Kind: args[0], System: system, Held: held, PageSize: 500}
			if req.State, err = stateOf(state); err != nil {
				return err
			}
			if since > 0 {
				req.ChangedSince = timestamppb.New(time.Now().Add(-since))
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			total := 0
			err = eachRecord(cmd, c, req, func(r *touchlinev1.Record) error {
				total++
				if asJSON {
					return printJSON(cmd, r)
				}
				printStanding(w, r)
				return nil
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%d records\n", total)
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&system, "system", "", "only records that have something at this system")
	cmd.Flags().StringVar(&state, "state", "", "only records in this state, such as quarantined, pending, waiting or missing")
	cmd.Flags().BoolVar(&held, "held", false, "only records of which a field is held")
	cmd.Flags().DurationVar(&since, "changed-since", 0, "only records that have changed within this time, such as 24h")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each as one line of JSON")
	return cmd
}

// printStanding writes a line for each system at which a record is not in step, or
// one that it is.
func printStanding(w io.Writer, r *touchlinev1.Record) {
	inStep := true
	for _, p := range r.GetSyncRecords() {
		if p.GetState() == touchlinev1.SyncRecordState_SYNC_RECORD_STATE_IN_STEP && len(p.GetHeld()) == 0 {
			continue
		}
		inStep = false
		reasons := make([]string, 0, 1+len(p.GetHeld()))
		if p.GetReason() != "" {
			reasons = append(reasons, p.GetReason())
		}
		for _, h := range p.GetHeld() {
			if !slices.Contains(reasons, h.GetReason()) {
				reasons = append(reasons, h.GetReason())
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.GetKey(), strings.TrimSpace(p.GetSystem()+" "+p.GetPlace()),
			word(p.GetState().String(), "SYNC_RECORD_STATE_"), strings.Join(reasons, "; "))
	}
	if inStep {
		fmt.Fprintf(w, "%s\tin step%s\t\t\n", r.GetKey(), inBrackets(gone(r.GetDeletedReason())))
	}
}

// stateOf is the state of a word; unspecified of none.
func stateOf(text string) (touchlinev1.SyncRecordState, error) {
	if text == "" {
		return touchlinev1.SyncRecordState_SYNC_RECORD_STATE_UNSPECIFIED, nil
	}
	name := "SYNC_RECORD_STATE_" + strings.ToUpper(strings.ReplaceAll(text, " ", "_"))
	if n, ok := touchlinev1.SyncRecordState_value[name]; ok && n != 0 {
		return touchlinev1.SyncRecordState(n), nil
	}
	var known []string
	for n, name := range touchlinev1.SyncRecordState_name {
		if n != 0 {
			known = append(known, word(name, "SYNC_RECORD_STATE_"))
		}
	}
	slices.Sort(known)
	return 0, usage("there is no state %q; give one of %s", text, strings.Join(known, ", "))
}

func newRecordRetryCommand() *cobra.Command {
	var system, reason, found string
	var notThere, asJSON bool
	cmd := &cobra.Command{
		Use:   "retry [KIND KEY | KIND/KEY | ID]",
		Short: "Have what a system has refused tried again by the next run",
		Long: "Have what a system has refused tried again by the next run that writes there, instead of after the wait that a\n" +
			"refusal brings: of one record, or with --reason of all that wait for it. \"touchline record list\" tells the reasons.\n\n" +
			"Where nobody but a person can tell whether a record was made, look there: --found says that it is there, and it is\n" +
			"left as it is; --not-there says that it is not, and the next run makes it.",
		Example: "  touchline record retry club.person ABCD123\n" +
			"  touchline record retry --system laposta --reason 'laposta: create member: rejected field email: status 400'",
		Args: func(cmd *cobra.Command, args []string) error {
			if (cmd.Flags().Changed("found") || notThere) && (len(args) == 0 || system == "") {
				return fmt.Errorf("--found and --not-there need the kind and the key of a record, and --system")
			}
			if len(args) <= 2 && (len(args) == 0) == (reason != "") {
				return nil
			}
			return fmt.Errorf("give the kind and the key of a record, or --reason for all that wait for it")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			req := &touchlinev1.RetrySyncRecordRequest{System: system, What: &touchlinev1.RetrySyncRecordRequest_Reason{Reason: reason}}
			if len(args) > 0 {
				name, err := recordName(args)
				if err != nil {
					return err
				}
				req.What = &touchlinev1.RetrySyncRecordRequest_Record{Record: name}
			}
			if cmd.Flags().Changed("found") || notThere {
				req.Looked = &found
			}
			res, err := c.records.RetrySyncRecord(cmd.Context(), req)
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "tried again by the next run: %d\n", res.GetSyncRecords())
			return nil
		},
	}
	cmd.Flags().StringVar(&system, "system", "", "only at this system")
	cmd.Flags().StringVar(&reason, "reason", "", "all that wait for this reason, as it is told")
	cmd.Flags().StringVar(&found, "found", "", "the id there of the record that was made")
	cmd.Flags().BoolVar(&notThere, "not-there", false, "no record was made there")
	cmd.MarkFlagsMutuallyExclusive("found", "not-there", "reason")
	jsonFlag(cmd, &asJSON, "the answer")
	return cmd
}
