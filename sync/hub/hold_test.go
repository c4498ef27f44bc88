package hub_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/record"
)

// While a plan is applied nobody else changes the rows that it changes, of whatever kind
// they are.
func TestHold(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	if _, err := pool.Exec(t.Context(), `
		insert into ems.organisation (id, name) values (1, 'Kustloop');
		insert into ems.person (id, last_name) values (1, 'Voorbeeld');
		insert into ems.event (id, organisation_id, name, start_date_time, end_date_time, all_day, timezone)
			values (1, 1, 'Kustloop', now(), now(), true, 'Europe/Amsterdam');
		insert into ems.race (id, event_id, active, status) values (1, 1, true, 'PLANNED');
		insert into ems.event_participant (id, event_id, person_id, race_id, last_name, paid) values (1, 1, 1, 1, 'Voorbeeld', true);
		insert into ems.conversation (number) values ('1')`); err != nil {
		t.Fatal(err)
	}
	for kind, table := range map[record.Kind]string{
		"event.organisation": "organisation", "event.person": "person", "event.event": "event", "event.race": "race",
		"event.participant": "event_participant", "event.conversation": "conversation",
	} {
		for _, key := range []string{"1", "2"} { // 2 is of nobody
			err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
				if err := (hub.Own{}).Hold(t.Context(), tx, kind, []string{key}); err != nil {
					return err
				}
				_, err := pool.Exec(t.Context(), "select from ems."+table+" for update nowait")
				return err
			})
			waits, _ := errors.AsType[*pgconn.PgError](err)
			if held := waits != nil && waits.Code == "55P03"; held != (key == "1") || !held && err != nil {
				t.Errorf("%s %s is held: %v, %v", kind, key, held, err)
			}
		}
	}
}
