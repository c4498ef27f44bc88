package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

func newRecordPauseCommand() *cobra.Command {
	cmd := changesRecord(&cobra.Command{
		Use:     "pause KIND KEY | KIND/KEY | ID",
		Short:   "Have nothing written of a record at a system until it is resumed",
		Example: "  touchline record pause club.person ABCD123 --system laposta --reason \"is being looked at\"",
	}, func(ctx context.Context, c *client, name *touchlinev1.RecordName, system, reason string) (*touchlinev1.Record, error) {
		res, err := c.records.PauseRecord(ctx, &touchlinev1.PauseRecordRequest{Record: name, System: system, Reason: reason})
		return res.GetRecord(), err
	})
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

func newRecordResumeCommand() *cobra.Command {
	return changesRecord(&cobra.Command{
		Use:   "resume KIND KEY | KIND/KEY | ID",
		Short: "Let a record be written again, by the next run",
	}, func(ctx context.Context, c *client, name *touchlinev1.RecordName, system, reason string) (*touchlinev1.Record, error) {
		res, err := c.records.ResumeRecord(ctx, &touchlinev1.ResumeRecordRequest{Record: name, System: system, Reason: reason})
		return res.GetRecord(), err
	})
}

// changesRecord makes a command of a call that changes a record at one system.
func changesRecord(
	cmd *cobra.Command, change func(ctx context.Context, c *client, name *touchlinev1.RecordName, system, reason string) (*touchlinev1.Record, error),
) *cobra.Command {
	var system, reason string
	var asJSON bool
	cmd.Args = cobra.RangeArgs(1, 2)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := newClient(cmd)
		if err != nil {
			return err
		}
		name, err := recordName(args)
		if err != nil {
			return err
		}
		is, err := change(cmd.Context(), c, name, system, reason)
		if err != nil {
			return explain(err)
		}
		if asJSON {
			return printJSON(cmd, is)
		}
		return printRecord(cmd.OutOrStdout(), is)
	}
	cmd.Flags().StringVar(&system, "system", "", "the system, such as laposta")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit; name no person")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the record as one line of JSON")
	_ = cmd.MarkFlagRequired("system")
	return cmd
}

// recordName reads what names a record: its kind and key, as two words or as one with a
// slash between them, or our id of it.
func recordName(args []string) (*touchlinev1.RecordName, error) {
	kind, key, ok := strings.Cut(strings.Join(args, "/"), "/")
	if ok {
		return &touchlinev1.RecordName{Name: &touchlinev1.RecordName_Key{Key: &touchlinev1.RecordKey{Kind: kind, Key: key}}}, nil
	}
	id, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil || id <= 0 {
		return nil, usage("give the kind and the key of a record, such as club.person ABCD123 or club.person/ABCD123, or our id of it, a number")
	}
	return &touchlinev1.RecordName{Name: &touchlinev1.RecordName_EntityId{EntityId: id}}, nil
}

func newRecordFindCommand() *cobra.Command {
	var kind string
	var most int32
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "find WORD...",
		Short: "Find records by a name, an address or a number; all words must stand in one",
		Example: "  touchline record find nova example\n" +
			"  touchline record find --kind club.person ABCD123",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.records.FindRecords(cmd.Context(), &touchlinev1.FindRecordsRequest{Text: strings.Join(args, " "), Kind: kind, PageSize: most})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			for _, r := range res.GetRecords() {
				if err := printRecord(cmd.OutOrStdout(), r); err != nil {
					return err
				}
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%d records\n", len(res.GetRecords()))
			if res.GetMore() {
				fmt.Fprintln(cmd.ErrOrStderr(), "there are more; give more words")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&kind, "kind", "", "only records of this kind")
	cmd.Flags().Int32Var(&most, "most", 20, "how many, up to 100")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print them as one line of JSON")
	return cmd
}
