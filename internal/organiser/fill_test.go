package organiser

import (
	"testing"

	"github.com/touchline-sync/touchline/internal/pgtest"
)

// The invented organiser is as large as it is said to be, nobody wears the bib of somebody
// else, and events and races have the ids that RunSignup is linked with.
func TestFill(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	if err := Fill(t.Context(), pool, 200, 1); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int{
		"organisation": 2, "person": 200, "event": 3, "race": 12, "start_group": 30,
		"event_participant": 250, "start_group_participant": 250, "tag": 250, "bib_tag_mapping": 250,
	} {
		var n int
		if err := pool.QueryRow(t.Context(), "select count(*) from ems."+table).Scan(&n); err != nil || n != want {
			t.Errorf("%d rows in %s, want %d: %v", n, table, want, err)
		}
	}
	var marked int
	err := pool.QueryRow(t.Context(), `select count(*) from ems.person
		where identity_number ~ $1 and emergency_contact_name ~ $1 and emergency_contact_number ~ $1`, Mark).Scan(&marked)
	if err != nil || marked != 200 {
		t.Errorf("%d persons have marked values, want all: %v", marked, err)
	}
	for _, l := range Links() {
		for _, e := range l.Events {
			var event int64
			if err := pool.QueryRow(t.Context(), "select event_id from ems.race where id = $1", e.Race).Scan(&event); err != nil || event != l.Event {
				t.Errorf("race %d is one of event %d, want %d: %v", e.Race, event, l.Event, err)
			}
		}
	}
}
