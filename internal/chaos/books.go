package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/sync/record"
)

// books are what the database says at the end of a story.
type books struct {
	records   []bookRecord
	rows      []bookRow
	conflicts []bookConflict
}

// bookRecord is a sync record.
type bookRecord struct {
	system    record.System
	id        record.ExternalID
	key       string // of its entity, "" when it has none
	natural   string
	createdBy string
	refusal   string // why it is left alone
	note      string
	held      []string // fields that the system refuses
}

// bookRow is a plan row.
type bookRow struct {
	system         record.System
	key, op, state string
	fields         map[record.Field][2]string
	at             time.Time
	note           string // which of them were not taken
}

// leaves reports whether the row says that a field was not taken.
func (r bookRow) leaves(f record.Field) bool {
	names, ok := strings.CutPrefix(r.note, "not taken: ")
	return ok && slices.Contains(strings.Split(names, ", "), string(f))
}

// bookConflict is a conflict.
type bookConflict struct {
	key           string
	field         record.Field
	local, remote string
	at            time.Time
}

// holds reports whether a field of a person's record is held at a system.
func (b *books) holds(p *person, sys record.System, f record.Field) bool {
	return slices.ContainsFunc(b.records, func(r bookRecord) bool {
		return r.system == sys && slices.ContainsFunc(p.codes, func(c string) bool { return strings.EqualFold(c, r.key) }) && slices.Contains(r.held, string(f))
	})
}

func loadBooks(ctx context.Context, pool *pgxpool.Pool) (*books, error) {
	b := &books{}
	err := each(ctx, pool, `select r.system, coalesce(r.external_id, ''), coalesce(e.key, ''), r.natural_key, r.created_by,
		r.quarantine, r.last_error, array(select jsonb_object_keys(r.held)) from sync_record r left join entity e on e.id = r.entity order by r.system, r.id`,
		func(row pgx.Rows) error {
			var r bookRecord
			err := row.Scan(&r.system, &r.id, &r.key, &r.natural, &r.createdBy, &r.refusal, &r.note, &r.held)
			b.records = append(b.records, r)
			return err
		})
	if err != nil {
		return nil, err
	}
	err = each(ctx, pool, `select system, key, op, state, fields, error, planned_on from plan_row
		union all select j.system, e.key, j.op, 'sent', j.sent, '', j.at from journal j join entity e on e.id = j.entity where j.outcome in ('done', 'unknown')`, func(row pgx.Rows) error {
		var r bookRow
		var fields []byte
		if err := row.Scan(&r.system, &r.key, &r.op, &r.state, &fields, &r.note, &r.at); err != nil {
			return err
		}
		b.rows = append(b.rows, r)
		return json.Unmarshal(fields, &b.rows[len(b.rows)-1].fields)
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, pool, `select key, field, hub_value, remote_value, found_on from conflict order by id`, func(row pgx.Rows) error {
		var c bookConflict
		err := row.Scan(&c.key, &c.field, &c.local, &c.remote, &c.at)
		b.conflicts = append(b.conflicts, c)
		return err
	})
	return b, err
}

func each(ctx context.Context, pool *pgxpool.Pool, sql string, f func(pgx.Rows) error) error {
	rows, err := pool.Query(ctx, sql)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// refused reports whether a record of a person says that it is left alone, and
// why.
func (b *books) refused(p *person, sys record.System) bool {
	return slices.ContainsFunc(b.records, func(r bookRecord) bool {
		return r.system == sys && slices.Contains(p.keys(), r.key) && (r.refusal != "" || r.note != "")
	})
}

// why is what the records of a person at a system say of themselves.
func (b *books) why(p *person, sys record.System) string {
	var out strings.Builder
	for _, r := range b.records {
		if r.system == sys && (slices.Contains(p.keys(), r.key) || slices.Contains(p.keys(), canonical(r.natural))) {
			fmt.Fprintf(&out, "[id %q entity %q by %s %q %q]", r.id, r.key, r.createdBy, r.refusal, r.note)
		}
	}
	return out.String()
}

// told reports whether a plan row tells that a field was given a value.
func (b *books) told(p *person, sys record.System, f record.Field, v string) bool {
	return slices.ContainsFunc(b.rows, func(r bookRow) bool {
		c, ok := r.fields[f]
		return ok && r.system == sys && c[1] == v && slices.Contains(p.keys(), r.key)
	})
}

// row reports whether there is a plan row of an operation.
func (b *books) row(p *person, sys record.System, op string) bool {
	return slices.ContainsFunc(b.rows, func(r bookRow) bool {
		return r.system == sys && r.op == op && slices.Contains(p.keys(), r.key)
	})
}

// tells reports whether a conflict or a plan row tells that an edit has lost.
func (b *books) tells(p *person, f record.Field, e edit) bool {
	v := e.value
	for _, c := range b.conflicts {
		if c.field == f && !c.at.Before(e.after) && slices.Contains(p.keys(), c.key) && (c.local == v || c.remote == v) {
			return true
		}
	}
	return slices.ContainsFunc(b.rows, func(r bookRow) bool {
		c, ok := r.fields[f]
		return ok && !r.at.Before(e.after) && c[0] == v && c[1] != v && slices.Contains(p.keys(), r.key)
	})
}
