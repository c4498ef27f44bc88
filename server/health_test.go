package server_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/server"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// While the database is away the server lives and is not ready, its calls are
// UNAVAILABLE, and the log is not filled with each of them.
func TestTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	pool, err := pgxpool.New(t.Context(), "postgres://nobody@/nothing?host=/nowhere")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	var away atomic.Bool
	log := new(lockedBuffer)
	s, err := server.New(server.Backend{
		Store: store.Open(pool), Access: store.NewAccess(pool, time.Now),
		Hooks: map[record.System]connector.WebhookReceiver{"memory": announcer{}},
		Ready: func(context.Context) error {
			if away.Load() {
				return errors.New("the database does not answer")
			}
			return nil
		},
	}, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := server.Listen(t.Context(), server.Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(listener) }()
	t.Cleanup(func() {
		if err := errors.Join(s.Shutdown(context.WithoutCancel(t.Context())), <-done); err != nil {
			t.Error(err)
		}
	})
	b := &bundle{address: listener.Addr().String()}
	conn, err := grpc.NewClient(b.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	health := func(service string) (healthv1.HealthCheckResponse_ServingStatus, codes.Code) {
		out, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{Service: service})
		return out.GetStatus(), status.Code(err)
	}
	at := func(method, path string) int {
		req := httptest.NewRequestWithContext(t.Context(), method, "http://"+b.address+path, strings.NewReader("12"))
		req.RequestURI = ""
		req.Header.Set("X-Word", "right")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}

	if got, _ := health("touchline.v1.PipelineService"); got != healthv1.HealthCheckResponse_SERVING {
		t.Errorf("with its database it is %s", got)
	}
	if got := at(http.MethodGet, "/readyz"); got != http.StatusOK {
		t.Errorf("with its database it is ready: %d", got)
	}
	token := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer tl_any")
	call := func() error { // by gRPC
		_, err := touchlinev1.NewPipelineServiceClient(conn).ListRuns(token, &touchlinev1.ListRunsRequest{})
		return err
	}
	if err := call(); status.Code(err) != codes.Unavailable { // it has gone, and nobody has looked yet
		t.Errorf("a call that meets no database: %v, want UNAVAILABLE", err)
	}
	if got := log.String(); strings.Contains(got, "nowhere") {
		t.Errorf("the log says where the database is: %s", got)
	}
	before := len(log.String())
	away.Store(true)
	if err := call(); status.Code(err) != codes.Unavailable {
		t.Errorf("a call while it is known to be away: %v, want UNAVAILABLE", err)
	}
	for _, service := range []string{"", "touchline.v1.PipelineService"} {
		if got, code := health(service); got != healthv1.HealthCheckResponse_NOT_SERVING || code != codes.OK {
			t.Errorf("without its database %q is %s, %s", service, got, code)
		}
	}
	if _, code := health("touchline.v1.Nobody"); code != codes.NotFound {
		t.Errorf("the health of a service that does not exist: %s", code)
	}
	if up, ready := at(http.MethodGet, "/healthz"), at(http.MethodGet, "/readyz"); up != http.StatusOK || ready != http.StatusServiceUnavailable {
		t.Errorf("healthz %d, readyz %d", up, ready)
	}
	for range 50 {
		_, err := b.pipelines("tl_any").ListRuns(t.Context(), &touchlinev1.ListRunsRequest{})
		if connect.CodeOf(err) != connect.CodeUnavailable || !strings.Contains(err.Error(), "the database does not answer") {
			t.Fatalf("a call: %v", err)
		}
	}
	if got := at(http.MethodPost, "/hooks/memory"); got != http.StatusServiceUnavailable {
		t.Errorf("a webhook that cannot be kept is answered with %d", got)
	}
	if got := log.String()[before:]; got != "" {
		t.Errorf("the log says %s", got)
	}
}
