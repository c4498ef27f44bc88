package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

func newConfigCommand(r *root) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Look at the settings"}
	cmd.AddCommand(&cobra.Command{
		Use:   "validate",
		Short: "Check all settings, and say which systems are on",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, _, err := r.load(cmd, nil, app.Sources{Systems: systems(), Serves: true})
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
				case sys.Observe:
					state = "observed: read and planned, never written"
				}
				fmt.Fprintf(out, "%s: %s\n", sys.Name, state)
			}
			return nil
		},
	})
	return cmd
}
