package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/jobs/notice"
)

// newNoticeCommand is "touchline notice".
func newNoticeCommand(r *root) *cobra.Command {
	cmd := &cobra.Command{Use: "notice", Short: "See whether people are told"}
	var asJSON bool
	test := &cobra.Command{
		Use:   "test",
		Short: "Send a test by mail and webhook, as the settings have them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, _, err := r.settings(cmd, nil)
			if err != nil {
				return err
			}
			senders, err := s.Senders()
			if err != nil {
				return err
			}
			if len(senders) == 0 {
				return app.Usage(errors.New("nobody is told: set notices.mail or notices.webhook"))
			}
			if err := senders.Send(cmd.Context(), notice.Notice{Kind: notice.Test, At: app.Now()}); err != nil {
				return err
			}
			if asJSON {
				return printLine(cmd, map[string]bool{"sent": true})
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "sent; see whether it arrives")
			return err
		},
	}
	jsonFlag(test, &asJSON, "that it was sent")
	cmd.AddCommand(test)
	return cmd
}
