package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// fill puts a database in the state that it has when all records of the source
// are in step: entities, a sync record of each at both systems, and what the
// listing showed. The fields of entities and sync records are cut short, since a
// run without changes must not look at them; the digests are whole.
func (db *database) fill(ctx context.Context, s *source) error {
	err := db.exec(ctx,
		`truncate last_seen, listing, entity, sync_record, binding restart identity cascade`,
		`insert into listing (system, place, scope, view, initialised_on) values ('source', 'members', '', 'all', now())`,
		`insert into binding (system, fingerprint, bound_on) values ('source', 'bench', now())`)
	if err != nil {
		return err
	}
	digests := record.NewDigester(digestKey, memberFields)
	next := pull(s)
	_, err = db.pool.CopyFrom(ctx, pgx.Identifier{"last_seen"}, []string{"listing", "external_id", "digest"},
		pgx.CopyFromFunc(func() ([]any, error) {
			it, ok := next()
			if !ok {
				return nil, nil
			}
			return []any{int32(1), string(it.ID), bytes.Clone(digests.Of(it.Fields))}, nil
		}))
	if err != nil {
		return fmt.Errorf("fill what was seen: %w", err)
	}
	const fields = `'{"first_name": "First", "last_name": "Last", "city": "Exampleton"}'`
	return db.exec(ctx,
		`insert into entity (kind, key, fields, planned_version) select 'club.person', external_id, `+fields+`, 1 from last_seen`,
		`insert into sync_record (system, place, kind, external_id, entity, remote)
select 'source', 'members', kind, key, id, `+fields+` from entity`,
		`insert into sync_record (system, place, kind, external_id, entity, remote)
select 'target', 'people', kind, (1000000 + id)::text, id, `+fields+` from entity`,
		`vacuum analyze last_seen`, `vacuum analyze entity`, `vacuum analyze sync_record`, `checkpoint`)
}

// pull turns the source's records into a sequence that is asked for them.
func pull(s *source) func() (connector.Item, bool) {
	i, page := 0, []connector.Item(nil)
	return func() (connector.Item, bool) {
		if len(page) == 0 {
			if i >= s.n {
				return connector.Item{}, false
			}
			page = s.fill(i, min(pageSize, s.n-i))
			i += len(page)
		}
		it := page[0]
		page = page[1:]
		return it, true
	}
}
