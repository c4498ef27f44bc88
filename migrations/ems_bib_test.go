package migrations_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// refuses wants a statement to be refused by a constraint.
func (e ems) refuses(constraint, sql string) {
	e.Helper()
	_, err := e.pool.Exec(e.Context(), sql)
	if p, ok := err.(*pgconn.PgError); !ok || p.ConstraintName != constraint {
		e.Errorf("%s: %v; want it refused by %s", sql, err, constraint)
	}
}

// A bib is one person's in an event: in several races, until nobody holds it.
func TestEMSBibsArePersons(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	for range 3 {
		e.person("")
	}
	e.does(`insert into ems.organisation (name) values ('A');
		insert into ems.event (organisation_id, name, start_date_time, end_date_time, all_day, timezone)
		values (1, 'Loop', now(), now(), true, 'UTC'), (1, 'Other', now(), now(), true, 'UTC');
		insert into ems.event_participant (event_id, person_id, last_name, paid, bib) values
		(1, 1, 'A', true, '10'), (1, 1, 'A', true, '10'), (1, 2, 'B', true, '11'), (2, 3, 'C', true, '10'), (1, 3, 'C', true, null)`)
	const bibs = "select string_agg(concat_ws('/', event_id, bib, person_id), ' ' order by event_id, bib) from ems.bib"
	e.is("1/10/1 1/11/2 2/10/3", bibs)
	const taken = "event_participant_bib"
	e.refuses(taken, "update ems.event_participant set bib = '10' where id = 5")
	e.refuses(taken, "insert into ems.event_participant (event_id, person_id, last_name, paid, bib) values (1, 3, 'C', true, '11')")
	e.refuses(taken, "insert into ems.event_participant (event_id, person_id, last_name, paid, bib) values (1, 1, 'A', true, '12'), (1, 2, 'B', true, '12')")
	e.refuses(taken, "update ems.event_participant set person_id = 3 where id = 1") // a bundle goes as a whole
	e.is("1/10/1 1/11/2 2/10/3", bibs)
	e.does("update ems.event_participant set person_id = 3 where id in (1, 2)")
	e.is("1/10/3 1/11/2 2/10/3", bibs)
	e.does("update ems.event_participant set bib = case bib when '10' then '11' else '10' end where event_id = 1 and bib is not null")
	e.is("1/10/2 1/11/3 2/10/3", bibs)
	// Who does not start any more holds none.
	e.does("update ems.event_participant set active = false where id = 3")
	e.does("update ems.event_participant set bib = '10' where id = 5")
	e.is("1/10/3 1/11/3 2/10/3", bibs)
	e.refuses(taken, "update ems.event_participant set active = true where id = 3")
	e.does("delete from ems.event_participant where id = 5")
	e.does("update ems.event_participant set active = true where id = 3")
	e.is("1/10/2 1/11/3 2/10/3", bibs)
	e.does("select ems.merge_person(2, 1)")
	e.is("1/10/1 1/11/3 2/10/3", bibs)
	e.is("1/10", "select concat_ws('/', person_id, held_bib) from ems.event_participant where id = 3")
}
