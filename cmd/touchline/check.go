package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

func newCheckCommand(r *root) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [SYSTEM...]",
		Short: "Sign in to the outside systems, and say with which account",
		Long: "Sign in to the outside systems named, or to all that are on, and say with which account. It\n" +
			"changes nothing there. Ends with 1 when one of them does not let us in.",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, log, err := r.settings(cmd, nil)
			if err != nil {
				return err
			}
			if err := s.HasOn(args); err != nil {
				return err
			}
			db, err := app.OpenDatabase(cmd.Context(), s, log)
			if err != nil {
				return err
			}
			defer db.Close()
			if err := db.Migrate(cmd.Context()); err != nil {
				return err
			}
			all, err := app.CheckSystems(cmd.Context(), s, db, log, args)
			if err != nil {
				return err
			}
			return printChecked(cmd, all, asJSON)
		},
	}
	jsonFlag(cmd, &asJSON, "them")
	return cmd
}

// checked is one thing that was looked for, as JSON has it.
type checked struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Found string `json:"found"` // or what is wrong
}

// printChecked writes a line for each thing and fails when one is wrong.
func printChecked(cmd *cobra.Command, all []app.Checked, asJSON bool) error {
	wrong, lines := 0, make([]checked, len(all))
	for i, c := range all {
		mark := "ok     "
		if c.Err != nil {
			mark = "WRONG  "
			wrong++
		}
		lines[i] = checked{c.Name, c.Err == nil, finding(c)}
		if asJSON {
			continue
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), mark, c.Name+":", finding(c)); err != nil {
			return err
		}
	}
	if asJSON {
		if err := printLine(cmd, lines); err != nil {
			return err
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d are not in order", wrong, len(all))
	}
	return nil
}
