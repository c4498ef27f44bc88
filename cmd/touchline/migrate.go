package main

import (
	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/sync/store"
)

func newMigrateCommand(r *root) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database to the state that this program needs",
		Long: "Bring the database to the state that this program needs, and end.\n" +
			"It is safe to repeat, and safe to run in several places at once.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, log, err := r.settings(cmd, nil)
			if err != nil {
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
			log.InfoContext(cmd.Context(), "the database is up to date")
			if asJSON {
				return printLine(cmd, map[string]bool{"up_to_date": true})
			}
			return nil
		},
	}
	jsonFlag(cmd, &asJSON, "that it is done")
	return cmd
}

// openAccess opens the tokens of the database that the settings name, whether
// the server runs or not.
func (r *root) openAccess(cmd *cobra.Command) (*store.Access, func(), error) {
	db, done, err := r.openDatabase(cmd)
	if err != nil {
		return nil, nil, err
	}
	return store.NewAccess(db.Pool, app.Now), done, nil
}

// openDatabase opens the database that the settings name, in the state that this program
// needs, whether the server runs or not.
func (r *root) openDatabase(cmd *cobra.Command) (*app.Database, func(), error) {
	s, log, err := r.settings(cmd, nil)
	if err != nil {
		return nil, nil, err
	}
	db, err := app.OpenDatabase(cmd.Context(), s, log)
	if err != nil {
		return nil, nil, err
	}
	if err := db.Migrate(cmd.Context()); err != nil {
		db.Close()
		return nil, nil, err
	}
	return db, db.Close, nil
}
