package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

func newDoctorCommand(r *root) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine lacks, and the line that gets it; and which systems wait for you",
		Long: "Say what this machine lacks to run touchline, and the line that gets it; and whether the webhooks of\n" +
			"the systems that are on arrive here. Where the database runs, say also which systems wait for a person,\n" +
			"and what for, as the last run has found. Ends with 1 when something is wrong.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, _, err := r.settings(cmd, nil)
			if err != nil {
				return err
			}
			return printChecked(cmd, app.Examine(cmd.Context(), s), asJSON)
		},
	}
	jsonFlag(cmd, &asJSON, "it")
	return cmd
}

func finding(c app.Checked) string {
	if lack, ok := errors.AsType[*app.Lack](c.Err); ok {
		return lack.What + "\n        get it with: " + lack.Get
	}
	if c.Err != nil {
		return c.Err.Error()
	}
	return c.Found
}
