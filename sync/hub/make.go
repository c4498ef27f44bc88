package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/touchline-sync/touchline/sync/hub/ems"
	"github.com/touchline-sync/touchline/sync/record"
)

// ticketsMost is how many tickets are looked through before somebody is made: more are
// only there while a program loads many rows.
const ticketsMost = 20

// ShowKind shows what is waiting to be shown of a kind, so that somebody whom another
// program has just entered is known before one is made.
func (o Own) ShowKind(ctx context.Context, db DBTX, kind record.Kind) error {
	if _, ours := ems.TableOf(kind); !ours {
		return nil
	}
	s, err := o.begin(ctx, db)
	if err != nil {
		return err
	}
	tickets, err := s.DueTicketsOfKind(ctx, string(kind), ticketsMost)
	if err != nil {
		return fmt.Errorf("read what of our own tables is to be shown: %w", err)
	}
	return s.tickets(ctx, tickets)
}

// makeRows makes the rows of entities that have come in at a system, those that others
// refer to first, and returns them. What a table refuses is an error: nothing of the
// entity is stored then, and whoever has asked says why.
func (s showing) makeRows(ctx context.Context, changes []OwnChange) (map[record.Kind][]int64, error) {
	ids := map[record.Kind][]int64{}
	for _, t := range ems.Tables() {
		by, keys := map[string][]ems.Made{}, []string(nil)
		for _, c := range changes {
			if m, ok := t.Make(c); ok {
				by[m.By] = append(by[m.By], m)
				ids[t.Kind], keys = append(ids[t.Kind], m.ID), append(keys, c.Key)
			}
		}
		for _, system := range slices.Sorted(maps.Keys(by)) {
			if err := actAs(ctx, s.db, "sync:"+system); err != nil {
				return nil, err
			}
			if err := s.insertAll(ctx, t, by[system]); err != nil {
				return nil, fmt.Errorf("make rows of %s: %w", t.Name, err)
			}
		}
		if len(keys) > 0 {
			if err := s.ForgetKeys(ctx, string(t.Kind), keys); err != nil {
				return nil, fmt.Errorf("forget keys that are taken: %w", err)
			}
		}
	}
	return ids, nil
}

// insertAll makes rows at once; where one has something that is another's, one by one.
func (s showing) insertAll(ctx context.Context, t ems.Table, rows []ems.Made) error {
	taken, err := s.try(ctx, t, func() error { return s.insert(ctx, t, rows) })
	if !taken || err != nil {
		return err
	}
	for _, m := range rows {
		if taken, err = s.try(ctx, t, func() error { return s.insert(ctx, t, []ems.Made{m}) }); err != nil {
			return err
		}
		if taken {
			m.Columns = maps.Clone(m.Columns)
			for _, column := range t.Yields {
				delete(m.Columns, column)
			}
			if err := s.insert(ctx, t, []ems.Made{m}); err != nil {
				return err
			}
		}
	}
	return nil
}

// try reports whether nothing was made since a value that gives way is another's.
func (s showing) try(ctx context.Context, t ems.Table, f func() error) (taken bool, err error) {
	if len(t.Yields) == 0 {
		return false, f()
	}
	if _, err := s.db.Exec(ctx, "savepoint made"); err != nil {
		return false, err
	}
	err = f()
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && t.Yields[refused.ConstraintName] != "" {
		taken = true
		_, err = s.db.Exec(ctx, "rollback to savepoint made")
	}
	if err == nil {
		_, err = s.db.Exec(ctx, "release savepoint made")
	}
	return taken, err
}

// insert makes rows with the ids that they were promised.
func (s showing) insert(ctx context.Context, t ems.Table, rows []ems.Made) error {
	names, all := map[string]bool{"id": true}, make([]map[string]any, len(rows))
	for i, m := range rows {
		all[i] = map[string]any{"id": m.ID}
		for name, v := range m.Columns {
			names[name], all[i][name] = true, v
		}
	}
	columns := slices.Sorted(maps.Keys(names))
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, fmt.Sprintf("insert into ems.%[1]s (%[2]s) select %[2]s from jsonb_populate_recordset(null::ems.%[1]s, $1::jsonb)",
		t.Name, strings.Join(columns, ", ")), string(text))
	return err
}

// end ends a row that stands as it was read, if its table lets it, and reports whether it
// did.
func (s showing) end(ctx context.Context, t ems.Table, r ems.Row, by string) (bool, error) {
	if t.Ends == "" {
		return false, nil
	}
	if err := actAs(ctx, s.db, "sync:"+by); err != nil {
		return false, err
	}
	done, err := s.db.Exec(ctx, fmt.Sprintf("update ems.%s r set deleted_on = now() where r.id = $1 and r.version = $2 and r.deleted_on is null and %s", t.Name, t.Ends),
		r.ID, r.Version)
	return done.RowsAffected() > 0, err
}
