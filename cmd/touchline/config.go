package main

import (
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

func newConfigCommand(r *root) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Look at the settings"}
	cmd.AddCommand(newConfigValidateCommand(r), newConfigShowCommand(r))
	return cmd
}

// newConfigShowCommand shows the settings as they are in force.
func newConfigShowCommand(r *root) *cobra.Command {
	var asJSON, all bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show the settings as they are in force, and where each was set; secrets are never shown",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := app.Show(r.sources(cmd, nil, app.Sources{Systems: systems()}))
			if err != nil {
				return err
			}
			if !all {
				settings = slices.DeleteFunc(settings, func(s app.Setting) bool { return s.From == "" })
			}
			if asJSON {
				return printLine(cmd, settings)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, s := range settings {
				fmt.Fprintf(w, "%s\t%s\t%s\n", s.Path, s.Value, firstOf(s.From, "default"))
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "those that nobody has set, too, with their defaults")
	jsonFlag(cmd, &asJSON, "them")
	return cmd
}

func newConfigValidateCommand(r *root) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check all settings, and say which systems are on",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, _, err := r.load(cmd, nil, app.Sources{Systems: systems(), Serves: true})
			if err != nil {
				return err
			}
			out, states := cmd.OutOrStdout(), map[string]string{}
			if !asJSON {
				fmt.Fprintln(out, "the settings are valid")
			}
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
				states[sys.Name] = state
				if !asJSON {
					fmt.Fprintf(out, "%s: %s\n", sys.Name, state)
				}
			}
			if asJSON {
				return printLine(cmd, map[string]any{"valid": true, "systems": states})
			}
			return nil
		},
	}
	jsonFlag(cmd, &asJSON, "it")
	return cmd
}
