package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/server"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/store"
)

// A server that is told to stop is not ready from then on, and answers until its jobs
// have come to a stop. It takes up no other step. Then those who watch are sent on, and
// it closes.
func TestTheAPIAnswersUntilTheJobsHaveStopped(t *testing.T) {
	t.Parallel()
	source := memory.New("source", memory.Place{Name: "members", Kind: person.Kind, Reads: memoryFields, ReadOnly: true})
	target := memory.New("target", memory.Place{Name: "people", Kind: person.Kind, Reads: memoryFields, Writes: memoryFields})
	asked, answer := make(chan struct{}), make(chan struct{})
	var once sync.Once
	letGo := func() { once.Do(func() { close(answer) }) }
	defer letGo()
	source.Fail = func(when, op string) error {
		if when == "before" && op == "list" {
			close(asked)
			<-answer
		}
		return nil
	}
	c, address, stop, ended := serveInMemory(t, source, target)

	scope := &touchlinev1.RunPipelineRequest{Pipeline: "memory"}
	begun, err := c.pipelines.RunPipeline(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	run := begun.GetRun().GetId()
	<-asked
	stream, err := c.pipelines.WatchRun(t.Context(), &touchlinev1.WatchRunRequest{Run: run})
	if err != nil || !stream.Receive() {
		t.Fatal(err, stream.Err())
	}
	defer func() { _ = stream.Close() }()
	if got := status(t, address+"/readyz"); got != http.StatusOK {
		t.Fatalf("while it works it is ready: %d", got)
	}

	stop()
	for status(t, address+"/readyz") != http.StatusServiceUnavailable {
		pause(t)
	}
	for range 20 {
		got, err := c.pipelines.RunPipeline(t.Context(), scope)
		if err != nil || got.GetRun().GetId() != run {
			t.Fatalf("asked again while the step ends: %s, %v; want the run that is under way", got.GetRun().GetId(), err)
		}
		if got := status(t, address+"/healthz"); got != http.StatusOK {
			t.Fatalf("it lives: %d", got)
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("it has ended while a step is at work: %v", err)
	default:
	}

	letGo()
	for stream.Receive() {
	}
	if connect.CodeOf(stream.Err()) != connect.CodeUnavailable {
		t.Errorf("who watches is told %v; want UNAVAILABLE", stream.Err())
	}
	if err := <-ended; err != nil {
		t.Errorf("it ends with %v", err)
	}
	if _, err := c.pipelines.RunPipeline(t.Context(), scope); connect.CodeOf(err) != connect.CodeUnavailable {
		t.Errorf("it has ended, and a call is told %v", err)
	}
	if target.Calls > 0 {
		t.Errorf("the next step was begun: %d calls", target.Calls)
	}
}

// serveInMemory serves two systems in memory until stop is called, and returns a client
// of an operator. ended has what serve returns.
func serveInMemory(t *testing.T, source, target *memory.System) (c *client, address string, stop func(), ended <-chan error) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	db, err := app.OpenDatabase(t.Context(), app.Settings{Database: app.DatabaseSettings{URL: connector.Secret(pgtest.URL(t))}}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	p, err := app.NewMemory(t.Context(), db, log, source, target)
	if err != nil {
		t.Fatal(err)
	}
	access := store.NewAccess(db.Pool, app.Now)
	token, _, err := access.Create(t.Context(), "ann", store.Operator, time.Hour, store.Actor{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	api, err := server.New(server.Backend{
		Store: p.Store, Policies: p.Engine.Policies(), Access: access, Control: p.Jobs.Control(), Systems: p.Systems, Kinds: p.Kinds,
		Now: app.Now, Ready: p.Ready(db),
	}, log)
	if err != nil {
		t.Fatal(err)
	}
	l, err := server.Listen(t.Context(), server.Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done, over := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(over)
		done <- serve(ctx, p, api, l, log)
	}()
	t.Cleanup(func() { cancel(); <-over })
	address = "http://" + l.Addr().String()
	return clientOf(address, token), address, cancel, done
}

func status(t *testing.T, address string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// pause waits a little, unless the test is over.
func pause(t *testing.T) {
	t.Helper()
	select {
	case <-time.After(5 * time.Millisecond):
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}
