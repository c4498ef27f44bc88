package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// newAuditCommand is "touchline audit".
func newAuditCommand() *cobra.Command {
	cmd := clientFlags(&cobra.Command{
		Use:   "audit",
		Short: "Show what was done, by whom and why, and prove that nobody has changed it",
	})
	cmd.AddCommand(newAuditListCommand(), newAuditVerifyCommand())
	return cmd
}

func newAuditListCommand() *cobra.Command {
	var action string
	var most int32
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what was done, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.audit.ListAudit(cmd.Context(), &touchlinev1.ListAuditRequest{Action: action, PageSize: most})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ROW\tWHEN\tWHO\tWHAT")
			for _, r := range res.GetRows() {
				fmt.Fprintf(w, "%d\t%s\t%s\t%s %s%s\n", r.GetId(), clock(r.GetTime()), actor(r), r.GetAction(), r.GetTarget(), inBrackets(r.GetReason()))
			}
			more(cmd, res.GetNextPageToken())
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&action, "action", "", "only this action, such as PauseSchedule")
	cmd.Flags().Int32Var(&most, "most", 50, "how many, up to 1000")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print them as one line of JSON")
	return cmd
}

// actor is who did something, with the id of the token.
func actor(r *touchlinev1.AuditRow) string {
	if r.GetTokenId() == 0 {
		return r.GetActor()
	}
	return fmt.Sprintf("%s (token %d)", r.GetActor(), r.GetTokenId())
}

func newAuditVerifyCommand() *cobra.Command {
	var row int64
	var hash string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Prove that no row of the audit was changed, and that none is missing",
		Long: "Walk the chain of hashes of the audit, and hold it against what the server has seen of it before. It ends with 1\n" +
			"when a row was changed or is missing, also at the end. Note the last row elsewhere, and give it the next time\n" +
			"with --row and --hash: then nobody who has the server's data folder can cut the audit either.",
		Example: "  touchline audit verify\n  touchline audit verify --row 120 --hash 5f0e...",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.audit.VerifyAudit(cmd.Context(), &touchlinev1.VerifyAuditRequest{RowId: row, RowHash: hash})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "the audit is whole: %d rows, the last is %d, hash %s\n", res.GetRows(), res.GetLastId(), res.GetLastHash())
			return err
		},
	}
	cmd.Flags().Int64Var(&row, "row", 0, "a row that was noted before")
	cmd.Flags().StringVar(&hash, "hash", "", "its hash")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as one line of JSON")
	cmd.MarkFlagsRequiredTogether("row", "hash")
	return cmd
}
