package engine_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// renamed gives some members another name.
func renamed(from, to int, name string) deed {
	return each(from, to, func(s *stage, id record.ExternalID) {
		s.By["source"].Put("members", id, record.Fields{fName: name})
	})
}

// restored gives members their own name again.
func restored(from, to int) deed {
	return each(from, to, func(s *stage, id record.ExternalID) {
		s.By["source"].Put("members", id, record.Fields{fName: "Name " + string(id)})
	})
}

// filled gives members a mailbox, or takes it from them.
func filled(from, to int, mail string) deed {
	return each(from, to, func(s *stage, id record.ExternalID) {
		s.By["source"].Put("members", id, record.Fields{fMail: mail})
	})
}

// What came in without approval goes out again without approval.
func TestStoryRepair(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		steps []deed
	}{
		{"names come back beside ordinary work", []deed{
			renamed(0, 12, "bad"), synced(), later(time.Hour),
			restored(0, 12), renamed(20, 32, "edited"), synced(), quiet(),
			rowsWhere(0, `entity where fields ->> 'name' = 'bad'`),
		}},
		{"but no more ordinary work than ever", []deed{
			renamed(0, 12, "bad"), synced(), later(time.Hour),
			restored(0, 12), renamed(20, 33, "edited"), stopped(step.GuardStopped, "TOO_MANY_CHANGED"),
		}},
		{"another name is no repair", []deed{
			renamed(0, 12, "bad"), synced(), later(time.Hour),
			renamed(0, 13, "other"), stopped(step.GuardStopped, "TOO_MANY_CHANGED"),
		}},
		{"what came in is emptied again", []deed{
			filled(0, 39, ""), lifted("TOO_MANY_EMPTIED", func(s *stage) {
				s.Override = append(s.Override, "TOO_MANY_CHANGED")
				synced()(s)
			}), later(time.Hour),
			filled(0, 12, "x@example.org"), synced(), later(time.Hour),
			filled(0, 12, ""), synced(), quiet(),
		}},
		{"what a person approved is not", []deed{
			lifted("TOO_MANY_CHANGED", func(s *stage) { renamed(0, 20, "wanted")(s); synced()(s) }), later(time.Hour),
			restored(0, 20), stopped(step.GuardStopped, "TOO_MANY_CHANGED"),
		}},
		{"what a first sync brought in is not", []deed{filled(0, 6, ""), stopped(step.GuardStopped, "TOO_MANY_EMPTIED")}},
		{"what came a week ago is not", []deed{
			renamed(0, 12, "bad"), synced(), later(8 * 24 * time.Hour),
			restored(0, 12), renamed(20, 21, "edited"), stopped(step.GuardStopped, "TOO_MANY_CHANGED"),
		}},
		{"who came in so goes again", []deed{
			members(48, same), synced(), later(time.Hour),
			each(40, 48, leave), synced(), quiet(),
			rowsWhere(8, `entity where deleted <> ''`),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tell(t, with(removing)(), 0, append([]deed{takesMany(), members(40, same), synced(), quiet(), later(time.Hour)}, c.steps...))
		})
	}
}
