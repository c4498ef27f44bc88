// Package hub reads our own copy of all records, reads and writes the tables of EMS
// in rows of text, and makes entities of those rows. It decides nothing: what a row
// shows to other systems, and what of theirs it takes, is in package ems.
package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// EMSTypes are the tables of EMS that programs may write.
var EMSTypes = []string{
	"organisation", "person", "contact_preference", "membership_type", "membership_period", "membership",
	"event", "race", "start_group", "event_participant", "start_group_participant",
	"tag", "bib_tag_mapping", "conversation",
}

// Why EMS refuses a call.
const (
	UnknownType        = "UNKNOWN_TYPE"
	UnknownColumn      = "UNKNOWN_COLUMN"
	ReadOnlyColumn     = "READ_ONLY_COLUMN"
	InvalidValue       = "INVALID_VALUE"       // not of the column's type, or too long
	ConstraintViolated = "CONSTRAINT_VIOLATED" // the row breaks a rule of its table
	ConstraintHeld     = "CONSTRAINT_HELD"     // it does not go with what other rows hold
	EntityNotFound     = "ENTITY_NOT_FOUND"
	EntityDeleted      = "ENTITY_DELETED"
	VersionMismatch    = "VERSION_MISMATCH"
	SamePerson         = "SAME_PERSON"
)

// EMSRefusal is what a caller of EMS can do something about. It holds names of
// columns and constraints, and no value.
type EMSRefusal struct {
	Reason     string
	Detail     string
	Column     string // or columns, with commas
	Constraint string
}

// Error returns the detail.
func (r *EMSRefusal) Error() string { return r.Detail }

func refuse(reason, format string, args ...any) error {
	return &EMSRefusal{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// EMS reads and writes the tables of the organiser of events, each row as
// columns and texts. What hangs on a change is done by the tables' triggers.
// The zero value is ready for use.
type EMS struct {
	mu     sync.Mutex
	tables map[string]*table // by name; read once
}

// Row is one row of EMS.
type Row struct {
	ID int64
	// Fields are the values by column, without those that are null and those
	// that follow here. Times are RFC 3339 in UTC, lists one element a line.
	Fields                map[string]string
	Version               int64
	CreatedOn, ModifiedOn time.Time
	DeletedOn             *time.Time
	ModifiedBy            string
}

// Change is what Put and Delete are asked.
type Change struct {
	Type string
	ID   int64 // 0: a new row
	// Fields are the values to set; an empty text is null. Others stay.
	Fields map[string]string
	// Version is the one that the change is made from; 0 does not look.
	Version int64
	// Actor is who asks: "user:NAME".
	Actor string
}

// Put makes a row or changes one, and returns it as it stands then. After an
// error the transaction is of no use.
func (e *EMS) Put(ctx context.Context, tx pgx.Tx, c Change) (Row, error) {
	t, err := e.table(ctx, tx, c.Type)
	if err != nil {
		return Row{}, err
	}
	columns, values, err := t.values(c.Fields)
	if err != nil {
		return Row{}, err
	}
	if err := actAs(ctx, tx, c.Actor); err != nil {
		return Row{}, err
	}
	if c.ID != 0 {
		was, err := t.lock(ctx, tx, c.ID)
		if err != nil {
			return Row{}, err
		}
		if was.DeletedOn != nil {
			return Row{}, refuse(EntityDeleted, "%s %d is deleted", c.Type, c.ID)
		}
		if err := expected(was, c); err != nil {
			return Row{}, err
		}
	}
	id, err := t.write(ctx, tx, c.ID, columns, values)
	if err != nil {
		return Row{}, err
	}
	return t.get(ctx, tx, id)
}

// Get returns a row, also one that is marked as deleted.
func (e *EMS) Get(ctx context.Context, db DBTX, name string, id int64) (Row, error) {
	t, err := e.table(ctx, db, name)
	if err != nil {
		return Row{}, err
	}
	return t.get(ctx, db, id)
}

// List returns rows by id: those after an id, at most so many.
func (e *EMS) List(ctx context.Context, db DBTX, name string, after int64, most int32, deleted bool) ([]Row, error) {
	t, err := e.table(ctx, db, name)
	if err != nil {
		return nil, err
	}
	rows, err := db.Query(ctx, "select to_jsonb(t) from "+t.quoted+
		" t where t.id > $1 and ($2 or t.deleted_on is null) order by t.id limit $3", after, deleted, most)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", name, err)
	}
	out, err := pgx.CollectRows(rows, t.scan)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", name, err)
	}
	return out, nil
}

// Delete marks a row as deleted, and returns it. One that is marked stays as
// it is.
func (e *EMS) Delete(ctx context.Context, tx pgx.Tx, c Change) (Row, error) {
	t, err := e.table(ctx, tx, c.Type)
	if err != nil {
		return Row{}, err
	}
	if err := actAs(ctx, tx, c.Actor); err != nil {
		return Row{}, err
	}
	was, err := t.lock(ctx, tx, c.ID)
	if err != nil || was.DeletedOn != nil {
		return was, err
	}
	if err := expected(was, c); err != nil {
		return Row{}, err
	}
	if _, err := tx.Exec(ctx, "update "+t.quoted+" set deleted_on = now() where id = $1", c.ID); err != nil {
		return Row{}, fmt.Errorf("delete %s %d: %w", c.Type, c.ID, err)
	}
	return t.get(ctx, tx, c.ID)
}

// Merge makes two persons one and returns the one who stays. Repeated, it does
// nothing.
func (e *EMS) Merge(ctx context.Context, tx pgx.Tx, source, target int64, actor string) (Row, error) {
	if source == target {
		return Row{}, refuse(SamePerson, "a person cannot be merged into itself")
	}
	t, err := e.table(ctx, tx, "person")
	if err != nil {
		return Row{}, err
	}
	if err := actAs(ctx, tx, actor); err != nil {
		return Row{}, err
	}
	both := map[int64]Row{}
	for _, id := range slices.Sorted(slices.Values([]int64{source, target})) {
		if both[id], err = t.lock(ctx, tx, id); err != nil {
			return Row{}, err
		}
	}
	if both[source].Fields["merged_into_id"] == fmt.Sprint(target) {
		return both[target], nil
	}
	for _, id := range []int64{source, target} {
		if both[id].DeletedOn != nil {
			return Row{}, refuse(EntityDeleted, "person %d is deleted", id)
		}
	}
	if _, err := tx.Exec(ctx, "select ems.merge_person($1, $2)", source, target); err != nil {
		return Row{}, fmt.Errorf("merge person %d into %d: %w", source, target, err)
	}
	return t.get(ctx, tx, target)
}

// Erase takes all that is known of a person out of EMS, for good, and returns the row that
// stays. It is for whoever asks for it, alive, deleted or merged. Repeated, it does nothing.
func (e *EMS) Erase(ctx context.Context, tx pgx.Tx, id int64, actor string) (Row, error) {
	t, err := e.table(ctx, tx, "person")
	if err != nil {
		return Row{}, err
	}
	if err := actAs(ctx, tx, actor); err != nil {
		return Row{}, err
	}
	if _, err := t.lock(ctx, tx, id); err != nil {
		return Row{}, err
	}
	if _, err := tx.Exec(ctx, "update ems.person set erased_on = now() where id = $1 and erased_on is null", id); err != nil {
		return Row{}, fmt.Errorf("erase person %d: %w", id, err)
	}
	return t.get(ctx, tx, id)
}

func expected(was Row, c Change) error {
	if c.Version == 0 || c.Version == was.Version {
		return nil
	}
	return refuse(VersionMismatch, "%s %d is at version %d, not %d", c.Type, c.ID, was.Version, c.Version)
}

// actAs says who is at work until the transaction ends.
func actAs(ctx context.Context, db DBTX, actor string) error {
	if _, err := db.Exec(ctx, "select set_config('ems.actor', $1, true)", actor); err != nil {
		return fmt.Errorf("say who is at work: %w", err)
	}
	return nil
}

func (t *table) get(ctx context.Context, db DBTX, id int64) (Row, error) {
	return t.one(ctx, db, id, "")
}

// lock returns a row that nobody else changes until the transaction ends.
func (t *table) lock(ctx context.Context, db DBTX, id int64) (Row, error) {
	return t.one(ctx, db, id, " for no key update")
}

func (t *table) one(ctx context.Context, db DBTX, id int64, how string) (Row, error) {
	rows, err := db.Query(ctx, "select to_jsonb(t) from "+t.quoted+" t where t.id = $1"+how, id)
	if err != nil {
		return Row{}, fmt.Errorf("read %s %d: %w", t.name, id, err)
	}
	row, err := pgx.CollectExactlyOneRow(rows, t.scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return Row{}, refuse(EntityNotFound, "there is no %s %d", t.name, id)
	}
	if err != nil {
		return Row{}, fmt.Errorf("read %s %d: %w", t.name, id, err)
	}
	return row, nil
}
