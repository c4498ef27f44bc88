package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

func newDoctorCommand(r *root) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine lacks, and the line that gets it",
		Long:  "Say what this machine lacks to run touchline, and the line that gets it. Ends with 1 when something is missing.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, _, err := r.settings(cmd, nil)
			if err != nil {
				return err
			}
			missing := 0
			for _, c := range app.Examine(cmd.Context(), s) {
				mark := "ok     "
				if c.Err != nil {
					mark = "MISSING"
					missing++
				}
				if _, err := fmt.Fprintln(cmd.OutOrStdout(), mark, c.Name+":", finding(c)); err != nil {
					return err
				}
			}
			if missing > 0 {
				return fmt.Errorf("%d of what is needed is missing", missing)
			}
			return nil
		},
	}
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
