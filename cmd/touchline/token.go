package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/sync/store"
)

// openAccess opens the tokens of the database that the configuration names.
// close lets go of it.
type openAccess func(cmd *cobra.Command) (access *store.Access, done func(), err error)

// newTokenCommand is "touchline token": it works on the database itself, so
// that there is a way to make the first token.
func newTokenCommand(open openAccess) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke the tokens of the API",
	}
	cmd.AddCommand(newTokenCreateCommand(open), newTokenListCommand(open), newTokenRevokeCommand(open))
	return cmd
}

func newTokenCreateCommand(open openAccess) *cobra.Command {
	var role, name string
	var asJSON bool
	var expires time.Duration
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make a token and print it, this one time",
		Long: "Make a token and print it on standard output. Only its hash is kept: it cannot be shown again.\n" +
			"A viewer sees values masked, an operator sees them and runs, an admin does the rest.",
		Example: "  touchline token create --role operator --name alice > token && chmod 600 token",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if store.Role(role).Rank() == 0 {
				return usage("--role %q is none of viewer, operator, admin", role)
			}
			if expires <= 0 {
				return usage("--expires must be above zero")
			}
			return withAccess(cmd, open, func(ctx context.Context, a *store.Access) error {
				secret, t, err := a.Create(ctx, name, store.Role(role), expires, commandLine())
				if err != nil {
					return err
				}
				if asJSON {
					return printLine(cmd, struct {
						tokenLine

						Token string `json:"token"` // this one time
					}{lineOf(t), secret})
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "token %d %q, %s, until %s; it is shown this one time:\n",
					t.ID, t.Name, t.Role, t.ExpiresAt.Local().Format(time.DateTime))
				_, err = fmt.Fprintln(cmd.OutOrStdout(), secret)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&role, "role", "", "viewer, operator or admin")
	cmd.Flags().StringVar(&name, "name", "command line", "who will use it; stands in runs and in the audit")
	cmd.Flags().DurationVar(&expires, "expires", 720*time.Hour, "how long it is valid")
	_ = cmd.MarkFlagRequired("role")
	jsonFlag(cmd, &asJSON, "the token and what is known of it")
	return cmd
}

func newTokenListCommand(open openAccess) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tokens",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withAccess(cmd, open, func(ctx context.Context, a *store.Access) error {
				tokens, err := a.List(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					lines := make([]tokenLine, len(tokens))
					for i, t := range tokens {
						lines[i] = lineOf(t)
					}
					return printLine(cmd, lines)
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "ID\tNAME\tROLE\tMADE\tEXPIRES\tSTATE")
				for _, t := range tokens {
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Name, t.Role,
						t.CreatedAt.Local().Format(time.DateTime), t.ExpiresAt.Local().Format(time.DateTime), tokenState(t))
				}
				return w.Flush()
			})
		},
	}
	jsonFlag(cmd, &asJSON, "them")
	return cmd
}

func newTokenRevokeCommand(open openAccess) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "revoke ID",
		Short: "End a token at once; a watch that is open goes on to the end of its run",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usage("%q is not the number of a token; \"touchline token list\" shows them", args[0])
			}
			return withAccess(cmd, open, func(ctx context.Context, a *store.Access) error {
				t, err := a.Revoke(ctx, id, commandLine())
				if err != nil {
					return fmt.Errorf("revoke token %d: %w", id, err)
				}
				if asJSON {
					return printLine(cmd, lineOf(t))
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "token %d %q is revoked\n", t.ID, t.Name)
				return err
			})
		},
	}
	jsonFlag(cmd, &asJSON, "what is known of it")
	return cmd
}

// tokenLine is what is known of a token, as JSON has it.
type tokenLine struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`
	Role    string    `json:"role"`
	Made    time.Time `json:"made"`
	Expires time.Time `json:"expires"`
	State   string    `json:"state"`
}

func lineOf(t store.Token) tokenLine {
	return tokenLine{t.ID, t.Name, t.Role, t.CreatedAt, t.ExpiresAt, tokenState(t)}
}

func withAccess(cmd *cobra.Command, open openAccess, f func(context.Context, *store.Access) error) error {
	access, done, err := open(cmd)
	if err != nil {
		return err
	}
	defer done()
	return f(cmd.Context(), access)
}

func tokenState(t store.Token) string {
	switch {
	case t.RevokedAt != nil:
		return "revoked"
	case !time.Now().Before(t.ExpiresAt):
		return "expired"
	}
	return "valid"
}

// commandLine names in the audit who works on the machine itself.
func commandLine() store.Actor {
	return store.Actor{Name: "command line, user " + strconv.Itoa(os.Getuid())}
}
