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
)

// Resolution is a person's choice between the two values of a conflict.
type Resolution struct {
	Conflict   int64
	Etag       string // of what the person has looked at
	TakeRemote bool   // their value, else ours
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
		seen, err := q.ListConflict(ctx, c.Conflict)
		if err != nil {
			return err
		}
		if !slices.Contains([]string{"by order", "a person decides", "flapping", "given there"}, seen.Why) {
			return ErrNotResolvable
		}
		if c.Hold != nil {
			if err := c.Hold(ctx, tx, seen.Kind, seen.Key); err != nil {
				return err
			}
		}
		// Entity first, as everywhere.
		e, err := q.LockEntity(ctx, seen.Entity)
		if err != nil {
			return err
		}
		if seen, err = q.ListConflict(ctx, c.Conflict); err != nil {
			return err
		}
		switch {
		case seen.ResolvedBy != "":
			return ErrConflictResolved
		case e.Deleted != "":
			return ErrNotResolvable
		case seen.Etag() != c.Etag:
			return ErrConflictMoved
		}
		value := seen.HubValue
		if c.TakeRemote {
			value = seen.RemoteValue
		}
		if err := q.resolve(ctx, e, seen.Field, value, c.By.Name, now); err != nil {
			return fmt.Errorf("settle conflict %d: %w", c.Conflict, err)
		}
		if c.Accept != nil {
			is, err := q.LockEntity(ctx, e.ID)
			if err == nil {
				err = c.Accept(ctx, tx, e, is)
			}
			if err != nil {
				return fmt.Errorf("take what conflict %d is resolved to: %w", c.Conflict, err)
			}
		}
		return AppendAudit(ctx, tx, now, Act{
			By: c.By, Action: "ResolveConflict", Target: fmt.Sprintf("conflict %d entity %d", c.Conflict, e.ID), Reason: c.Why,
		})
	})
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
