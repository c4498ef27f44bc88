package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/metrics"
	"github.com/touchline-sync/touchline/server"
	"github.com/touchline-sync/touchline/sync/store"
)

// errStarting is the answer to a reload before there is anything to take it over.
var errStarting = errors.New("the program is still starting; reload it again when its log says that it is ready")

// stopWithin is how long the jobs of a program may take to stop, closeWithin how long
// calls may take to end after that.
const (
	stopWithin  = 25 * time.Second
	closeWithin = 5 * time.Second
)

func newServeCommand(r *root) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the control plane: API, schedule, and all that needs no browser",
		Long: "Run the control plane: the API, the schedule, and every step that needs no browser. Without\n" +
			"database.url it starts and supervises a private Postgres in its data folder.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			told := app.CatchHangUps()
			src, flags := app.Sources{Systems: systems(), Serves: true}, map[string]string{"listen": "server.listen"}
			s, log, err := r.load(cmd, flags, src)
			if err != nil {
				return err
			}
			var open atomic.Pointer[server.Listener]
			var running atomic.Pointer[app.Program]
			r.reloads(cmd, told, flags, src, s, log, func(next app.Settings) error {
				l, p := open.Load(), running.Load()
				if l == nil || p == nil {
					return errStarting
				}
				if err := l.Renew(); err != nil {
					return err
				}
				return p.Take(cmd.Context(), next)
			})
			db, err := app.ServeDatabase(cmd.Context(), s, log)
			if err != nil {
				return err
			}
			defer db.Close()
			if err := db.Migrate(cmd.Context()); err != nil {
				return err
			}
			p, err := app.NewServer(cmd.Context(), s, db, metrics.New(thisBuild().version), log)
			if err != nil {
				return err
			}
			proxies, err := server.Proxies(s.Server.Proxies)
			if err != nil {
				return errors.Join(err, p.Close())
			}
			calls, err := db.Calls(cmd.Context())
			if err != nil {
				return errors.Join(err, p.Close())
			}
			defer calls.Close()
			api, err := server.New(server.Backend{
				Store: store.Open(calls), Own: p.Engine.Own(), Policies: p.Engine.Policies(), AbsentGap: p.Engine.AbsentGap(), Access: store.NewAccess(calls, app.Now), Control: p.Jobs.ControlOver(calls),
				Restored: p.Engine, Systems: p.Systems, Browsed: p.Browsed, Kinds: p.Kinds, Hooks: p.Hooks, Individual: s.Individual.Asked(), Seal: p.Seal, Anchor: p.Anchor, Now: app.Now, Proxies: proxies, Ready: p.Ready(db),
			}, log)
			if err != nil {
				return errors.Join(err, p.Close())
			}
			listener, err := s.Server.Listener(cmd.Context())
			if err != nil {
				return errors.Join(err, p.Close())
			}
			open.Store(listener)
			running.Store(p)
			shown, err := p.Show(cmd.Context(), s.Metrics, db, log)
			if err != nil {
				return errors.Join(err, listener.Close(), p.Close())
			}
			log.Info("ready", "listen", listener.Addr().String(), "metrics", shown)
			defer log.Info("stopped")
			return serve(cmd.Context(), p, api, listener, log)
		},
	}
	cmd.Flags().String("listen", "", "address of the API (server.listen)")
	return cmd
}

// serve works until the context ends, then stops in good order: slices to their end,
// while the API answers that it is not ready and all else as before; then the API is
// closed, then the systems. What is asked for meanwhile is stored, and done by whoever
// works next.
func serve(ctx context.Context, p *app.Program, api *server.Server, l net.Listener, log *slog.Logger) error {
	if err := p.Jobs.Start(ctx); err != nil {
		return errors.Join(err, p.Close())
	}
	served := make(chan error, 1)
	go func() { served <- api.Serve(l) }()
	var err error
	select {
	case <-ctx.Done():
		log.Info("stopping: steps come to the end of their slice, and calls are answered until then", "within", stopWithin)
	case err = <-served:
		err = fmt.Errorf("serve: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	within := func(most time.Duration, stop func(context.Context) error) error {
		ending, cancel := context.WithTimeout(ctx, most)
		defer cancel()
		return stop(ending)
	}
	return errors.Join(err, within(stopWithin, p.Jobs.Stop), within(closeWithin, api.Shutdown), p.Close())
}
