package engine_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
)

// letters are so many that nothing makes them shorter.
func letters(n int) string {
	chance, out := rand.New(rand.NewPCG(1, 2)), make([]rune, n) //nolint:gosec // no secret
	for i := range out {
		out[i] = rune(0x4e00 + chance.IntN(20_000))
	}
	return string(out)
}

// What a rule goes by is longer than any index takes. That record is put aside with
// its id; all others go on, and so does it when it is mended.
func TestStoryGroupTooLongToBeStored(t *testing.T) {
	story(t, mailing,
		put("source", "members", "A", reader("A", "a@example.org", "")),
		put("source", "members", "B", reader("B", letters(5000), "")),
		put("source", "members", "C", reader("C", "c@example.org", "")),
		synced(), want("target", "list-1", entry("a@example.org", "Name A"), entry("c@example.org", "Name C")),
		rowsWhere(1, `sync_record where system = 'source' and external_id = 'B' and quarantine like '%entries%'`),
		quiet(),
		put("source", "members", "C", mail(letters(3000))), put("source", "members", "A", record.Fields{fName: "New"}),
		synced(), want("target", "list-1", entry("a@example.org", "New"), entry("c@example.org", "Name C")),
		rowsWhere(2, `sync_record where system = 'source' and quarantine <> ''`), quiet(),
		put("source", "members", "B", mail("b@example.org")), put("source", "members", "C", mail("c@example.org")),
		synced(), want("target", "list-1", entry("a@example.org", "New"), entry("b@example.org", "Name B"), entry("c@example.org", "Name C")),
		rowsWhere(0, `sync_record where quarantine <> ''`), quiet(),
	)
}

// The same of an entry that others have put on a list, and of one that a program has
// written into our own copy.
func TestStoryGroupTooLongElsewhere(t *testing.T) {
	story(t, mailing,
		put("source", "members", "A", reader("A", "a@example.org", "")), synced(), quiet(),
		func(s *stage) {
			s.By["target"].Put("list-1", "7", record.Fields{fMail: letters(900), fState: "active"})
		},
		put("source", "members", "B", reader("B", "b@example.org", "")), synced(),
		rowsWhere(1, `sync_record where external_id = '7' and quarantine <> ''`), rowsWhere(1, `entity where kind = 'test.entry' and key = 'b@example.org'`), quiet(),
		func(s *stage) {
			_, err := s.Pool.Exec(s.T.Context(), `update entity set fields = fields || jsonb_build_object('mail', $1::text) where kind = 'test.person' and key = 'A'`, letters(3000))
			if err != nil {
				s.T.Fatal(err)
			}
		},
		put("source", "members", "B", record.Fields{fName: "New"}), synced(),
		rowsWhere(1, `sync_record where system = 'source' and external_id = 'A' and quarantine like '%entries%'`),
		rowsWhere(1, `entity where kind = 'test.entry' and fields ->> 'names' = 'New'`), synced(), quiet(),
	)
}

// joining makes an entry of a mailbox under a key of all who share it.
func joining() cast {
	c := mailing()
	make := c.Rules[0].Make
	c.Rules[0].Make = func(g derive.Group) derive.Made {
		made := make(g)
		for i := range made.Entities {
			made.Entities[i].Key += "/" + made.Entities[i].Fields[fNames]
			if strings.Contains(made.Entities[i].Key, "broken") {
				made.Entities[i].Fields[fNames] = "half \xc3"
			}
		}
		return made
	}
	return c
}

// Each name is short enough, and the key that is joined of them is not: those who
// share it are put aside. So is who a rule makes something of that is no text.
func TestStoryMadeKeyTooLongToBeStored(t *testing.T) {
	named := func(id, mail, name string) deed {
		return put("source", "members", id, record.Fields{fCode: id, fName: name, fMail: mail, fTeam: ""})
	}
	story(t, joining,
		named("A", "a@example.org", "A"), named("B", "home@example.org", letters(150)), named("C", "home@example.org", letters(170)),
		named("D", "home@example.org", letters(180)), named("E", "e@example.org", "broken"),
		synced(), want("target", "list-1", entry("a@example.org", "A")),
		rowsWhere(4, `sync_record where system = 'source' and quarantine like '%entries%'`), quiet(),
		named("D", "d@example.org", "D"), named("C", "home@example.org", "C"), named("E", "e@example.org", "E"), synced(),
		rowsWhere(4, `entity where kind = 'test.entry'`), rowsWhere(0, `sync_record where quarantine <> '' and external_id <> 'B'`), synced(), quiet(),
	)
}

// A system says that a record is gone, or was merged, or cannot be read, in words that
// cannot be stored: the others go on.
func TestStoryRemovalsThatCannotBeStored(t *testing.T) {
	t.Parallel()
	tell(t, two()(), 0, []deed{
		members(40, same), synced(),
		func(s *stage) {
			src := s.By["source"]
			src.Drop("members", "x\x00y", record.Removed)
			src.Drop("members", record.ExternalID(letters(3000)), record.Removed)
			src.Drop("members", "P0001", "left\x00")
			src.Merge("members", "P0002", record.ExternalID("P\xff"))
			src.Break("members", "P0003", "broken \x00 \xff")
		},
		put("source", "members", "P0004", mail("new@example.org")),
		synced(), rowsWhere(1, `entity where fields ->> 'mail' = 'new@example.org'`),
		rowsWhere(1, `sync_record where system = 'source' and external_id = 'P0003' and quarantine like 'unreadable: broken%'`),
		rowsWhere(1, `entity where key = 'P0001' and deleted <> ''`),
	})
}
