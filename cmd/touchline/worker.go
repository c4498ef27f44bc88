package main

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/metrics"
)

func newWorkerCommand(r *root) *cobra.Command {
	return &cobra.Command{
		Use:   "worker",
		Short: "Work the systems behind web pages with warm browser sessions; run as many as you like",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			told := app.CatchHangUps()
			src := app.Sources{Systems: systems(), Works: true}
			s, log, err := r.load(cmd, nil, src)
			if err != nil {
				return err
			}
			var running atomic.Pointer[app.Program]
			r.reloads(cmd, told, nil, src, s, log, func(next app.Settings) error {
				if p := running.Load(); p != nil {
					return p.Take(cmd.Context(), next)
				}
				return errStarting
			})
			db, err := app.AwaitDatabase(cmd.Context(), s, log)
			if err != nil {
				return err
			}
			defer db.Close()
			if err := db.Migrate(cmd.Context()); err != nil {
				return err
			}
			p, err := app.NewWorker(cmd.Context(), s, db, metrics.New(thisBuild().version), log)
			if err != nil {
				return err
			}
			shown, err := p.Show(cmd.Context(), s.Metrics, db, log)
			if err != nil {
				return errors.Join(err, p.Close())
			}
			if err := p.Jobs.Start(cmd.Context()); err != nil {
				return errors.Join(err, p.Close())
			}
			running.Store(p)
			log.Info("ready", "worker", p.Jobs.ID(), "metrics", shown)
			// The browser starts before it is needed; a step that comes first
			// waits for it.
			if err := p.StartBrowser(cmd.Context()); err != nil && cmd.Context().Err() == nil {
				log.Warn("the browser does not start; it is tried again when it is needed", "err", err)
			}
			<-cmd.Context().Done()
			log.Info("stopping: steps come to the end of their slice, others go on with them", "within", stopWithin)
			defer log.Info("stopped")
			ending, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), stopWithin)
			defer cancel()
			return errors.Join(p.Jobs.Stop(ending), p.Close())
		},
	}
}
