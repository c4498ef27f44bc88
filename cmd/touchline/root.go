package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

// root is the command "touchline" with all its verbs.
type root struct {
	*cobra.Command
	file    string
	level   *app.LogLevel // of the log that was loaded
	started bool          // a verb began: what fails now is no wrong usage
	unknown error         // no verb was named, or one that does not exist
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
		PersistentPreRunE: r.start,
	}
	help := r.HelpFunc()
	r.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if r.unknown = wrongVerb(cmd, cmd.Flags().Args()); r.unknown == nil {
			help(cmd, args)
		}
	})
	r.SetHelpCommand(newHelpCommand(r, help))
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
		newStatusCommand(),
		newRecordCommand(),
		newQuarantineCommand(),
		newLeaversCommand(),
		newConflictsCommand(),
		newFindingsCommand(),
		newEvidenceCommand(),
		newAuditCommand(),
		newRestoredCommand(),
		newScheduleCommand(),
		newSessionsCommand(),
		newTokenCommand(r.openAccess),
		newSimCommand(),
		newNewCommand(),
		newImportCommand(r),
		newMigrateCommand(r),
		newBackupCommand(r),
		newRestoreCommand(r),
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

// start is called when all is well with the arguments and flags of a verb.
func (r *root) start(cmd *cobra.Command, _ []string) error {
	if err := errors.Join(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups()); err != nil {
		return err
	}
	r.started = true
	return nil
}

// execute runs the verb that the arguments name.
func (r *root) execute(ctx context.Context) error {
	cmd, err := r.ExecuteContextC(ctx)
	if err != nil && !r.started && cmd.Runnable() {
		return usage("%w\n%s", err, "usage: "+cmd.UseLine())
	}
	if err = cmp.Or(err, r.unknown); err != nil && !r.started {
		return app.Usage(err)
	}
	return err
}

// wrongVerb says what is wrong when a command is shown that only has verbs. Cobra
// shows its help then, and calls that a success.
func wrongVerb(cmd *cobra.Command, args []string) error {
	asked := cmd.Flags().Changed("help")
	if !cmd.HasSubCommands() || len(args) == 0 && (asked || !cmd.HasParent()) {
		return nil
	}
	var verbs []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			verbs = append(verbs, c.Name())
		}
	}
	there := fmt.Sprintf("there are %s; see %s --help", strings.Join(verbs, ", "), cmd.CommandPath())
	if len(args) == 0 {
		return fmt.Errorf("%s needs a verb; %s", cmd.CommandPath(), there)
	}
	return fmt.Errorf("%s has no verb %q; %s", cmd.CommandPath(), args[0], there)
}

// newHelpCommand is cobra's, but for verbs that do not exist: they are wrong usage.
func newHelpCommand(r *root, help func(*cobra.Command, []string)) *cobra.Command {
	return &cobra.Command{
		Use:   "help [VERB]",
		Short: "Say more of a verb",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := r.Find(args)
			if err == nil && len(rest) > 0 {
				err = wrongVerb(cmd, rest)
			}
			if err != nil {
				return app.Usage(err)
			}
			cmd.InitDefaultHelpFlag()
			help(cmd, nil)
			return nil
		},
	}
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

// sources are where the settings of a verb come from.
func (r *root) sources(cmd *cobra.Command, more map[string]string, src app.Sources) app.Sources {
	src.File, src.Environ, src.Flags = r.file, os.Environ(), map[string]*pflag.Flag{}
	for _, keys := range []map[string]string{flagKeys, more} {
		for name, key := range keys {
			// A flag that was not given must not hide what the file says.
			if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
				src.Flags[key] = f
			}
		}
	}
	return src
}

func (r *root) load(cmd *cobra.Command, more map[string]string, src app.Sources) (app.Settings, *slog.Logger, error) {
	s, err := app.Load(r.sources(cmd, more, src))
	if err != nil {
		return app.Settings{}, nil, err
	}
	log, level := app.NewLog(s.Log, cmd.ErrOrStderr())
	r.level = level
	return s, log, nil
}

// reloads has a program that keeps running read its settings again when it is told to.
// take takes over more than the level of the log.
func (r *root) reloads(
	cmd *cobra.Command, told app.HangUps, more map[string]string, src app.Sources, s app.Settings, log *slog.Logger, take func(app.Settings) error,
) {
	level := r.level
	load := func() (app.Settings, error) { return app.Load(r.sources(cmd, more, src)) }
	app.Reload(cmd.Context(), told, s, log, load, func(next app.Settings) error {
		err := take(next)
		if err == nil {
			level.Set(next.Log)
		}
		return err
	})
}
