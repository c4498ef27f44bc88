package engine_test

import (
	"testing"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/policy"
)

// erasing is a target that erases whoever's record.
func erasing(p *memory.Place, _ *policy.Policy) { p.Erase = true }

// erased is somebody's word that nothing is to be kept of an entity but its key.
func erased(key string) deed {
	return sql(`update entity set deleted = 'erased', fields = jsonb_build_object('code', key), provenance = '{}' where key = '` + key + `'`)
}

// nowhere wants texts in no row of any table.
func nowhere(texts ...string) deed {
	return func(s *stage) {
		s.T.Helper()
		if in := pgtest.Holding(s.T, s.Pool, texts...); len(in) > 0 {
			s.T.Errorf("what was erased stands in %q", in)
		}
	}
}

// Who has asked to be erased is erased wherever the system can, and no value of them is
// kept here, whatever their records show later.
func TestStoryErased(t *testing.T) {
	t.Parallel()
	const theirs = `update sync_record set created_by = 'them' where system = 'target' and entity is not null`
	for _, c := range []struct {
		name   string
		cast   func() cast
		before deed
		stays  bool // at the target
	}{
		{"made by us", two(), nil, false},
		{"made by others, and erased there", two(erasing), sql(theirs), false},
		{"made by others, and the system does not erase", two(), sql(theirs), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := want("target", "people", member("B", "b@example.org"))
			if c.stays {
				b = want("target", "people", member("A", "a2@example.org"), member("B", "b@example.org"))
			}
			steps := []deed{
				put("source", "members", "A", member("A", "a@example.org")),
				put("source", "members", "B", member("B", "b@example.org")),
				synced(),
				// A conflict keeps both values.
				put("source", "members", "A", mail("a2@example.org")),
				edit("target", "people", code("A"), mail("a3@example.org")),
				synced(), conflicts(1), quiet(),
			}
			if c.before != nil {
				steps = append(steps, c.before)
			}
			steps = append(steps,
				erased("A"), nowhere("Name A", "a@example.org", "a2@example.org", "a3@example.org"),
				synced(), b, quiet(),
				// The source goes on as it was, and has news.
				put("source", "members", "A", mail("a4@example.org")),
				synced(), b, quiet(),
				nowhere("Name A", "a@example.org", "a2@example.org", "a3@example.org", "a4@example.org"),
			)
			story(t, c.cast, steps...)
		})
	}
}
