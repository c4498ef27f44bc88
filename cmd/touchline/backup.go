package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

func newBackupCommand(r *root) *cobra.Command {
	var cold, asJSON bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a backup of the database to a file",
		Long: "Write a backup of the database to a file, while touchline runs. It needs pg_dump, at least as new as\n" +
			"the server. With --cold the folder of the private database is copied instead, while touchline is\n" +
			"stopped, which needs no program.\n\n" +
			"The backup holds the data of persons. It does not hold the settings and the seal key: keep those\n" +
			"elsewhere; without the key sessions and evidence of the backup cannot be read.",
		Example: "  touchline backup /var/backups/touchline-$(date +%F).dump",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, log, err := r.settings(cmd, nil)
			if err != nil {
				return err
			}
			if err := app.Backup(cmd.Context(), s, log, args[0], cold); err != nil {
				return err
			}
			if asJSON {
				return printLine(cmd, map[string]string{"written": args[0]})
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s is written; the settings and the seal key are not in it\n", args[0])
			return nil
		},
	}
	cmd.Flags().BoolVar(&cold, "cold", false, "copy the folder of the private database, which must not run")
	jsonFlag(cmd, &asJSON, "what was written")
	return cmd
}

func newRestoreCommand(r *root) *cobra.Command {
	var replace, asJSON bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Bring a backup of the database back",
		Long: "Bring a backup of the database back, while touchline is stopped: into an empty database of your own\n" +
			"(database.url), or as the private database, which with --replace is put aside and kept.\n\n" +
			"At the next start the database counts as RESTORED: until every place was read whole nothing is\n" +
			"created or removed, and no consent is loosened.",
		Example: "  systemctl stop touchline 'touchline-worker@*'\n" +
			"  runuser -u touchline -- touchline restore --data-dir /var/lib/touchline --replace /var/backups/touchline-2026-11-30.dump",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, log, err := r.settings(cmd, nil)
			if err != nil {
				return err
			}
			aside, err := app.Restore(cmd.Context(), s, log, args[0], replace)
			if err != nil {
				return err
			}
			if asJSON {
				return printLine(cmd, map[string]string{"restored": args[0], "aside": aside})
			}
			out := cmd.ErrOrStderr()
			if aside != "" {
				fmt.Fprintf(out, "what was there is in %s; remove it when it is not needed any more\n", aside)
			}
			fmt.Fprintln(out, "restored; start touchline, and look whether its log says RESTORED: touchline restored show")
			return nil
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "put the private database that is there aside")
	jsonFlag(cmd, &asJSON, "what was restored, and where what was there is")
	return cmd
}
