package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Restored says that the database was restored from a backup: what it has sent
// since is not known, and what it knows of the systems is old.
type Restored struct {
	Since time.Time
	Left  []store.Listing // of opened systems, to be read whole before it is over
}

// Restored returns nil when the database is not RESTORED. Listings of systems that
// are off, or observed, are not waited for: who switches one on again is RESTORED until its
// listings were read.
func (r *Remotes) Restored(ctx context.Context) (*Restored, error) {
	since, err := r.store.RestoredOn(ctx)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("ask whether the database was restored: %w", err)
	}
	rows, err := r.store.RestoredListings(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what must be read whole after a restore: %w", err)
	}
	out := Restored{}
	for _, l := range rows {
		if s := r.Get(record.System(l.System)); s != nil && !s.Observed && s.showsWhole(l) {
			out.Left, out.Since = append(out.Left, l), *l.RestoredOn
		}
	}
	if since != nil {
		out.Since = *since
	}
	if out.Since.IsZero() {
		return nil, nil
	}
	return &out, nil
}

// Whole returns the listings of the opened systems that can be read whole.
func (r *Remotes) Whole() []store.Listing {
	var out []store.Listing
	for _, name := range r.Names() {
		for _, c := range r.Get(name).Collections() {
			if readsWhole(c) {
				out = append(out, store.Listing{System: string(name), Place: c.Place, Scope: c.Scope, View: c.View})
			}
		}
	}
	return out
}

func (s *System) showsWhole(l store.Listing) bool {
	for _, c := range s.Collections() {
		if readsWhole(c) && c.Place == l.Place && c.Scope == l.Scope && c.View == l.View {
			return true
		}
	}
	return false
}

func readsWhole(c connector.Collection) bool { return c.Complete && c.List != nil && !c.Part }
