package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/internal/postgres"
	"github.com/touchline-sync/touchline/migrations"
)

// stopWithin is how long the private server may take to end.
const stopWithin = 20 * time.Second

// Now is the machine's clock. Parts that need the time are given it.
func Now() time.Time { return time.Now() }

// Database is the database of the settings: one of the user's own, or that of
// a private server.
type Database struct {
	Pool *pgxpool.Pool
	// URL is its address; it may hold a password.
	URL string

	watch  *watch
	server *postgres.Server // nil when it is not ours to end
	log    *slog.Logger
}

// OpenDatabase connects to the database of the settings. Without an address it
// uses the private server of the data folder: the one that runs, else one that
// it starts and that ends with Close.
func OpenDatabase(ctx context.Context, s Settings, log *slog.Logger) (*Database, error) {
	if url := s.Database.URL.Reveal(); url != "" {
		return connect(ctx, url, s.Database.FlushStatistics, log)
	}
	dir, err := dataDir(s)
	if err != nil {
		return nil, err
	}
	url, err := postgres.URL(dir)
	if err != nil {
		return nil, err
	}
	if db, err := connect(ctx, url, s.Database.FlushStatistics, log); err == nil {
		return db, nil
	}
	if serves(ctx, s.Server) {
		return nil, Usage(fmt.Errorf("a server answers at %s, and the database of the data folder %s does not. When that is not the server's, "+
			"give the server's settings: --config, --data-dir or TOUCHLINE_DATABASE_URL; when it is, its database is away: try again", s.Server.Listen, dir))
	}
	db, err := ServeDatabase(ctx, s, log)
	if errors.Is(err, postgres.ErrInUse) { // a server is starting
		return AwaitDatabase(ctx, s, log)
	}
	return db, err
}

// serves reports whether a touchline answers where the settings say that it listens.
func serves(ctx context.Context, s Server) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	scheme := "http"
	if s.CertFile != "" {
		scheme = "https"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+s.Listen+"/healthz", nil)
	if err != nil {
		return false
	}
	// Only who answers is asked, and nothing is told: any certificate will do.
	resp, err := (&http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // as said
	}}).Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64))
	return err == nil && strings.HasPrefix(string(body), "touchline")
}

// ServeDatabase is OpenDatabase for the program that owns the private server:
// one that runs already is another program's, and an error.
func ServeDatabase(ctx context.Context, s Settings, log *slog.Logger) (*Database, error) {
	if url := s.Database.URL.Reveal(); url != "" {
		return connect(ctx, url, s.Database.FlushStatistics, log)
	}
	dir, err := dataDir(s)
	if err != nil {
		return nil, err
	}
	server, err := postgres.Start(ctx, postgres.Options{DataDir: dir, Binaries: s.Database.Binaries, Log: log})
	if err != nil {
		return nil, fmt.Errorf("embedded database: %w", err)
	}
	db, err := connect(ctx, server.URL(), s.Database.FlushStatistics, log)
	if err != nil {
		return nil, errors.Join(err, stop(server))
	}
	db.server = server
	return db, nil
}

// AwaitDatabase is OpenDatabase for a program beside the server: it waits up
// to a minute for the database to come up and starts none.
func AwaitDatabase(ctx context.Context, s Settings, log *slog.Logger) (*Database, error) {
	url := s.Database.URL.Reveal()
	if url == "" {
		dir, err := dataDir(s)
		if err != nil {
			return nil, err
		}
		if url, err = postgres.URL(dir); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		db, err := connect(ctx, url, s.Database.FlushStatistics, log)
		if err == nil {
			return db, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// The pool of those who call the API.
const (
	callConnections = 8
	callStatements  = "60s" // the longest that one of their statements takes
)

// Calls makes a pool for those who call the API, so that however many of them there
// are, the runs have their connections.
func (d *Database) Calls(ctx context.Context) (*pgxpool.Pool, error) {
	cfg := d.Pool.Config()
	cfg.MaxConns = callConnections
	cfg.ConnConfig.RuntimeParams["statement_timeout"] = callStatements
	return pgxpool.NewWithConfig(ctx, cfg)
}

// Migrate brings the database up to date.
func (d *Database) Migrate(ctx context.Context) error { return migrations.Up(ctx, d.Pool) }

// Close lets go of the database and ends the private server, if it is ours.
func (d *Database) Close() {
	d.Pool.Close()
	d.watch.pool.Close()
	if d.server == nil {
		return
	}
	if err := stop(d.server); err != nil {
		d.log.Warn("embedded database", "error", err)
	}
}

func stop(s *postgres.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	return s.Stop(ctx)
}

// connect makes the pool and tries it. An error does not quote the address: it
// may hold a password.
func connect(ctx context.Context, url string, flush bool, log *slog.Logger) (*Database, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("database.url is not an address of a Postgres database")
	}
	// The queue listens on one; the default of four is too few beside it.
	cfg.MaxConns = max(cfg.MaxConns, 12)
	if flush {
		cfg.AfterRelease = flushStatistics
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("database: %w", err)
	}
	looking, err := newWatch(ctx, cfg)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("database: %w", err)
	}
	return &Database{Pool: pool, URL: url, watch: looking, log: log}, nil
}

// flushStatistics has the server count what the connection wrote now, not when
// the connection has been idle for a while.
func flushStatistics(c *pgx.Conn) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err := c.Exec(ctx, "select pg_stat_force_next_flush()")
	return err == nil
}

func dataDir(s Settings) (string, error) {
	if s.DataDir != "" {
		return s.DataDir, nil
	}
	return postgres.DefaultDataDir()
}
