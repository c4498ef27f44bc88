package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

// root is the command "touchline" with all its verbs.
type root struct {
	*cobra.Command
	file    string
	started bool // a verb began: what fails now is no wrong usage
}

func newRootCommand() *root {
	r := &root{}
	r.Command = &cobra.Command{
		Use:   "touchline",
		Short: "Keep the records of an organisation the same in all its systems",
		Long: "Touchline keeps the records of an organisation the same in all the systems that need them.\n\n" +
			"Settings come from flags, else the environment (TOUCHLINE_SERVER_LISTEN), else the file of\n" +
			"--config, else their defaults. A secret may be given as a file: TOUCHLINE_SEAL_KEY_FILE.\n\n" +
			"Exit codes: 0 ok, 1 failed, 2 wrong usage or settings, 3 stopped by a limit or a changed page,\n" +
			"4 done in part.",
		Version:           thisBuild().String(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(*cobra.Command, []string) error { r.started = true; return nil },
	}
	r.SetVersionTemplate("touchline {{.Version}}\n")
	flags := r.PersistentFlags()
	flags.StringVar(&r.file, "config", "", "file of settings (TOUCHLINE_CONFIG, /etc/touchline/config.yaml)")
	flags.String("data-dir", "", "folder of the embedded database (TOUCHLINE_DATA_DIR)")
	flags.String("log-level", "", "debug, info, warn or error")
	flags.String("log-format", "", "json or text; text on a terminal")
	r.AddCommand(
		newServeCommand(r),
		newWorkerCommand(r),
		newDemoCommand(r),
		newRunCommand(),
		newPlanCommand(),
		newRunsCommand(),
		newRecordCommand(),
		newConflictsCommand(),
		newFindingsCommand(),
		newEvidenceCommand(),
		newRestoredCommand(),
		newSchedulesCommand(),
		newTokenCommand(r.openAccess),
		newSimCommand(),
		newNewCommand(),
		newMigrateCommand(r),
		newCheckCommand(r),
		newConfigCommand(r),
		newDoctorCommand(r),
		newNoticeCommand(r),
		newVersionCommand(),
	)
	return r
}

// flagKeys are the settings that every verb's flags may set.
var flagKeys = map[string]string{
	"data-dir":   "data_dir",
	"log-level":  "log.level",
	"log-format": "log.format",
}

// execute runs the verb that the arguments name.
func (r *root) execute(ctx context.Context) error {
	err := r.ExecuteContext(ctx)
	if err != nil && !r.started {
		return app.Usage(err)
	}
	return err
}

// settings loads the settings of a verb. More flags than those of every verb
// are given as flag name and key.
func (r *root) settings(cmd *cobra.Command, more map[string]string) (app.Settings, *slog.Logger, error) {
	return r.load(cmd, more, app.Sources{Systems: systems()})
}

// demoSettings are those of a program that keeps away from real systems.
func (r *root) demoSettings(cmd *cobra.Command, more map[string]string) (app.Settings, *slog.Logger, error) {
	return r.load(cmd, more, app.Sources{NoSystems: true})
}

func (r *root) load(cmd *cobra.Command, more map[string]string, src app.Sources) (app.Settings, *slog.Logger, error) {
	src.File, src.Environ, src.Flags = r.file, os.Environ(), map[string]*pflag.Flag{}
	for _, keys := range []map[string]string{flagKeys, more} {
		for name, key := range keys {
			// A flag that was not given must not hide what the file says.
			if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
				src.Flags[key] = f
			}
		}
	}
	s, err := app.Load(src)
	if err != nil {
		return app.Settings{}, nil, err
	}
	return s, app.NewLog(s.Log, cmd.ErrOrStderr()), nil
}
