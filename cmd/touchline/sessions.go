package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

// newSessionsCommand is "touchline sessions".
func newSessionsCommand() *cobra.Command {
	cmd := clientFlags(&cobra.Command{
		Use:   "sessions",
		Short: "Show the sessions at systems behind web pages, and have one signed in",
	})
	cmd.AddCommand(newSessionsListCommand(), newSignInCommand())
	return cmd
}

func newSessionsListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List how they stand, since when, and when they are used next",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.sessions.ListSessions(cmd.Context(), &touchlinev1.ListSessionsRequest{})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			return printSessions(cmd.OutOrStdout(), res.GetSessions())
		},
	}
	jsonFlag(cmd, &asJSON, "them")
	return cmd
}

func newSignInCommand() *cobra.Command {
	var wait, asJSON bool
	req := &touchlinev1.SignInNowRequest{}
	cmd := &cobra.Command{
		Use:   "sign-in SYSTEM",
		Short: "Have a worker sign in now, where the session is not; after a page in the way was put in order, for one",
		Long: "Have a worker look whether the session is signed in, and sign in where it is not. After two refused sign-ins\n" +
			"within an hour it is not tried a third time with the same credentials: that would lock the account.",
		Example: "  touchline sessions sign-in sportlink --wait",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			req.System = args[0]
			res, err := c.sessions.SignInNow(cmd.Context(), req)
			if err != nil {
				return explain(err)
			}
			is := res.GetSession()
			if wait {
				if is, err = signedIn(cmd, c, is); err != nil {
					return err
				}
			}
			if asJSON {
				err = printJSON(cmd, is)
			} else {
				err = printSessions(cmd.OutOrStdout(), []*touchlinev1.Session{is})
			}
			if last := is.GetLastSignIn(); err == nil && last.GetEndTime() != nil && !last.GetSucceeded() {
				err = &app.Exit{Code: app.ExitFailed, Err: fmt.Errorf("the sign-in did not succeed: %s%s", last.GetDetail(), inBrackets(last.GetReason()))}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&req.Reason, "reason", "", "why, for the audit; name no person")
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until it is done")
	jsonFlag(cmd, &asJSON, "the session")
	return cmd
}

const (
	lookAgain = time.Second
	// takenUpWithin is how long a worker may take to begin.
	takenUpWithin = 2 * time.Minute
)

// signedIn waits until a sign-in is done.
func signedIn(cmd *cobra.Command, c *client, is *touchlinev1.Session) (*touchlinev1.Session, error) {
	since := time.Now()
	for is.GetLastSignIn().GetEndTime() == nil {
		if is.GetLastSignIn().GetWorker() == "" && time.Since(since) > takenUpWithin {
			return nil, &app.Exit{Code: app.ExitFailed, Err: errors.New(
				"no worker has taken it up for two minutes; it stays asked for: start a touchline worker, then look with touchline sessions list")}
		}
		select {
		case <-cmd.Context().Done():
			return nil, fmt.Errorf("%w; it stays asked for: look with touchline sessions list", cmd.Context().Err())
		case <-time.After(lookAgain):
		}
		res, err := c.sessions.GetSession(cmd.Context(), &touchlinev1.GetSessionRequest{System: is.GetSystem()})
		if err != nil {
			return nil, explain(err)
		}
		is = res.GetSession()
	}
	return is, nil
}

// printSessions writes a table of sessions that fits 100 columns, and below it what there
// is to say of each.
func printSessions(out io.Writer, all []*touchlinev1.Session) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SYSTEM\tSTATE\tSINCE\tNEXT LOOK\tSIGN-IN ASKED")
	for _, s := range all {
		fmt.Fprintf(w, "%s\t%s%s\t%s\t%s\t%s\n", s.GetSystem(), word(s.GetState().String(), "SESSION_STATE_"), inBrackets(s.GetReason()),
			toTheMinute(s.GetSinceTime()), toTheMinute(s.GetNextCheckTime()), signInWord(s.GetLastSignIn()))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, s := range all {
		if s.GetDetail() != "" {
			fmt.Fprintf(out, "%s: %s\n", s.GetSystem(), s.GetDetail())
		}
		if s.GetEvidence() > 0 {
			fmt.Fprintf(out, "%s: %d pieces of evidence: touchline evidence list --system %s\n", s.GetSystem(), s.GetEvidence(), s.GetSystem())
		}
	}
	return nil
}

func signInWord(s *touchlinev1.SignIn) string {
	switch {
	case s == nil:
		return "-"
	case s.GetSucceeded():
		return "done " + toTheMinute(s.GetEndTime())
	case s.GetEndTime() != nil:
		return "failed " + toTheMinute(s.GetEndTime())
	case s.GetWorker() != "":
		return "under way"
	}
	return "waits for a worker"
}
