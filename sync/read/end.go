package read

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// totals are what a listing has shown when it is over. A record that the system
// itself says to be removed is not absent.
type totals struct {
	keys     int64 // records and faults with an id, each once
	faults   int64
	nameless int64 // faults without an id
	known    int64 // records that the last full listing showed
	absent   int64
}

// certifying ends a listing: it counts what was shown, and judges whether that was
// all.
type certifying struct{ *reading }

// end completes a listing of which the end was reached: it judges whether it was
// whole and stages what is absent from it.
func (r certifying) end(ctx context.Context) error {
	if r.join != nil {
		if err := r.comparing.passRest(ctx); err != nil {
			return err
		}
	}
	if r.profile != nil {
		r.profile.keep = true
	}
	return r.tx(ctx, func(_ pgx.Tx, q *store.Queries) error {
		if err := q.LockListing(ctx, r.listing.ID); err != nil {
			return fmt.Errorf("lock the listing: %w", err)
		}
		if err := r.comparing.store(ctx, q); err != nil {
			return err
		}
		st, err := q.GetStagingListing(ctx, r.task.Run, r.listing.ID)
		if err != nil {
			return err
		}
		if !st.Whole {
			return r.endPart(ctx, q, st)
		}
		// Until here Count has counted the faults, and Absent those without an
		// id.
		s := totals{faults: st.Count, nameless: st.Absent}
		if r.join != nil {
			s.keys, s.known = st.Records, st.Known
			err = r.countOrdered(ctx, q, &s)
		} else {
			err = r.countByKey(ctx, q, &s)
		}
		if err != nil {
			return err
		}
		return r.certify(ctx, q, st, s)
	})
}

// endPart ends the reading of a part: it says nothing of what it did not show.
func (r certifying) endPart(ctx context.Context, q *store.Queries, st store.StagingListing) error {
	if reconcile.FaultTolerance.Exceeded(st.Count, r.counter.Read+st.Count) {
		return &step.Stop{Outcome: step.Drifted, Reason: "TOO_MANY_FAULTS", Detail: fmt.Sprintf(
			"%d records of %s %s could not be read; the page has changed", st.Count, r.system.Name, r.coll.Place)}
	}
	if err := r.shownAgain(ctx, q); err != nil {
		return err
	}
	if err := r.contradict(ctx, q, false); err != nil {
		return err
	}
	if err := r.noteUnannounced(ctx, q); err != nil {
		return err
	}
	none, err := json.Marshal(reconcile.Certificate{})
	if err != nil {
		return fmt.Errorf("store that there is no certificate: %w", err)
	}
	return q.CompleteStagingListing(ctx, store.CompleteStagingListingParams{
		Certificate: none, Moves: true, Count: r.counter.Read, Fingerprint: r.fingerprint, Shape: r.system.Shape(), Run: r.task.Run, Listing: r.listing.ID,
	})
}

// noteUnannounced notes changes of which a system that announces them had named none.
func (r certifying) noteUnannounced(ctx context.Context, q *store.Queries) error {
	hooker, ok := r.system.Connector.(connector.WebhookReceiver)
	if !ok || !slices.Contains(hooker.Announces(), r.coll.Kind) {
		return nil
	}
	err := q.WebhooksMissed(ctx, store.WebhooksMissedParams{
		System: string(r.system.Name), Now: r.Now(), Kind: string(r.coll.Kind), Run: r.task.Run, Listing: r.listing.ID,
	})
	if err != nil {
		return fmt.Errorf("note what was not announced: %w", err)
	}
	return nil
}

// shownAgain notes that what was absent and is shown is absent no longer: any
// reading proves presence, whatever comes of its run.
func (r certifying) shownAgain(ctx context.Context, q *store.Queries) error {
	show := q.ShowAgain
	if r.join != nil {
		show = q.ShowAllAgain
	}
	if err := show(ctx, r.listing.ID, r.task.Run); err != nil {
		return fmt.Errorf("note what is shown again: %w", err)
	}
	if err := q.ForgetMissing(ctx, r.listing.ID, r.absentAfter()); err != nil {
		return fmt.Errorf("note what is shown again: %w", err)
	}
	return nil
}

// contradict notes which records other runs have read otherwise and not applied yet:
// their plans are out of date there, be it that this one comes to nothing.
func (r certifying) contradict(ctx context.Context, q *store.Queries, certified bool) error {
	err := q.Contradict(ctx, store.ContradictParams{Listing: r.listing.ID, Run: r.task.Run, Ordered: r.join != nil, Certified: certified, AbsentAfter: r.absentAfter()})
	if err != nil {
		return fmt.Errorf("compare with what other runs have read: %w", err)
	}
	return nil
}

// countOrdered counts the absences that fell out of the join. They were staged as
// they came, but for those that turned out to be faults.
func (r certifying) countOrdered(ctx context.Context, q *store.Queries, s *totals) error {
	if s.faults > 0 {
		named, err := q.CountStagedKeys(ctx, r.task.Run, r.listing.ID)
		if err != nil {
			return err
		}
		s.keys += named
		if err := q.DropFoundAbsences(ctx, r.task.Run, r.listing.ID); err != nil {
			return err
		}
	}
	var err error
	s.absent, err = q.CountStagedAbsences(ctx, r.task.Run, r.listing.ID)
	return err
}

// countByKey counts the absences by the ids that were kept.
func (r certifying) countByKey(ctx context.Context, q *store.Queries, s *totals) error {
	var err error
	if s.keys, err = q.CountStagedKeys(ctx, r.task.Run, r.listing.ID); err != nil {
		return err
	}
	if s.known, err = q.CountKnown(ctx, r.listing.ID); err != nil {
		return err
	}
	s.absent, err = q.CountAbsent(ctx, r.listing.ID, r.absentAfter(), r.task.Run)
	return err
}

// absentAfter is in how many listings a record must be absent to be gone.
func (r *reading) absentAfter() int32 {
	return int32(r.Settings.AbsentListings) //nolint:gosec // a handful
}

// certify judges whether the listing was whole, and stages what is absent from
// it only then.
func (r certifying) certify(ctx context.Context, q *store.Queries, st store.StagingListing, s totals) error {
	if reconcile.FaultTolerance.Exceeded(s.faults, s.keys) {
		return &step.Stop{Outcome: step.Drifted, Reason: "TOO_MANY_FAULTS", Detail: fmt.Sprintf(
			"%d of %d records of %s %s could not be read; the page has changed", s.faults, s.keys, r.system.Name, r.coll.Place)}
	}
	removed, err := q.CountRemoved(ctx, r.task.Run, r.listing.ID)
	if err != nil {
		return fmt.Errorf("count what was removed: %w", err)
	}
	s.known -= removed // they need not be listed
	c := reconcile.FullListing{
		Complete: r.coll.Complete, Moved: st.Moved, Missing: r.Settings.Missing,
		Count: s.keys + s.nameless, Nameless: s.nameless, Known: s.known, Absent: s.absent,
		Evidence: connector.Evidence{SignedIn: st.SignedIn, Filters: st.Filters, End: st.Ended, Stated: st.Stated != nil},
	}
	if st.Stated != nil {
		c.Evidence.Count = int(*st.Stated)
	}
	if c.BrokenOff() {
		first, err := q.ReadAgain(ctx, r.task.Run, r.listing.ID)
		if err != nil {
			return fmt.Errorf("read the listing again: %w", err)
		}
		if first > 0 {
			r.again = true
			return r.restart(ctx, q)
		}
	}
	cert, why := reconcile.Certify(c)
	if err := r.shownAgain(ctx, q); err != nil {
		return err
	}
	number, err := q.NextReading(ctx)
	if err == nil && r.profile != nil {
		err = r.profile.judge(ctx, q, number, cert)
	}
	if err != nil {
		return fmt.Errorf("compare the reading: %w", err)
	}
	if err := r.contradict(ctx, q, cert.Holds()); err != nil {
		return err
	}
	absent, err := r.stageAbsences(ctx, q, cert, s.absent)
	if err != nil {
		return fmt.Errorf("stage the absences: %w", err)
	}
	stored, err := json.Marshal(cert)
	if err != nil {
		return fmt.Errorf("store the certificate: %w", err)
	}
	return q.CompleteStagingListing(ctx, store.CompleteStagingListingParams{
		Certificate: stored, Moves: cert.Holds() || !r.coll.Complete, Why: why, Reading: number, Count: s.keys, Absent: absent,
		Fingerprint: r.fingerprint, Shape: r.system.Shape(), Run: r.task.Run, Listing: r.listing.ID,
	})
}

// stageAbsences stages what a certificate proves not to be there, and nothing
// without one. It returns how many records are missing from a listing that is
// meant to show all.
func (r certifying) stageAbsences(ctx context.Context, q *store.Queries, cert reconcile.Certificate, absent int64) (int64, error) {
	// What fell out of the join is staged already.
	staged := r.join != nil && absent > 0
	switch {
	case staged && !cert.Holds():
		return absent, q.DropStagedAbsences(ctx, r.task.Run, r.listing.ID)
	case absent > 0 && !staged && cert.Holds():
		return absent, q.StageAbsent(ctx, r.task.Run, r.listing.ID, r.absentAfter())
	}
	return absent, nil
}
