package server_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/server"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// bundle is a server on a port of its own, with a database, workers and one
// invented person.
type bundle struct {
	*club
	address  string // host:port
	server   *server.Server
	access   *store.Access
	entity   int64
	log      *lockedBuffer
	restored broughtBack

	more       []jobs.Pipeline // beside the one that it is served with
	browsed    []record.System
	signIn     func(context.Context, record.System) error // nil: no worker has a browser
	individual server.Individual                          // off, but where a test sets it
	now        func() time.Time                           // of the server; nil: as it is

	viewer, operator string // tokens
}

func setup(t testing.TB, change ...func(*bundle)) *bundle {
	t.Helper()
	b := &bundle{club: newClub(pgtest.New(t))}
	for _, f := range change {
		f(b)
	}
	b.serve(t, b.club, people, "memory", "sportlink")
	id, err := b.person(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.entity = id
	return b
}

// serve starts workers and a server for an engine.
func (b *bundle) serve(t testing.TB, with jobs.Engine, pipeline jobs.Pipeline, systems ...record.System) {
	t.Helper()
	pool := b.pool
	b.access, b.log = store.NewAccess(pool, time.Now), new(lockedBuffer)
	log := slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))

	process, err := jobs.NewServer(jobs.Options{
		Pool: pool, Engine: with, Pipelines: append([]jobs.Pipeline{pipeline}, b.more...),
		Queues: append(systems, record.Hub), Limits: engine.LimitNames(),
		Schedules: []jobs.Schedule{{Name: "people", Pipeline: "people", Cron: "0 8 * * *", Zone: "Europe/Amsterdam", Missed: jobs.SkipMissed}},
		SignIn:    b.signIn, Log: log, Interval: 50 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for line := range strings.Lines(b.log.String()) {
			if t.Failed() && strings.Contains(line, "level=ERROR") {
				t.Log(line)
			}
		}
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := process.Stop(ctx); err != nil {
			t.Logf("stop: %v", err)
		}
	})

	b.viewer = b.token(t, store.Viewer, time.Hour)
	b.operator = b.token(t, store.Operator, time.Hour)

	var policies policy.Set
	var gap time.Duration
	if e, ok := with.(*engine.Engine); ok {
		policies, gap = e.Policies(), e.AbsentGap()
	}
	b.server, err = server.New(server.Backend{
		Policies: policies, AbsentGap: gap,
		Store: store.Open(pool), Access: b.access, Control: process.Control(),
		Restored: &b.restored, Systems: systems, Browsed: b.browsed, Kinds: pipeline.Kinds,
		Hooks: map[record.System]connector.WebhookReceiver{"memory": announcer{}}, Seal: seal(t, 7),
		Individual: b.individual, Now: b.now,
	}, log)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := server.Listen(t.Context(), server.Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	b.address = listener.Addr().String()
	done := make(chan error, 1)
	go func() { done <- b.server.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(b.server.Shutdown(ctx), <-done); err != nil {
			t.Errorf("server: %v", err)
		}
	})
}

// conflicts is a client for conflicts.
func (b *bundle) conflicts(token string) touchlinev1connect.ConflictServiceClient {
	return touchlinev1connect.NewConflictServiceClient(b.http(token), "http://"+b.address)
}

// token makes a token of a role.
func (b *bundle) token(t testing.TB, role store.Role, lifetime time.Duration) string {
	t.Helper()
	secret, _, err := b.access.Create(t.Context(), "test "+string(role), role, lifetime, store.Actor{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func (b *bundle) pipelines(token string, options ...connect.ClientOption) touchlinev1connect.PipelineServiceClient {
	return touchlinev1connect.NewPipelineServiceClient(b.http(token), "http://"+b.address, options...)
}

func (b *bundle) records(token string) touchlinev1connect.RecordServiceClient {
	return touchlinev1connect.NewRecordServiceClient(b.http(token), "http://"+b.address)
}

func (b *bundle) schedules(token string) touchlinev1connect.ScheduleServiceClient {
	return touchlinev1connect.NewScheduleServiceClient(b.http(token), "http://"+b.address)
}

// http is a client that sends a token with every request. It speaks HTTP/2
// without TLS, so that all protocols can be used.
func (b *bundle) http(token string) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: &bearer{token: token, next: &http.Transport{Protocols: protocols}}}
}

type bearer struct {
	token string
	next  http.RoundTripper
}

func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if b.token != "" {
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	return b.next.RoundTrip(r)
}

// finish watches a run until it is over and returns it.
func (b *bundle) finish(t *testing.T, id string) *touchlinev1.Run {
	t.Helper()
	c := b.pipelines(b.operator)
	stream, err := c.WatchRun(t.Context(), &touchlinev1.WatchRunRequest{Run: id})
	if err != nil {
		t.Fatal(err)
	}
	for stream.Receive() {
	}
	if err := errors.Join(stream.Err(), stream.Close()); err != nil {
		t.Fatal(err)
	}
	res, err := c.GetRun(t.Context(), &touchlinev1.GetRunRequest{Run: id})
	if err != nil {
		t.Fatal(err)
	}
	return res.GetRun()
}

// reason is the stable reason of an error.
func reason(err error) string {
	c, ok := errors.AsType[*connect.Error](err)
	if !ok {
		return ""
	}
	for _, d := range c.Details() {
		if value, err := d.Value(); err == nil {
			if info, ok := value.(*errdetails.ErrorInfo); ok && info.GetDomain() == "touchline" {
				return info.GetReason()
			}
		}
	}
	return ""
}

// lockedBuffer is a log that can be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
