package server_test

import (
	"context"
	"testing"
	"time"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/store"
)

// broughtBack is a database that was restored from a backup.
type broughtBack struct {
	restored *engine.Restored
	by, why  string
}

func (b *broughtBack) Restored(context.Context) (*engine.Restored, error) { return b.restored, nil }

func (b *broughtBack) GiveUpRestored(_ context.Context, by store.Actor, why string, _ time.Time) (bool, error) {
	was := b.restored != nil
	b.restored, b.by, b.why = nil, by.Name, why
	return was, nil
}

func TestRestored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	since := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	b.restored.restored = &engine.Restored{Since: since, Left: []store.Listing{{System: "memory", Place: "people", View: "all"}}}
	viewer, operator := b.pipelines(b.viewer), b.pipelines(b.operator)
	got, err := viewer.GetRestored(t.Context(), &touchlinev1.GetRestoredRequest{})
	if err != nil || !got.GetSince().AsTime().Equal(since) || len(got.GetPlaces()) != 1 || got.GetPlaces()[0].GetPlace() != "people" {
		t.Fatalf("restored: %v, %v", got, err)
	}
	end := &touchlinev1.EndRestoredRequest{Reason: "compared by hand"}
	if _, err := viewer.EndRestored(t.Context(), end); connect.CodeOf(err) != connect.CodePermissionDenied {
		t.Errorf("a viewer ends it: %v", err)
	}
	if _, err := operator.EndRestored(t.Context(), end); err != nil || b.restored.by == "" || b.restored.why != end.GetReason() {
		t.Errorf("ended by %q because %q: %v", b.restored.by, b.restored.why, err)
	}
	if got, err := viewer.GetRestored(t.Context(), &touchlinev1.GetRestoredRequest{}); err != nil || got.GetSince() != nil {
		t.Errorf("restored afterwards: %v, %v", got, err)
	}
	if _, err := operator.EndRestored(t.Context(), end); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("what is not RESTORED is ended: %v", err)
	}
}
