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

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/profile"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// holdBatch is how many staged records are looked at together when something of
// a reading is held.
const holdBatch = 1000

// notSeen stands in place of a digest and is that of no record.
var notSeen = []byte{0}

// profiling compares a reading, as it streams by, with what is known.
type profiling struct {
	subject  profile.Subject
	digest   profile.Digest
	comparer *profile.Comparer
	fixed    []record.Field // a new record of which one of these is held is not taken
	keep     bool           // the slice ends: what was taken in is stored
}

// profileOf begins the profile of a reading that shows all, or goes on with it.
// It is nil for any other reading. ok is false when an earlier slice has left
// none that fits how far the listing has come: then it begins anew.
func (r *reading) profileOf() (_ *profiling, ok bool, err error) {
	if !r.state.Whole || !r.coll.Complete {
		return nil, true, nil
	}
	var pages []*policy.Policy
	p := &profiling{}
	for _, c := range r.system.Collections.At(r.coll.Place, r.coll.View) {
		if page := r.Policies.Of(c.Kind); page != nil {
			pages = append(pages, page)
			if !c.Part {
				p.fixed = slices.Concat(page.KeyFields, page.Identity)
			}
		}
	}
	p.subject = profile.SubjectOf(r.system.Collections.Reads(r.coll.Place, r.coll.View), r.coll.Keys, pages...)
	var key [16]byte
	copy(key[:], record.NewDigester(r.Settings.DigestKey, []record.Field{"profile"}).Of(record.Fields{"profile": "key"}))
	p.digest = profile.NewDigest(key)
	var state *profile.State
	if r.state.NextCursor != "" || r.listed() {
		if len(r.state.ProfileState) == 0 || r.state.ProfileAt != r.state.NextCursor {
			return nil, false, nil
		}
		state = &profile.State{}
		if err := json.Unmarshal(r.state.ProfileState, state); err != nil {
			return nil, false, fmt.Errorf("read the profile of the slice before: %w", err)
		}
	}
	p.comparer = profile.NewComparer(p.subject, r.Settings.Profile, p.digest, state)
	return p, true, nil
}

// take takes records into the profile: those that are as they were last seen,
// and those that differ.
func (r *reading) take(ctx context.Context, same, differ []connector.Item) error {
	if r.profile == nil {
		return nil
	}
	for _, it := range same {
		r.profile.comparer.Same(it.Fields, it.Keys)
	}
	ids := make([]string, len(differ))
	for i, it := range differ {
		ids[i] = string(it.ID)
	}
	good, err := r.good(ctx, r.Store.Queries, ids)
	if err != nil {
		return err
	}
	for _, it := range differ {
		if g := good[string(it.ID)]; g != nil {
			r.profile.comparer.Pair(it.ID, g, it.Fields, it.Keys)
		} else {
			r.profile.comparer.Add(it.Fields, it.Keys)
		}
	}
	return nil
}

// good returns what bound records are known to hold: what a good reading has
// shown of them, and what was written there since.
func (r *reading) good(ctx context.Context, q *store.Queries, ids []string) (map[string]record.Fields, error) {
	out := map[string]record.Fields{}
	if len(ids) == 0 {
		return out, nil
	}
	for _, c := range r.system.Collections.At(r.coll.Place, r.coll.View) {
		rows, err := q.SyncRecordsByID(ctx, store.SyncRecordsByIDParams{
			System: string(r.system.Name), Place: c.Place, Scope: c.Scope, Kind: string(c.Kind), Ids: ids,
		})
		if err != nil {
			return nil, fmt.Errorf("read what is known of the records: %w", err)
		}
		for _, row := range rows {
			if row.Entity != nil {
				out[*row.ExternalID] = out[*row.ExternalID].Over(record.DecodeFields(row.Remote))
			}
		}
	}
	return out, nil
}

// keepProfile stores what the profile has taken in, so that the next slice goes
// on with it.
func (r *reading) keepProfile(ctx context.Context, q *store.Queries) error {
	if r.profile == nil || !r.profile.keep {
		return nil
	}
	state, err := json.Marshal(r.profile.comparer.State())
	if err != nil {
		return fmt.Errorf("store the profile: %w", err)
	}
	return q.KeepProfileState(ctx, state, r.task.Run, r.listing.ID)
}

// judge compares a reading with the good one, takes what is held out of what was
// staged, and stores what was found; of a certified one also the profile, and what
// the good reading becomes when the run's plan is applied. A reading that is not
// certified may be wrong all the same in what it shows.
func (r *reading) judge(ctx context.Context, q *store.Queries, number int64, cert reconcile.Certificate) error {
	var good profile.Good
	raw, err := q.GoodReading(ctx, r.listing.ID)
	if err == nil {
		err = json.Unmarshal(raw, &good)
	} else if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("read the good reading: %w", err)
	}
	found := r.profile.comparer.Findings(good)
	letGo, err := r.storeFindings(ctx, q, number, found)
	if err != nil {
		return err
	}
	held := profile.NewHeld(r.profile.subject, r.profile.digest, found, letGo...)
	if !held.Empty() {
		r.tell(found, letGo)
		if err := q.HoldReading(ctx, r.task.Run, r.listing.ID); err != nil {
			return fmt.Errorf("hold the reading: %w", err)
		}
		if err := r.hold(ctx, q, held); err != nil {
			return err
		}
	}
	if !cert.Holds() {
		return nil
	}
	shape := r.profile.comparer.Profile()
	next := good.Move(r.profile.subject, strconv.FormatInt(number, 10), shape, held.Fields())
	asJSON, err := json.Marshal(shape)
	if err != nil {
		return fmt.Errorf("store the profile: %w", err)
	}
	moved, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("store the good reading: %w", err)
	}
	if err := q.PutProfile(ctx, store.PutProfileParams{Reading: number, Listing: r.listing.ID, Run: r.task.Run, Profile: asJSON}); err != nil {
		return fmt.Errorf("store the profile: %w", err)
	}
	if err := q.DropOldProfiles(ctx, r.listing.ID); err != nil {
		return fmt.Errorf("drop old profiles: %w", err)
	}
	return q.KeepNextGood(ctx, moved, r.task.Run, r.listing.ID)
}

// storeFindings stores what was found and was not found before, forgets what is
// found no longer, and returns the ids of what a person has accepted, or a second
// reading has confirmed.
func (r *reading) storeFindings(ctx context.Context, q *store.Queries, number int64, found []profile.Finding) (letGo []string, err error) {
	ids := make([]string, len(found))
	waits := map[string]bool{}
	for i, f := range found {
		ids[i], waits[f.ID] = f.ID, f.Wait
		b, err := json.Marshal(f)
		if err != nil {
			return nil, fmt.Errorf("store a finding: %w", err)
		}
		err = q.PutFinding(ctx, store.PutFindingParams{
			Listing: r.listing.ID, ID: f.ID, Reading: number, FoundOn: r.Now(), Finding: b,
		})
		if err != nil {
			return nil, fmt.Errorf("store a finding: %w", err)
		}
	}
	if err := q.ForgetFindings(ctx, r.listing.ID, ids); err != nil {
		return nil, fmt.Errorf("forget findings: %w", err)
	}
	rows, err := q.FindingsOf(ctx, r.listing.ID)
	if err != nil {
		return nil, fmt.Errorf("read the findings: %w", err)
	}
	for _, row := range rows {
		confirmed := waits[row.ID] && row.Reading != number && !row.FoundOn.After(r.Now().Add(-r.Settings.AbsentGap))
		if row.AcceptedOn != nil || confirmed {
			letGo = append(letGo, row.ID)
		}
	}
	return letGo, nil
}

// tell notes what is held.
func (r *reading) tell(found []profile.Finding, letGo []string) {
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
	r.note("held "+string(r.system.Name)+" "+r.coll.Place, strings.Join(texts, "; "))
	r.note(step.PartialNote, why)
}

// hold takes the fields that are held out of what was staged. What was last seen
// of such a record does not move, so that the next good reading is seen. A new
// record of which nobody could say who it is waits as a whole.
func (r *reading) hold(ctx context.Context, q *store.Queries, held *profile.Held) error {
	for after := ""; ; {
		rows, err := q.StagedChanges(ctx, store.StagedChangesParams{Run: r.task.Run, Listing: r.listing.ID, After: after, Most: holdBatch})
		if err != nil {
			return fmt.Errorf("read what was staged: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		ids := make([]string, len(rows))
		for i, row := range rows {
			ids[i] = row.ExternalID
		}
		after = ids[len(ids)-1]
		good, err := r.good(ctx, q, ids)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := r.holdOne(ctx, q, held, row, good[row.ExternalID]); err != nil {
				return fmt.Errorf("hold what was staged: %w", err)
			}
		}
	}
}

func (r *reading) holdOne(ctx context.Context, q *store.Queries, held *profile.Held, row store.StagedChangesRow, good record.Fields) error {
	id, now := record.ExternalID(row.ExternalID), record.DecodeFields(row.Fields)
	if held.Believed(id, good, now) {
		return nil
	}
	for _, h := range held.Hold(id, good, now) {
		if good == nil && slices.Contains(r.profile.fixed, h.Field) {
			return q.DropStagedChange(ctx, r.task.Run, r.listing.ID, row.ExternalID)
		}
		delete(now, h.Field)
	}
	// Of a record of which something else is taken, what was seen is not what it
	// shows, nor what it showed: no reading is the same.
	digest, taken := row.Digest, false
	for f, v := range now {
		was, known := good[f]
		taken = taken || !known || was != v
	}
	if taken {
		digest = notSeen
	}
	return q.HoldStaged(ctx, store.HoldStagedParams{
		Fields: now.Encode(), Digest: digest, Believed: taken, Run: r.task.Run, Listing: r.listing.ID, ExternalID: row.ExternalID,
	})
}
