// Package app is where the program is put together: settings, log, exit codes,
// and the parts that a verb needs. Nothing else reads a file of settings or
// the environment.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/metrics"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/server"
	"github.com/touchline-sync/touchline/sync/connector"
)

// Settings are all that can be set, except what belongs to a system.
//
// Each leaf has one key: the path of names in lower case, such as
// server.listen. Its variable is TOUCHLINE_SERVER_LISTEN. A Secret can also be
// given as a file that holds it: server.key_file, TOUCHLINE_SERVER_KEY_FILE.
type Settings struct {
	// DataDir holds the embedded database, and how far the database has come, so
	// that a restore is noticed. Empty: the user's data folder, or
	// /var/lib/touchline for root.
	DataDir  string           `mapstructure:"data_dir"`
	Log      Log              `mapstructure:"log"`
	Database DatabaseSettings `mapstructure:"database"`
	Server   Server           `mapstructure:"server"`
	Metrics  Metrics          `mapstructure:"metrics"`
	Worker   Worker           `mapstructure:"worker"`
	Seal     Seal             `mapstructure:"seal"`
	Sync     Sync             `mapstructure:"sync"`
	Schedule Schedule         `mapstructure:"schedule"`
	Runs     Runs             `mapstructure:"runs"`
	Notices  Notices          `mapstructure:"notices"`
	// Individual lets the club's site ask for one member.
	Individual Individual `mapstructure:"individual"`
	// Retention says how long data is kept.
	Retention Retention `mapstructure:"retention"`

	// Systems are those that the program knows, in the registry's order.
	Systems []SystemSettings `mapstructure:"-"`
}

// Log says how to log, on standard error.
type Log struct {
	Level  string `mapstructure:"level"`  // debug, info, warn, error
	Format string `mapstructure:"format"` // json, text; auto: text on a terminal
}

// DatabaseSettings say where records are kept.
type DatabaseSettings struct {
	// URL of a Postgres server of one's own. Empty: the program runs a private
	// one in its data folder.
	URL connector.Secret `mapstructure:"url"`
	// Binaries is the folder of initdb and postgres. Empty: they are looked for.
	Binaries string `mapstructure:"binaries"`
	// FlushStatistics makes the counts of rows written visible at once, for
	// whoever watches them; it costs a round trip each time.
	FlushStatistics bool `mapstructure:"flush_statistics"`
}

// Server says where the API listens.
type Server struct {
	Listen      string `mapstructure:"listen"`
	CertFile    string `mapstructure:"cert_file"`
	KeyFile     string `mapstructure:"key_file"`
	BehindProxy bool   `mapstructure:"behind_proxy"`
	// Proxies are addresses and networks whose X-Forwarded-For is believed.
	Proxies []string `mapstructure:"proxies"`
}

// Metrics say where a process shows its metrics, and whether it can work.
type Metrics struct {
	// Listen is host:port, or off. Empty: on loopback the first free port from 9180 on
	// for serve, from 9190 on for a worker.
	Listen string `mapstructure:"listen"`
}

// The first ports of the metrics where none is set.
const (
	serverMetrics = 9180
	workerMetrics = 9190
)

func (m Metrics) validate() error {
	if m.Listen == "" || m.Listen == metrics.Off {
		return nil
	}
	_, port, err := net.SplitHostPort(m.Listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return errors.New("metrics.listen: must be a host and a port, such as 127.0.0.1:9180, or off")
	}
	return nil
}

// Worker says what a browser worker uses. Empty paths are looked for.
type Worker struct {
	Browser string `mapstructure:"browser"` // chromium-headless-shell itself, no wrapper
	Node    string `mapstructure:"node"`    // node, 18 or later
	Driver  string `mapstructure:"driver"`  // folder that holds package/, playwright-core
}

// Seal holds the key that sealed states and evidence are encrypted with.
// Without it no session is kept beyond its process.
type Seal struct {
	Key connector.Secret `mapstructure:"key"`
}

// SystemSettings are those of one system. A system of which nothing is set is
// off; one is switched off by enabled: false.
type SystemSettings struct {
	Name    string
	Enabled bool
	// Observe says that the system is read and planned, and never written.
	Observe bool
	// Given says that something besides enabled and observe is set.
	Given  bool
	Config connector.Config
}

// System is a system that settings can be made for. NewConfig returns a
// pointer to the settings with their defaults.
type System struct {
	Name      string
	NewConfig func() connector.Config
}

// Defaults are the settings when nothing is set.
func Defaults() Settings {
	return Settings{
		Log:    Log{Level: "info", Format: "auto"},
		Server: Server{Listen: "127.0.0.1:8080"},
		Sync:   defaultSync(), Schedule: Schedule{Enabled: true}, Runs: defaultRuns(), Notices: defaultNotices(),
		Retention: Retention(jobs.DefaultRetention()),
	}
}

// config is where and how the API listens.
func (s Server) config() server.Config {
	return server.Config{Listen: s.Listen, CertFile: s.CertFile, KeyFile: s.KeyFile, BehindProxy: s.BehindProxy}
}

// Listener opens the address of the API.
func (s Server) Listener(ctx context.Context) (*server.Listener, error) {
	return server.Listen(ctx, s.config())
}

// validate returns all faults of the settings but those of the systems. Each begins
// with the path that it is about.
func (s *Settings) validate() []error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if _, err := level(s.Log.Level); err != nil {
		fault("log.level: %w", err)
	}
	switch s.Log.Format {
	case "auto", "json", "text":
	default:
		fault("log.format: must be auto, json or text")
	}
	faults = append(faults, s.Sync.validate()...)
	faults = append(faults, s.Schedule.validate()...)
	faults = append(faults, s.Runs.validate()...)
	faults = append(faults, s.Notices.validate(s.Sync.Zone)...)
	faults = append(faults, s.Retention.validate()...)
	if url := s.Database.URL.Reveal(); url != "" {
		cfg, err := pgx.ParseConfig(url)
		if file, ok := errors.AsType[*fs.PathError](err); ok { // sslrootcert, sslcert, sslkey, passfile
			fault("database.url: %w", file)
		} else if err != nil {
			fault("database.url: is not an address of a Postgres database, such as postgres://touchline:PASSWORD@db.example.org/touchline?sslmode=require")
		} else if err := sheltered(cfg); err != nil {
			faults = append(faults, err)
		}
	}
	if err := s.Server.config().Validate(); err != nil {
		faults = append(faults, err)
	}
	if _, err := server.Proxies(s.Server.Proxies); err != nil {
		fault("server.proxies: %w", err)
	}
	if err := s.Individual.validate(); err != nil {
		faults = append(faults, err)
	}
	if err := s.Metrics.validate(); err != nil {
		faults = append(faults, err)
	}
	if s.Metrics.Listen == s.Server.Listen && !strings.HasSuffix(s.Server.Listen, ":0") {
		fault("metrics.listen: is that of the API, server.listen; give the metrics a port of their own")
	}
	if _, err := sealer(s.Seal); err != nil {
		faults = append(faults, err)
	}
	return faults
}

// Faults is the error of settings that cannot be used. Its text has them all,
// one a line.
type Faults []error

// Error returns the text.
func (f Faults) Error() string {
	return "the settings have faults:\n" + indent(errors.Join(f...).Error())
}

// Unwrap returns the faults.
func (f Faults) Unwrap() []error { return f }
