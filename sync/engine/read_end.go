package engine

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// shown is what a listing has shown when it is over. A record that the system
// itself says to be gone is not absent.
type shown struct {
	keys     int64 // records and faults with an id, each once
	faults   int64
	nameless int64 // faults without an id
	known    int64 // records that the last full listing showed
	absent   int64
}

// end judges the listing and stages what is absent from it.
func (r *reading) end(ctx context.Context) error {
	if r.join != nil {
		if err := r.drain(ctx); err != nil {
			return err
		}
	}
	return r.e.tx(ctx, r.t, func(_ pgx.Tx, q *store.Queries) error {
		if err := r.store(ctx, q); err != nil {
			return err
		}
		st, err := q.GetStagingListing(ctx, r.t.Run, r.listing.ID)
		if err != nil {
			return err
		}
		if !st.Whole {
			return r.partly(ctx, q, st)
		}
		// Until here Count has counted the faults, and Absent those without an
		// id.
		s := shown{faults: st.Count, nameless: st.Absent}
		if r.join != nil {
			s.keys, s.known = st.Records, st.Known
			err = r.joined(ctx, q, &s)
		} else {
			err = r.looked(ctx, q, &s)
		}
		if err != nil {
			return err
		}
		return r.judge(ctx, q, st, s)
	})
}

// partly ends the reading of a part: it says nothing of what it did not show.
func (r *reading) partly(ctx context.Context, q *store.Queries, st store.StagingListing) error {
	if faultTolerance.Exceeded(st.Count, r.counter.Read+st.Count) {
		return &step.Stop{Outcome: step.Drifted, Reason: "TOO_MANY_FAULTS", Detail: fmt.Sprintf(
			"%d records of %s %s could not be read; the page has changed", st.Count, r.sys.Name, r.coll.Place)}
	}
	return q.CompleteStagingListing(ctx, store.CompleteStagingListingParams{
		Count: r.counter.Read, Fingerprint: r.print, Run: r.t.Run, Listing: r.listing.ID,
	})
}

// joined counts the absences that fell out of the join. They were staged as
// they came, but for those that turned out to be faults.
func (r *reading) joined(ctx context.Context, q *store.Queries, s *shown) error {
	if s.faults > 0 {
		named, err := q.CountStagedKeys(ctx, r.t.Run, r.listing.ID)
		if err != nil {
			return err
		}
		s.keys += named
		if err := q.DropFoundAbsences(ctx, r.t.Run, r.listing.ID); err != nil {
			return err
		}
	}
	var err error
	s.absent, err = q.CountStagedAbsences(ctx, r.t.Run, r.listing.ID)
	return err
}

// looked counts the absences by the ids that were kept.
func (r *reading) looked(ctx context.Context, q *store.Queries, s *shown) error {
	var err error
	if s.keys, err = q.CountStagedKeys(ctx, r.t.Run, r.listing.ID); err != nil {
		return err
	}
	if s.known, err = q.CountKnown(ctx, r.listing.ID); err != nil {
		return err
	}
	s.absent, err = q.CountAbsent(ctx, r.listing.ID, r.goneAfter(), r.t.Run)
	return err
}

func (r *reading) goneAfter() int32 {
	return int32(r.e.settings.AbsentListings) //nolint:gosec // a handful
}

// judge decides what the absences mean.
func (r *reading) judge(ctx context.Context, q *store.Queries, st store.StagingListing, s shown) error {
	if faultTolerance.Exceeded(s.faults, s.keys) {
		return &step.Stop{Outcome: step.Drifted, Reason: "TOO_MANY_FAULTS", Detail: fmt.Sprintf(
			"%d of %d records of %s %s could not be read; the page has changed", s.faults, s.keys, r.sys.Name, r.coll.Place)}
	}
	c := reconcile.FullListing{Count: s.keys + s.nameless, Known: s.known, Absent: s.absent, Evidence: connector.Evidence{
		SignedIn: st.SignedIn, Filters: st.Filters, End: st.Ended, Stated: st.Stated != nil,
	}}
	if st.Stated != nil {
		c.Evidence.Count = int(*st.Stated)
	}
	why := reconcile.Certify(c, r.e.settings.Missing)
	staged := r.join != nil && s.absent > 0
	switch {
	case !r.coll.Complete:
		s.absent = 0
	case s.nameless > 0:
		// Any of the missing may be one of those whose id could not be read.
		why, s.absent = "records without a readable id", 0
	}
	count := why == "" && s.absent > 0
	var err error
	switch {
	case staged && !count:
		err = q.DropStagedAbsences(ctx, r.t.Run, r.listing.ID)
	case count && !staged:
		err = q.StageAbsent(ctx, r.t.Run, r.listing.ID, r.goneAfter())
	}
	if err != nil {
		return fmt.Errorf("stage the absences: %w", err)
	}
	return q.CompleteStagingListing(ctx, store.CompleteStagingListingParams{
		Certified: why == "", Why: why, Count: s.keys, Absent: s.absent, Fingerprint: r.print, Run: r.t.Run, Listing: r.listing.ID,
	})
}
