package events_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/organiser"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/server"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/store"
)

// unmarked wants no value that never leaves EMS to be anywhere else: not at a system or in
// what was sent to one, not in our own copy, not in a log, and in nothing that a viewer is
// answered.
func (w *organised) unmarked() {
	w.t.Helper()
	free := func(where, text string) {
		w.t.Helper()
		if strings.Contains(text, organiser.Mark) {
			w.t.Errorf("%s has what never leaves EMS", where)
		}
	}
	for _, site := range w.sites.All() {
		for _, path := range []string{"/dump", "/writes", "/requests"} {
			var all json.RawMessage
			if err := site.Call(w.t.Context(), http.MethodGet, path, nil, &all); err != nil {
				w.t.Fatal(err)
			}
			free(site.Info.System+" "+path, string(all))
		}
	}
	for _, table := range []string{"entity", "sync_record", "plan_row", "conflict", "journal", "run_event", "staging_item", "audit"} {
		if n := w.text(`select count(*) from `+table+` x where x::text like '%' || $1 || '%'`, organiser.Mark); n != "0" {
			w.t.Errorf("%s rows of %s have what never leaves EMS", n, table)
		}
	}
	for _, host := range w.hosts {
		free("a log", host.Logged())
	}
	v := w.view()
	entities := 0
	for _, table := range []string{"person", "event_participant", "contact_preference", "tag"} {
		text := v.asks("EntityService/ListEntities", `{"type": "`+table+`", "page_size": 1000}`)
		entities += strings.Count(text, `"id":`)
		free("what a viewer is told of "+table, text)
	}
	for _, p := range policy.Event() {
		free("a sync record of "+string(p.Kind), v.asks("RecordService/ListSyncRecords", `{"kind": "`+string(p.Kind)+`", "page_size": 1000}`))
	}
	for _, call := range []string{"ConflictService/ListConflicts", "PipelineService/ListRuns"} {
		free(call, v.asks(call, `{}`))
	}
	if entities < organiser.Least {
		w.t.Errorf("a viewer is shown only %d rows", entities)
	}
	free("the server's log", v.log.String())
}

// viewer is somebody who may look at things by the API.
type viewer struct {
	t              *testing.T
	address, token string
	log            *bytes.Buffer
}

// view serves the API, at which nothing runs.
func (w *organised) view() *viewer {
	w.t.Helper()
	v := &viewer{t: w.t, log: &bytes.Buffer{}}
	log := slog.New(slog.NewTextHandler(v.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	process, err := jobs.NewServer(jobs.Options{
		Pool: w.pool, Engine: w.engine, Pipelines: pipelines.Event(), Schedules: pipelines.EventSchedules(), Limits: engine.LimitNames(), Log: log,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	access := store.NewAccess(w.pool, time.Now)
	if v.token, _, err = access.Create(w.t.Context(), "viewer", store.Viewer, time.Hour, store.Actor{Name: "test"}); err != nil {
		w.t.Fatal(err)
	}
	backend := server.Backend{Store: w.store, Access: access, Control: process.Control(), Own: w.engine.Own(), Systems: w.engine.Systems()}
	for _, p := range policy.Event() {
		backend.Kinds = append(backend.Kinds, p.Kind)
	}
	s, err := server.New(backend, log)
	if err != nil {
		w.t.Fatal(err)
	}
	listener, err := server.Listen(w.t.Context(), server.Config{Listen: "127.0.0.1:0"})
	if err != nil {
		w.t.Fatal(err)
	}
	v.address = "http://" + listener.Addr().String()
	done := make(chan error, 1)
	go func() { done <- s.Serve(listener) }()
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(w.t.Context()), time.Minute)
		defer cancel()
		if err := errors.Join(s.Shutdown(ctx), <-done); err != nil {
			w.t.Error(err)
		}
	})
	return v
}

// asks makes a call, and returns what it is answered.
func (v *viewer) asks(call, body string) string {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.address+"/touchline.v1."+call, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+v.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		v.t.Fatalf("%s is answered %d: %v", call, resp.StatusCode, err)
	}
	return string(text)
}
