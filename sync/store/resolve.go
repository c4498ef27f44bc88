package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/record"
)

// What can be wrong with the settling of a conflict.
var (
	ErrConflictResolved = errors.New("somebody has resolved this conflict already")
	ErrConflictMoved    = errors.New("the conflict or its record has changed meanwhile")
	ErrNotResolvable    = errors.New("the policy leaves no choice in this field")
	ErrNotAlike         = errors.New("the conflicts are of different kinds, fields or systems, or decided otherwise")
)

// LookedAt is a conflict as a person has looked at it.
type LookedAt struct {
	Conflict int64
	Etag     string
}

// Resolution is a person's choice between the two values of conflicts that are alike, or
// of a third one.
type Resolution struct {
	Conflicts  []LookedAt
	TakeRemote bool    // their value, else ours
	Value      *string // a third one, canonical
	By         Actor
	Why        string
	// Hold is called before anything is locked, with the kind and the key of the entity,
	// Accept when its fields have changed; nil does nothing.
	Hold   func(ctx context.Context, db DBTX, kind, key string) error
	Accept func(ctx context.Context, db DBTX, was, is Entity) error
}

// Etag changes when the conflict or its record does.
func (c ListConflictRow) Etag() string {
	h := sha256.New()
	fmt.Fprintln(h, c.ID, c.EntityVersion, c.WonBy, c.ResolvedOn != nil, c.ResolvedBy)
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Resolve takes the value chosen into our copy, so that the next run brings it
// to every system that holds the field. It answers one of the errors above, or
// pgx.ErrNoRows, and then changes nothing.
func (s *Store) Resolve(ctx context.Context, c Resolution, now time.Time) error {
	return s.InTx(ctx, func(tx pgx.Tx, q *Queries) error {
		var first ListConflictRow
		acts := make([]Act, 0, len(c.Conflicts))
		for i, at := range c.Conflicts {
			seen, err := c.resolve(ctx, tx, at, now)
			if err != nil {
				return err
			}
			if i == 0 {
				first = seen
			}
			if seen.Kind != first.Kind || seen.Field != first.Field || seen.System != first.System || seen.Why != first.Why {
				return ErrNotAlike
			}
			acts = append(acts, Act{By: c.By, Action: "ResolveConflict", Target: fmt.Sprintf("conflict %d entity %d", seen.ID, seen.Entity), Reason: c.Why})
		}
		for _, act := range acts {
			if err := AppendAudit(ctx, tx, now, act); err != nil {
				return err
			}
		}
		return nil
	})
}

// resolve resolves one conflict, and returns it as it was.
func (c Resolution) resolve(ctx context.Context, tx pgx.Tx, at LookedAt, now time.Time) (ListConflictRow, error) {
	q := New(tx)
	seen, err := q.ListConflict(ctx, at.Conflict)
	if err != nil {
		return seen, err
	}
	if !slices.Contains([]string{"by order", "a person decides", "flapping", "given there"}, seen.Why) || c.Value != nil && seen.Why == "given there" {
		return seen, ErrNotResolvable
	}
	if c.Hold != nil {
		if err := c.Hold(ctx, tx, seen.Kind, seen.Key); err != nil {
			return seen, err
		}
	}
	// Entity first, as everywhere.
	e, err := q.LockEntity(ctx, seen.Entity)
	if err != nil {
		return seen, err
	}
	if seen, err = q.ListConflict(ctx, at.Conflict); err != nil {
		return seen, err
	}
	switch {
	case seen.ResolvedBy != "":
		return seen, ErrConflictResolved
	case e.Deleted != "":
		return seen, ErrNotResolvable
	case seen.Etag() != at.Etag:
		return seen, ErrConflictMoved
	}
	if err := q.resolve(ctx, e, seen.Field, c.of(seen), c.By.Name, now); err != nil {
		return seen, fmt.Errorf("settle conflict %d: %w", seen.ID, err)
	}
	if c.Accept == nil {
		return seen, nil
	}
	is, err := q.LockEntity(ctx, e.ID)
	if err == nil {
		err = c.Accept(ctx, tx, e, is)
	}
	if err != nil {
		return seen, fmt.Errorf("take what conflict %d is resolved to: %w", seen.ID, err)
	}
	return seen, nil
}

// of is the value that is taken of a conflict.
func (c Resolution) of(seen ListConflictRow) string {
	switch {
	case c.Value != nil:
		return *c.Value
	case c.TakeRemote:
		return seen.RemoteValue
	}
	return seen.HubValue
}

func (q *Queries) resolve(ctx context.Context, e Entity, field, value, by string, now time.Time) error {
	var fields record.Fields
	if err := json.Unmarshal(e.Fields, &fields); err != nil {
		return err
	}
	change, err := json.Marshal(map[string][2]string{field: {fields[record.Field(field)], value}})
	if err != nil {
		return err
	}
	return errors.Join(
		q.ResolveEntity(ctx, ResolveEntityParams{
			ID: e.ID, Field: field, Value: value, Seen: now.UTC().Format(time.RFC3339), Now: now,
		}),
		q.ResolveSyncRecords(ctx, field, &e.ID, e.Kind),
		q.ResolveConflicts(ctx, ResolveConflictsParams{Entity: e.ID, Field: field, By: by, Now: &now}),
		q.InsertResolved(ctx, InsertResolvedParams{
			Run: uuid.Nil, Kind: e.Kind, Key: e.Key, Entity: &e.ID, Fields: change, Actor: by, EntityVersion: e.Version + 1, Now: now,
		}),
	)
}
