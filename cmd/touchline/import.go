package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/internal/rondosync"
	"github.com/touchline-sync/touchline/sync/store"
)

// newImportCommand is "touchline import": what another program knows is taken over.
func newImportCommand(r *root) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Take over from another program whose the records at the systems are, so that nobody is made twice",
	}
	cmd.AddCommand(newImportRondoSyncCommand(r))
	return cmd
}

func newImportRondoSyncCommand(r *root) *cobra.Command {
	var hash string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rondo-sync DIR",
		Short: "Plan what to take over from the SQLite files of rondo-sync; --apply takes it over",
		Long: "Plan what to take over from the SQLite files of rondo-sync, in the folder data of its installation: whose each\n" +
			"record is at Rondo Club and FreeScout. The files are read and left as they are. A record is looked up as its system\n" +
			"was read last: read it first, such as by \"touchline run people --plan\". Nothing is sent anywhere.\n\n" +
			"A record that says itself whose it is needs no word; one that says something else is left alone. What is taken over\n" +
			"is bound by the next run of its pipeline, counts as made by us, and stands in the history of the record as taken\n" +
			"over on a person's word. docs/import-rondo-sync.md has it step by step.",
		Example: "  touchline import rondo-sync /srv/rondo-sync/data\n  touchline import rondo-sync /srv/rondo-sync/data --apply 3f1c...",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := rondosync.Read(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			db, done, err := r.openDatabase(cmd)
			if err != nil {
				return err
			}
			defer done()
			var p *rondosync.Plan
			if hash == "" {
				p, err = rondosync.Make(cmd.Context(), store.New(db.Pool), files)
			} else {
				p, err = rondosync.Apply(cmd.Context(), db.Pool, files, hash, commandLine(), app.Now())
			}
			if changed, ok := errors.AsType[rondosync.Changed](err); ok {
				return errors.Join(changed, printTakenOver(cmd.ErrOrStderr(), changed.Plan, args[0], false))
			}
			if err != nil {
				return err
			}
			if asJSON {
				return printLine(cmd, p)
			}
			return printTakenOver(cmd.OutOrStdout(), p, args[0], hash != "")
		},
	}
	cmd.Flags().StringVar(&hash, "apply", "", "take over what the plan with this hash says")
	jsonFlag(cmd, &asJSON, "the plan")
	return cmd
}

// printTakenOver prints what is to be taken over, or was.
func printTakenOver(out io.Writer, p *rondosync.Plan, dir string, applied bool) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SYSTEM\tKIND\tTABLE\tRECORDS\tSHOWN\tDONE\tNEW\tDO NOT FIT")
	for _, t := range p.Tables {
		misfits := 0
		for _, m := range t.Misfits {
			misfits += m.Rows
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\n", t.System, t.Kind, t.Table, t.Rows, t.Shown, t.Done, t.New, misfits)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, t := range p.Tables {
		if t.Unread {
			fmt.Fprintf(out, "\n%s: %s %s was never read, so that nothing can be looked up there. Run \"touchline run %s --plan\", then this again.\n",
				t.Table, t.System, t.Place, t.Pipeline)
		}
		for _, m := range t.Misfits {
			fmt.Fprintf(out, "\n%s: %d left alone: %s", t.Table, m.Rows, m.Why)
			if len(m.IDs) > 0 {
				fmt.Fprintf(out, ": %s", strings.Join(m.IDs, ", "))
			}
			if m.Rows > len(m.IDs) && len(m.IDs) > 0 {
				fmt.Fprint(out, ", ...")
			}
			fmt.Fprintln(out)
		}
	}
	for _, l := range p.Left {
		fmt.Fprintf(out, "\n%s: %d not taken over: %s\n", l.Table, l.Rows, l.Why)
	}
	switch {
	case applied:
		fmt.Fprintf(out, "\ntaken over; the next run of each pipeline binds them\n")
	case p.Hash == "":
		fmt.Fprintf(out, "\nnothing is to be taken over\n")
	default:
		fmt.Fprintf(out, "\ntake it over: touchline import rondo-sync %s --apply %s\n", dir, p.Hash)
	}
	return nil
}
