package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// teams gives readers from one number up to another a list to be on.
func teams(from, to int, list string) deed {
	return each(from, to, func(s *stage, id record.ExternalID) {
		s.By["source"].Put("members", id, record.Fields{fTeam: list})
	})
}

// moved is how many are on the first list with an address that is not the one
// they began with.
func moved(s *stage) (n int) {
	for _, f := range s.By["target"].All("list-1") {
		if strings.HasPrefix(f[fMail], "new-") {
			n++
		}
	}
	return n
}

// Ordinary life stops nothing.
func TestStoryOrdinaryLife(t *testing.T) {
	t.Parallel()
	heir := func() cast {
		c := mailing()
		c.Rules[0].Heir = func(_ record.Kind, f record.Fields) string { return f[fNames] }
		return c
	}
	var old plan0
	for _, c := range []struct {
		name  string
		cast  func() cast
		steps []deed
	}{
		{"a secretary corrects four names", with(), []deed{members(40, same), synced(), renamed(0, 4, "Corrected"), synced(), quiet()}},
		{"the season's turn", with(func(p *policy.Policy) { p.MovesForAll = []record.Field{fName} }), []deed{
			members(40, same), synced(), renamed(0, 40, "JO12"), synced(), quiet(),
		}},
		{"the season's turn before anybody was made", with(func(p *policy.Policy) { p.MovesForAll = []record.Field{fName} }), []deed{
			func(s *stage) { s.Rig.Pipeline.Writes = nil }, // their own pipeline is paused
			members(40, same), synced(), renamed(0, 40, "JO12"), synced(),
			func(s *stage) { s.Rig.Pipeline.Writes = s.Cast.Pipeline.Writes },
			members(41, same), renamed(0, 40, "JO13"), synced(), holding("target", 41), quiet(),
		}},
		{"registration day", with(), []deed{members(340, same), synced(), members(400, same), synced(), quiet()}},
		{"a first load, read back the next night", with(), []deed{
			func(s *stage) { s.Rig.Pipeline.Reads = s.Cast.Pipeline.Reads[:1] },
			members(40, same), synced(), later(10 * time.Hour),
			func(s *stage) { s.Rig.Pipeline.Reads = s.Cast.Pipeline.Reads[1:] },
			synced(), later(24 * time.Hour), quiet(),
		}},
		{"ten people change lists", mailing, []deed{
			mailboxes(120, own), synced(), subscribed(120),
			teams(0, 10, "list-2"), synced(), subscribed(110), quiet(),
			teams(0, 5, "list-1"), teams(5, 10, ""), synced(), subscribed(120), waiting(0), quiet(),
		}},
		{"ten people exchange addresses", heir, []deed{
			mailboxes(120, own), synced(),
			each(0, 10, func(s *stage, id record.ExternalID) {
				s.By["source"].Put("members", id, record.Fields{fMail: "new-" + string(id) + "@example.org"})
			}),
			synced(), subscribed(120), waiting(0),
			func(s *stage) {
				if n := moved(s); n != 10 {
					s.T.Errorf("%d are subscribed with another address, want 10", n)
				}
			},
			quiet(),
		}},
		{"an organiser edits all day while a plan waits", with(removing), []deed{
			members(40, same), synced(), each(0, 9, leave), stopped(step.GuardStopped, "TOO_MANY_REMOVED"), kept(&old),
			func(s *stage) {
				for i := 20; i < 26; i++ {
					sql(fmt.Sprintf(`update entity set fields = fields || '{"name": "edit %d"}' where key = 'P%04d'`, i, i))(s)
					later(time.Hour)(s)
					stopped(step.GuardStopped, "TOO_MANY_REMOVED")(s)
				}
			},
			late(&old), rowsWhere(9, `entity where deleted <> ''`), synced(),
			rowsWhere(31, `sync_record where system = 'target' and external_id is not null`),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tell(t, c.cast(), 0, c.steps)
		})
	}
}
