package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/sync/store"
)

// demoOptions are the flags of "touchline demo".
type demoOptions struct {
	members int
	seed    int64
	once    bool
	json    bool
	systems string
	family  string
	// listen is the address of the API; "": that of the manual, if it is free.
	listen string
	// pipeline is what is shown; "": as the family is shown.
	pipeline string
}

// demo is a demonstration under way.
type demo struct {
	demoOptions
	play func(context.Context) (outcome, err error) // what is shown once all is up
	// meanwhile is what others do between two runs of all, judge says what is not as it must
	// be; nil: nothing.
	meanwhile func(context.Context) error
	judge     func(context.Context) ([]string, error)
	// approves says whether a person approves the plan of a run that has stopped; approved
	// counts how often they have.
	approves func(*touchlinev1.Run) bool
	approved int
	sims     map[string]clients.SimRemote
	scope    *touchlinev1.Scope // of a pipeline that runs for records that are named
	cmd      *cobra.Command
	root     *root
	log      *slog.Logger
	dir      string
	address  string // of the API
	db       *app.Database
	client   *client
	token    string   // its file
	notes    []string // what to try
	closers  []func() error
}

func newDemoCommand(r *root) *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch two systems being kept in step with a third, all on this machine",
		Long: "Start a private Postgres, simulators with invented people, a server and a browser worker; sync them\n" +
			"twice, say what was done, and stay up to be tried. Nothing leaves this machine, and no settings of\n" +
			"real systems are read: with any in the environment the demonstration does not start.",
		Example: "  touchline demo\n  touchline demo --once --json --members 200\n  touchline demo --pipeline all --once --members 60",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if real := app.RealSystems(os.Environ()); len(real) > 0 {
				return usage("the demonstration does not start beside settings of real systems; unset %s", strings.Join(real, ", "))
			}
			if !cmd.Flags().Changed("members") {
				o.members = map[string]int{"event": 2000}[o.family]
				o.members = cmp.Or(o.members, 1000)
			}
			if o.members < 1 || o.members > 100_000 {
				return usage("--members must be from 1 to 100000")
			}
			_, log, err := r.demoSettings(cmd, nil)
			if err != nil {
				return err
			}
			if o.pipeline != "" {
				if o.systems != "sim" {
					return usage("--pipeline needs --systems sim: there is one pipeline in memory")
				}
				if _, err := o.chosen(); err != nil {
					return err
				}
			}
			d := &demo{demoOptions: o, cmd: cmd, root: r, log: log, sims: map[string]clients.SimRemote{}}
			defer func() { err = errors.Join(err, d.close()) }()
			return d.run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&o.members, "members", 0, "how many people to invent (default 1000, or 2000 for --family event)")
	flags.Int64Var(&o.seed, "seed", 1, "of everything that is invented")
	flags.BoolVar(&o.once, "once", false, "end after the second run, with the code of its outcome")
	flags.BoolVar(&o.json, "json", false, "print one line of JSON for each run on standard output, and nothing else there")
	flags.StringVar(&o.listen, "listen", "", "where the API listens, such as 127.0.0.1:0 for a port that is free (default "+app.Defaults().Server.Listen+", or another port where that is taken)")
	flags.StringVar(&o.family, "family", "club", "club: members, mailing lists and a website; event: an organiser's persons and races, with EMS and five systems")
	flags.StringVar(&o.pipeline, "pipeline", "", "show this pipeline twice, or all of the family, with the photos of members")
	flags.StringVar(&o.systems, "systems", "sim", "sim: real pages and calls; memory: two systems in memory, no browser")
	return cmd
}

// say tells a person something, away from what programs read.
func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.cmd.ErrOrStderr(), format+"\n", args...)
}

func (d *demo) run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "touchline-demo-")
	if err != nil {
		return fmt.Errorf("folder of the demonstration: %w", err)
	}
	d.dir = dir
	d.closers = append(d.closers, func() error { return os.RemoveAll(dir) })
	// The database's own user must be able to pass through.
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // nothing secret lies in the folder itself
		return err
	}
	d.play = d.twice
	d.approves = func(run *touchlinev1.Run) bool { return run.GetReason() == "FIRST_SYNC" }
	asked := d.pipeline
	switch d.family + " " + d.systems {
	case "club sim":
		err = d.startSimulated(ctx)
	case "club memory":
		err = d.startInMemory(ctx)
	case "event sim":
		err = d.startEvents(ctx)
	default:
		return usage("--family %q with --systems %q is nothing that can be shown; "+
			"there are club with sim or memory, and event with sim", d.family, d.systems)
	}
	if err != nil {
		return err
	}
	if asked != "" {
		p, err := demoOptions{family: d.family, pipeline: asked}.chosen()
		if err != nil {
			return err
		}
		d.play = func(ctx context.Context) (error, error) {
			if len(p.Children) > 0 {
				return d.all(ctx, p)
			}
			return d.one(ctx, p)
		}
	}
	worst, err := d.play(ctx)
	if err != nil {
		return err
	}
	d.farewell()
	if d.once {
		return worst
	}
	d.say("\nIt stays up until you press Ctrl-C.")
	<-ctx.Done()
	return nil
}

// twice runs the pipeline twice. outcome is the worse of the two.
func (d *demo) twice(ctx context.Context) (outcome, err error) {
	for number := 1; number <= 2; number++ {
		ended, err := d.once1(ctx, number, d.pipeline)
		if err != nil {
			return nil, err
		}
		if ended != nil {
			outcome = ended
		}
	}
	return outcome, nil
}

// once1 runs a pipeline once. outcome is the exit code of the run, err what
// kept it from being run at all.
func (d *demo) once1(ctx context.Context, number int, pipeline string) (outcome, err error) {
	before, err := d.written(ctx)
	if err != nil {
		return nil, err
	}
	d.say("\nrun %d of %s", number, pipeline)
	res, err := d.client.pipelines.RunPipeline(ctx, &touchlinev1.RunPipelineRequest{
		Pipeline: pipeline, RequestId: uuid.NewString(), Scope: d.scope,
	})
	if err != nil {
		return nil, explain(err)
	}
	run, err := d.over(ctx, res.GetRun().GetId())
	if err == nil && d.approves(run) {
		run, err = d.approve(ctx, run)
	}
	if err != nil {
		return nil, err
	}
	unchanged, err := d.unchangedRows(ctx, run, before)
	if err != nil {
		return nil, err
	}
	return outcomeError(run), d.show(run, &unchanged)
}

// show prints a run that is over; unchanged are the rows that it wrote of unchanged
// records, if that was counted.
func (d *demo) show(run *touchlinev1.Run, unchanged *int64) error {
	if d.json {
		return printDemoLine(d.cmd.OutOrStdout(), run, unchanged)
	}
	if unchanged != nil {
		defer d.say("rows of unchanged records written: %d", *unchanged)
	}
	return printRun(d.cmd.OutOrStdout(), run)
}

// over shows a run until it is over.
func (d *demo) over(ctx context.Context, id string) (*touchlinev1.Run, error) {
	if err := watch(d.cmd, d.client, id); err != nil {
		return nil, explain(err)
	}
	got, err := d.client.pipelines.GetRun(ctx, &touchlinev1.GetRunRequest{Run: id})
	if err != nil {
		return nil, explain(err)
	}
	return got.GetRun(), nil
}

// approve does as somebody who has looked at the plan of a first sync: what was found is
// kept up to date, and stays whoever leaves. What another plan has brought meanwhile is
// left out.
func (d *demo) approve(ctx context.Context, run *touchlinev1.Run) (*touchlinev1.Run, error) {
	d.say("%s: a person approves the plan", run.GetDetail())
	d.approved++
	_, err := d.client.pipelines.ApplyPlan(ctx, &touchlinev1.ApplyPlanRequest{
		Run: run.GetId(), PlanHash: run.GetPlanHash(), TakeOver: &touchlinev1.TakeOverPlaces{}, SkipStale: true,
	})
	if err != nil {
		return nil, explain(err)
	}
	return d.over(ctx, run.GetId())
}

// access makes the token of the demonstration and a client that uses it.
func (d *demo) access(ctx context.Context) error {
	secret, _, err := store.NewAccess(d.db.Pool, app.Now).Create(ctx, "demo", store.Operator, 24*time.Hour, store.Actor{Name: "demo"})
	if err != nil {
		return err
	}
	d.token = filepath.Join(d.dir, "token")
	if err := os.WriteFile(d.token, []byte(secret+"\n"), 0o600); err != nil {
		return fmt.Errorf("token: %w", err)
	}
	d.client = clientOf("http://"+d.address, secret)
	return nil
}

func (d *demo) close() error {
	var faults []error
	for i := len(d.closers) - 1; i >= 0; i-- {
		faults = append(faults, d.closers[i]())
	}
	return errors.Join(faults...)
}
