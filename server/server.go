// Package server is the control plane: the API of touchline over Connect, gRPC
// and gRPC-Web on one port, with tokens and roles. It translates between the
// API's messages and what store and jobs say; it decides nothing about
// records and starts nothing but runs.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/grpchealth"
	"connectrpc.com/grpcreflect"

	"github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
	"github.com/touchline-sync/touchline/internal/loopback"
	"github.com/touchline-sync/touchline/server/web"
)

// Limits of one connection. There is no time limit on writing: it would cut
// the streams of WatchRun.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
	maxMessageBytes   = 4 << 20
)

// errShutdown is the cause with which streams end when the server stops.
var errShutdown = errors.New("the server is shutting down")

// Config says where and how to listen.
type Config struct {
	// Listen is host:port. A host that is not loopback needs TLS or
	// BehindProxy.
	Listen string
	// CertFile and KeyFile turn TLS on.
	CertFile, KeyFile string
	// BehindProxy says that somebody else does TLS before us.
	BehindProxy bool
}

// Validate returns what is wrong with the config, or nil.
func (c Config) Validate() error {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return errors.New("server.listen: must be a host and a port, such as 127.0.0.1:8080")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return errors.New("server.listen: the port must be a number up to 65535")
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		return errors.New("server.cert_file, server.key_file: a certificate needs its key, and a key its certificate")
	}
	if !loopback.Is(host) && c.CertFile == "" && !c.BehindProxy {
		return fmt.Errorf("server.listen: %s is not loopback; set a certificate and key, "+
			"or server.behind_proxy when a proxy does TLS", c.Listen)
	}
	return nil
}

// Server answers the API.
type Server struct {
	log    *slog.Logger
	http   *http.Server
	health *health
	away   *turnedAway
	stop   context.CancelCauseFunc
}

// New makes a server. It does not listen yet.
func New(b Backend, log *slog.Logger) (*Server, error) {
	gate, err := newGate(log)
	if err != nil {
		return nil, err
	}
	options := []connect.HandlerOption{
		connect.WithInterceptors(gate),
		connect.WithReadMaxBytes(maxMessageBytes),
	}
	mux := http.NewServeMux()
	fails, away := newFailures(b.now), newTurnedAway(log, turnedAwayEvery)
	guarded := func(path string, h http.Handler) {
		mux.Handle(path, &guard{b.Access, log, connect.NewErrorWriter(options...), fails, clients{b.Proxies}, away, h})
	}
	guarded(touchlinev1connect.NewPipelineServiceHandler(&pipelineService{b}, options...))
	guarded(touchlinev1connect.NewRecordServiceHandler(&recordService{b}, options...))
	guarded(touchlinev1connect.NewConflictServiceHandler(&conflictService{b}, options...))
	guarded(touchlinev1connect.NewScheduleServiceHandler(&scheduleService{b}, options...))
	guarded(touchlinev1connect.NewSessionServiceHandler(&sessionService{b}, options...))
	guarded(touchlinev1connect.NewAuditServiceHandler(&auditService{b}, options...))
	guarded(touchlinev1connect.NewEvidenceServiceHandler(&evidenceService{b}, options...))
	guarded(touchlinev1connect.NewEntityServiceHandler(&entityService{Backend: b}, options...))

	mux.Handle("POST /hooks/{system}", newHooks(b, log, away))
	mux.Handle("POST /api/sync/individual", newIndividual(b, log, away))

	// Reflection and health are open to everybody: they tell what is in the
	// public proto files, and that somebody is at home.
	health := &health{ready: b.Ready}
	reflector := grpcreflect.NewStaticReflector(append([]string{grpchealth.HealthV1ServiceName}, services...)...)
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", health.readiness)
	mux.Handle(grpchealth.NewHandler(health, connect.WithReadMaxBytes(maxMessageBytes)))
	mux.Handle(grpcreflect.NewHandlerV1(reflector, connect.WithReadMaxBytes(maxMessageBytes)))
	mux.Handle(grpcreflect.NewHandlerV1Alpha(reflector, connect.WithReadMaxBytes(maxMessageBytes)))

	pages, err := web.New(mux, b.sees, b.now)
	if err != nil {
		return nil, fmt.Errorf("the dashboard: %w", err)
	}
	mux.Handle("/", pages)

	base, stop := context.WithCancelCause(context.Background())
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &Server{
		log:    log,
		health: health,
		away:   away,
		stop:   stop,
		http: &http.Server{
			Handler:           inTime(mux, bodyWithin),
			Protocols:         protocols,
			ReadHeaderTimeout: readHeaderTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			BaseContext:       func(net.Listener) context.Context { return base },
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		},
	}, nil
}

// services are the names of the services that need a token.
var services = []string{
	touchlinev1connect.PipelineServiceName,
	touchlinev1connect.RecordServiceName,
	touchlinev1connect.ConflictServiceName,
	touchlinev1connect.ScheduleServiceName,
	touchlinev1connect.SessionServiceName,
	touchlinev1connect.EntityServiceName,
	touchlinev1connect.EvidenceServiceName,
	touchlinev1connect.AuditServiceName,
}

// Serve answers on l until Shutdown. It returns nil after a Shutdown.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Shutdown ends the streams, lets the other calls finish until ctx ends, and
// closes.
func (s *Server) Shutdown(ctx context.Context) error {
	s.health.stopping.Store(true)
	s.stop(errShutdown)
	defer s.away.close()
	if err := s.http.Shutdown(ctx); err != nil {
		s.http.Close()
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}
