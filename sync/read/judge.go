package read

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/profile"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// judge compares a reading with the good one, takes what is held out of what was
// staged, and stores what was found; of a certified one also the profile, and what
// the good reading becomes when the run's plan is applied. A reading that is not
// certified may be wrong all the same in what it shows.
func (p *profiling) judge(ctx context.Context, q *store.Queries, number int64, cert reconcile.Certificate) error {
	var good profile.Good
	raw, err := q.GoodReading(ctx, p.listing.ID)
	if err == nil {
		err = json.Unmarshal(raw, &good)
	} else if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("read the good reading: %w", err)
	}
	found := p.comparer.Findings(good)
	letGo, err := p.storeFindings(ctx, q, number, found)
	if err != nil {
		return err
	}
	held := profile.NewHeld(p.subject, p.digest, found, letGo...)
	if !held.Empty() {
		p.tell(found, letGo)
		if err := q.HoldReading(ctx, p.task.Run, p.listing.ID); err != nil {
			return fmt.Errorf("hold the reading: %w", err)
		}
		if err := p.hold(ctx, q, held); err != nil {
			return err
		}
	}
	if !cert.Holds() {
		return nil
	}
	shape := p.comparer.Profile()
	next := good.Move(p.subject, strconv.FormatInt(number, 10), shape, held.Fields())
	asJSON, err := json.Marshal(shape)
	if err != nil {
		return fmt.Errorf("store the profile: %w", err)
	}
	moved, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("store the good reading: %w", err)
	}
	if err := q.PutProfile(ctx, store.PutProfileParams{Reading: number, Listing: p.listing.ID, Run: p.task.Run, Profile: asJSON}); err != nil {
		return fmt.Errorf("store the profile: %w", err)
	}
	if err := q.DropOldProfiles(ctx, p.listing.ID); err != nil {
		return fmt.Errorf("drop old profiles: %w", err)
	}
	return q.KeepNextGood(ctx, moved, p.task.Run, p.listing.ID)
}

// storeFindings stores what was found and was not found before, forgets what is
// found no longer, and returns the ids of what a person has accepted, or a second
// reading has confirmed.
func (p *profiling) storeFindings(ctx context.Context, q *store.Queries, number int64, found []profile.Finding) (letGo []string, err error) {
	ids := make([]string, len(found))
	waits := map[string]bool{}
	for i, f := range found {
		ids[i], waits[f.ID] = f.ID, f.Wait
		b, err := json.Marshal(f)
		if err != nil {
			return nil, fmt.Errorf("store a finding: %w", err)
		}
		err = q.PutFinding(ctx, store.PutFindingParams{
			Listing: p.listing.ID, ID: f.ID, Reading: number, FoundOn: p.Now(), Finding: b,
		})
		if err != nil {
			return nil, fmt.Errorf("store a finding: %w", err)
		}
	}
	if err := q.ForgetFindings(ctx, p.listing.ID, ids); err != nil {
		return nil, fmt.Errorf("forget findings: %w", err)
	}
	rows, err := q.FindingsOf(ctx, p.listing.ID)
	if err != nil {
		return nil, fmt.Errorf("read the findings: %w", err)
	}
	for _, row := range rows {
		confirmed := waits[row.ID] && row.Reading != number && !row.FoundOn.After(p.Now().Add(-p.Settings.AbsentGap))
		if row.AcceptedOn != nil || confirmed {
			letGo = append(letGo, row.ID)
		}
	}
	return letGo, nil
}

// tell notes what is held.
func (p *profiling) tell(found []profile.Finding, letGo []string) {
	var texts []string
	why := "IDENTITY_CHANGED"
	for _, f := range found {
		if slices.Contains(letGo, f.ID) {
			continue
		}
		texts = append(texts, f.ID+" "+f.Text)
		if f.Cause != profile.IdentityMoved && f.Cause != profile.SomebodyElse {
			why = "FIELDS_HELD"
		}
	}
	p.note("held "+string(p.system.Name)+" "+p.coll.Place, strings.Join(texts, "; "))
	p.note(step.PartialNote, why)
}
