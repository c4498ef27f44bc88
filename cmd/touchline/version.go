package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Set by the linker: make build.
var (
	version string
	commit  string
	date    string
)

// build says from what this binary was made.
type build struct{ version, commit, date string }

// thisBuild takes what the linker was told, else what Go noted by itself.
func thisBuild() build {
	b := build{version, commit, date}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.version = cmp.Or(b.version, info.Main.Version)
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.commit = cmp.Or(b.commit, s.Value)
			case "vcs.time":
				b.date = cmp.Or(b.date, s.Value)
			}
		}
	}
	return build{cmp.Or(b.version, "unknown"), cmp.Or(b.commit, "unknown"), cmp.Or(b.date, "unknown")}
}

func (b build) String() string {
	return fmt.Sprintf("%s, commit %s of %s, %s", b.version, b.commit, b.date, runtime.Version())
}

func newVersionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say from which commit this program was made",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				b := thisBuild()
				return printLine(cmd, map[string]string{"version": b.version, "commit": b.commit, "date": b.date, "go": runtime.Version()})
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "touchline", thisBuild())
			return err
		},
	}
	jsonFlag(cmd, &asJSON, "it")
	return cmd
}
