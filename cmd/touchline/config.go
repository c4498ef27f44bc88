package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newConfigCommand(r *root) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Look at the settings"}
	cmd.AddCommand(&cobra.Command{
		Use:   "validate",
		Short: "Check all settings, and say which systems are on",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, _, err := r.settings(cmd, nil)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintln(out, "the settings are valid")
			for _, sys := range s.Systems {
				state := "on"
				switch {
				case !sys.Enabled && sys.Given:
					state = "off: enabled is false"
				case !sys.Enabled:
					state = "off: nothing is set"
				}
				fmt.Fprintf(out, "%s: %s\n", sys.Name, state)
			}
			return nil
		},
	})
	return cmd
}
