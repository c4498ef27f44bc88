package read

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// askedTogether is how many records that are missing are taken up together. All are
// asked for, one by one, however many they are: the more are missing, the likelier
// it is the listing that is wrong.
const askedTogether = 200

// asking asks a system for records that its listing lacks.
type asking struct{ *reading }

// askMissing asks for the records of which the absence would count now, each by
// itself, before anybody takes them for gone: a listing may be made from an index
// that is behind, and a system may say only then that a record was merged. It
// reports whether the slice had time for all of them.
func (r asking) askMissing(ctx context.Context) (done bool, err error) {
	if r.coll.Get == nil {
		return true, nil
	}
	there, doubtful, all := 0, 0, 0
	for {
		missing, err := r.Store.AbsencesThatCount(ctx, store.AbsencesThatCountParams{
			Run: r.task.Run, Listing: r.listing.ID, AbsentAfter: r.absentAfter(), Before: r.Now().Add(-r.Settings.AbsentGap),
			System: string(r.system.Name), Place: r.coll.Place, Scope: r.coll.Scope, Kind: string(r.coll.Kind), Most: askedTogether,
		})
		if err != nil {
			return false, fmt.Errorf("read what is missing: %w", err)
		}
		if len(missing) == 0 {
			r.tellAsked(all, there, doubtful)
			return true, nil
		}
		for _, m := range missing {
			if all > 0 && !r.task.Until.IsZero() && !r.Now().Before(r.task.Until) {
				r.tellAsked(all, there, doubtful)
				return false, nil
			}
			row, listed, err := r.ask(ctx, m)
			if err != nil {
				return false, err
			}
			all++
			switch {
			case row == nil:
				doubtful++
			case row.State == store.StagedChanged && listed:
				there++
			}
			if err := r.answered(ctx, m, row); err != nil {
				return false, err
			}
		}
	}
}

// tellAsked notes what has come of asking.
func (r asking) tellAsked(all, there, doubtful int) {
	if there+doubtful > 0 {
		r.note("asked "+string(r.system.Name)+" "+r.coll.Place, fmt.Sprintf(
			"of %d records that are missing from the listing %d are there when they are asked for, and %d cannot be asked for",
			all, there, doubtful))
		r.note(step.PartialNote, "LISTING_LACKS_RECORDS")
	}
}

// ask asks for a record by its id, and when that is not there by its key. It returns how the
// record is to be staged, nil when that cannot be told, and whether a listing shows such a one.
func (r asking) ask(ctx context.Context, m store.AbsencesThatCountRow) (row *store.StageItemParams, listed bool, err error) {
	id := record.ExternalID(m.ExternalID)
	item, err := remote.Retry(ctx, r.caller, func(ctx context.Context) (connector.Item, error) { return r.coll.Get(ctx, id) })
	if err == nil {
		return r.present(item), !item.Unlisted, nil
	}
	var failure *connector.Error
	if !errors.As(err, &failure) || failure.Class == connector.Denied {
		return nil, false, err
	}
	if failure.Class != connector.NotFound {
		return nil, false, nil // nothing can be told
	}
	if failure.Successor != "" {
		return r.succeeded(id, failure.Successor), true, nil
	}
	if r.coll.Find == nil {
		return r.absent(id), true, nil
	}
	item, err = remote.Retry(ctx, r.caller, func(ctx context.Context) (connector.Item, error) {
		return r.coll.Find(ctx, record.DecodeFields(m.Remote))
	})
	switch {
	case err == nil && item.ID == id:
		return r.present(item), !item.Unlisted, nil
	case err == nil:
		return r.succeeded(id, item.ID), true, nil
	case !errors.As(err, &failure) || failure.Class == connector.Denied:
		return nil, false, err
	case failure.Class == connector.NotFound:
		return r.absent(id), true, nil
	}
	known, err := r.doublesKnown(ctx, m)
	if err != nil || !known {
		return nil, false, err // such as two records with this key, which no listing shows
	}
	return r.absent(id), true, nil
}

// doublesKnown reports whether several records are known to show the key of one that is
// missing: then Plan says that nothing tells which of them it is, and has none made.
func (r asking) doublesKnown(ctx context.Context, m store.AbsencesThatCountRow) (bool, error) {
	key := r.Policies.Of(r.coll.Kind).Key(record.DecodeFields(m.Remote))
	if key == "" {
		return false, nil
	}
	ids, err := r.Store.ShownUnderKey(ctx, store.ShownUnderKeyParams{
		System: string(r.system.Name), Kind: string(r.coll.Kind), Key: key, Place: r.coll.Place, Scope: r.coll.Scope,
	})
	if err != nil {
		return false, fmt.Errorf("look for records with a key: %w", err)
	}
	return len(ids) > 1, nil
}

func (r asking) present(item connector.Item) *store.StageItemParams {
	row := r.changed(item, r.digests.Of(item.Fields), true)
	return &row
}

func (r asking) absent(id record.ExternalID) *store.StageItemParams {
	row := r.row(id, store.StagedAbsent, nil, nil)
	return &row
}

// succeeded is a record that was merged into another. One that no row can have is as
// good as none.
func (r asking) succeeded(id, by record.ExternalID) *store.StageItemParams {
	if !by.Storable() {
		by = ""
	}
	row := r.row(id, store.StagedRemoved, nil, nil)
	row.Reason, row.Successor = string(record.Merged), string(by)
	return &row
}

// answered stores what the system has said of a record that is missing.
func (r asking) answered(ctx context.Context, m store.AbsencesThatCountRow, row *store.StageItemParams) error {
	err := r.tx(ctx, func(_ pgx.Tx, q *store.Queries) error {
		if row == nil {
			return q.DropAbsence(ctx, r.task.Run, r.listing.ID, m.ExternalID)
		}
		if err := stage(ctx, q, []store.StageItemParams{*row}); err != nil {
			return err
		}
		if row.State != store.StagedChanged {
			return q.AbsenceAsked(ctx, r.task.Run, r.listing.ID, m.ExternalID)
		}
		return q.ShowOneAgain(ctx, r.listing.ID, m.ExternalID)
	})
	if err != nil {
		return fmt.Errorf("store what is missing: %w", err)
	}
	return nil
}

// note notes something that the run tells.
func (r *reading) note(key, text string) {
	if r.notes == nil {
		r.notes = map[string]string{}
	}
	r.notes[key] = text
}
