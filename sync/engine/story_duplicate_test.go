package engine_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

const fBirth record.Field = "birth"

const openDups = `conflict where why = 'duplicate' and resolved_on is null`

// twins are two records at the target with one key, made by hand.
func twins(key string) deed {
	return func(s *stage) {
		put("target", "people", "71", record.Fields{fCode: key, fName: "One", fMail: "", fFormer: ""})(s)
		put("target", "people", "72", record.Fields{fCode: key, fName: "Two", fMail: "", fFormer: ""})(s)
	}
}

// twinsStand wants both of them to be as they were made.
func twinsStand(key string) deed {
	return want("target", "people",
		record.Fields{fCode: key, fName: "One", fMail: ""}, record.Fields{fCode: key, fName: "Two", fMail: ""})
}

// Two records at a target have the key of somebody whom the source shows. Neither
// is taken and none is made beside them; a person sees why, once. When one of the two
// is gone, the other is taken.
func TestStoryDuplicateAtATarget(t *testing.T) {
	first := func(s *stage) {
		s.T.Helper()
		stopped(step.GuardStopped, "FIRST_SYNC")(s)
		approve()(s)
	}
	member := put("source", "members", "A", member("A", "a@example.org"))
	for name, meet := range map[string][]deed{
		"shown with the member":       {member, twins("A"), first},
		"seen before the member":      {twins("A"), first, member, synced()},
		"one seen before, one later":  {put("target", "people", "71", record.Fields{fCode: "A", fName: "One", fMail: "", fFormer: ""}), first, twins("A"), member, synced()},
		"with a quiet run in between": {twins("A"), first, synced(), quiet(), member, synced()},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, two(), append(meet,
				twinsStand("A"), rowsWhere(1, openDups),
				rowsWhere(1, `sync_record where system = 'target' and entity is not null and external_id is null and quarantine <> '' and pending_op = ''`),
				quiet(), synced(), rowsWhere(1, `conflict`),
				put("source", "members", "A", mail("new@example.org")), synced(), twinsStand("A"), quiet(),
				put("target", "people", "72", record.Fields{fMail: "seen@example.org"}), synced(), rowsWhere(1, openDups), quiet(),
				put("target", "people", "72", mail("")), synced(), twinsStand("A"), rowsWhere(1, `conflict`),
				drop("target", "people", record.Fields{fName: "One"}, ""),
				synced(), later(2*time.Hour), synced(),
				want("target", "people", record.Fields{fCode: "A", fName: "Name A", fMail: "new@example.org"}),
				rowsWhere(0, openDups), rowsWhere(0, `sync_record where quarantine <> '' and entity is not null`),
				later(2*time.Hour), synced(), quiet(),
			)...)
		})
	}
}

// The other one is taken, too, when the first is given another key, or the system
// itself says that it is gone; and when both go, one is made.
func TestStoryDuplicateEnds(t *testing.T) {
	for name, c := range map[string]struct {
		how []deed
		end []record.Fields
	}{
		"another key": {
			[]deed{put("target", "people", "71", code("Z")), synced()},
			[]record.Fields{member("A", "a@example.org"), {fCode: "Z", fName: "One"}},
		},
		"the system's own word": {
			[]deed{drop("target", "people", record.Fields{fName: "One"}, record.Removed), synced()},
			[]record.Fields{member("A", "a@example.org")},
		},
		"both": {
			[]deed{
				drop("target", "people", record.Fields{fName: "One"}, record.Removed),
				drop("target", "people", record.Fields{fName: "Two"}, record.Removed), synced(),
			},
			[]record.Fields{member("A", "a@example.org")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, two(), append(append([]deed{
				twins("A"), stopped(step.GuardStopped, "FIRST_SYNC"), approve(),
				put("source", "members", "A", member("A", "a@example.org")), synced(), twinsStand("A"), quiet(),
			}, c.how...),
				want("target", "people", c.end...), rowsWhere(0, openDups), synced(), quiet(),
			)...)
		})
	}
}

// Somebody deletes the one and makes the other before there is anybody: until the
// first is known to be gone nobody is made, then the other is taken.
func TestStoryDuplicateOfOneThatIsGone(t *testing.T) {
	story(t, two(),
		put("target", "people", "71", record.Fields{fCode: "A", fName: "One", fMail: "", fFormer: ""}),
		stopped(step.GuardStopped, "FIRST_SYNC"), approve(),
		drop("target", "people", record.Fields{fName: "One"}, ""), synced(),
		put("target", "people", "72", record.Fields{fCode: "A", fName: "Two", fMail: "", fFormer: ""}),
		put("source", "members", "A", member("A", "a@example.org")), synced(),
		want("target", "people", record.Fields{fCode: "A", fName: "Two", fMail: ""}),
		later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		want("target", "people", member("A", "a@example.org")), rowsWhere(0, openDups), synced(), quiet(),
	)
}

// Two that have gone before there is anybody stand in nobody's way.
func TestStoryDuplicatesThatAreGone(t *testing.T) {
	story(t, two(),
		twins("A"), stopped(step.GuardStopped, "FIRST_SYNC"), approve(), quiet(),
		drop("target", "people", record.Fields{fName: "One"}, record.Removed), drop("target", "people", record.Fields{fName: "Two"}, record.Removed),
		synced(), quiet(),
		put("source", "members", "A", member("A", "a@example.org")), synced(),
		want("target", "people", member("A", "a@example.org")), rowsWhere(0, `conflict`), synced(), quiet(),
	)
}

// A record of ours that somebody has deleted at the target is not made anew, nor
// bound to one of two that have its key.
func TestStoryDuplicateOfALostRecord(t *testing.T) {
	story(t, unfindable,
		members(10, same), synced(), synced(), quiet(), // what a create that broke off has made is found by the second
		drop("target", "people", code("P0003"), ""),
		twins("P0003"),
		synced(), later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		holding("target", 11), rowsWhere(1, openDups),
		quiet(),
		drop("target", "people", record.Fields{fName: "One"}, record.Removed),
		synced(), holding("target", 10), rowsWhere(0, openDups), quiet(),
		rowsWhere(10, `sync_record where system = 'target' and entity is not null and external_id is not null and quarantine = ''`),
	)
}

// The source lists somebody under two new ids, and under the old one no more: nobody
// is taken for them, and they have not left. When one of the two is gone, the binding
// moves to the other.
func TestStoryRenumberedTwice(t *testing.T) {
	story(t, two(),
		members(20, same), put("source", "members", "s1", member("A", "one@example.org")), synced(), quiet(),
		drop("source", "members", code("A"), ""),
		put("source", "members", "s2", member("A", "two@example.org")), put("source", "members", "s3", member("A", "three@example.org")),
		synced(), later(2*time.Hour), synced(), later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		rowsWhere(1, `entity where key = 'A' and deleted = '' and fields ->> 'mail' = 'one@example.org'`), rowsWhere(1, openDups), quiet(),
		drop("source", "members", mail("three@example.org"), record.Removed), synced(),
		rowsWhere(1, `entity where key = 'A' and deleted = '' and fields ->> 'mail' = 'two@example.org'`), rowsWhere(0, openDups),
		rowsWhere(1, `sync_record r join entity e on e.id = r.entity where e.key = 'A' and r.system = 'source'`),
		synced(), quiet(),
	)
}

// One of the two is bound: it goes on, and the other is left alone; once.
func TestStoryDuplicateOfABoundRecord(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")), synced(), quiet(),
		put("target", "people", "72", record.Fields{fCode: "A", fName: "Two", fMail: "", fFormer: ""}),
		synced(), rowsWhere(1, openDups), quiet(),
		put("target", "people", "72", mail("b@example.org")), synced(), rowsWhere(1, `conflict`),
		put("source", "members", "A", mail("a2@example.org")), synced(),
		want("target", "people", member("A", "a2@example.org"), record.Fields{fCode: "A", fName: "Two", fMail: "b@example.org"}),
		drop("target", "people", record.Fields{fName: "Two"}, record.Removed), synced(), rowsWhere(0, openDups), quiet(),
	)
}

// The deciding source lists two ids with one key, both new: neither makes anybody,
// in one reading and in those after it. When one of them is gone, the other does.
func TestStoryDuplicateAtTheSource(t *testing.T) {
	pair := func(s *stage) {
		put("source", "members", "s1", member("A", "one@example.org"))(s)
		put("source", "members", "s2", member("A", "two@example.org"))(s)
	}
	nobody := func(s *stage) {
		s.T.Helper()
		rowsWhere(0, `entity where key = 'A'`)(s)
		rowsWhere(1, openDups)(s)
		rowsWhere(1, `conflict`)(s)
	}
	for name, c := range map[string]struct {
		ends []deed
		mail string
	}{
		"absent":      {[]deed{drop("source", "members", mail("one@example.org"), ""), synced(), nobody, later(2 * time.Hour), synced()}, "two@example.org"},
		"removed":     {[]deed{drop("source", "members", mail("two@example.org"), record.Removed), synced()}, "one@example.org"},
		"another key": {[]deed{put("source", "members", "s1", code("B")), synced()}, "two@example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, two(), append(append([]deed{
				members(20, same), synced(), quiet(),
				pair, synced(), nobody, quiet(), nobody, later(2 * time.Hour), synced(), nobody, quiet(), holding("target", 20),
				put("source", "members", "s1", record.Fields{fName: "New"}), synced(), nobody,
			}, c.ends...),
				rowsWhere(0, openDups), rowsWhere(1, `entity where key = 'A' and fields ->> 'mail' = '`+c.mail+`'`),
				later(2*time.Hour), synced(), quiet(), rowsWhere(1, `conflict`),
			)...)
		})
	}
}

// A search index that is behind lists only one of the two: the other is there when it
// is asked for by itself, and nobody is made.
func TestStoryDuplicateBehindAnIndex(t *testing.T) {
	story(t, two(),
		members(20, same), put("source", "members", "s1", member("A", "one@example.org")),
		put("source", "members", "s2", member("A", "two@example.org")), synced(), quiet(),
		shows("source", leaving("s1")), synced(), later(2*time.Hour), synced(),
		noted("partial", "LISTING_LACKS_RECORDS"), rowsWhere(0, `entity where key = 'A'`), rowsWhere(1, openDups),
		showsAll("source"), synced(), rowsWhere(0, `entity where key = 'A'`), quiet(), rowsWhere(1, `conflict`),
	)
}

// Two ids with one key in two readings, one after the other: the first is bound and
// goes on, the second makes nobody, also while it is edited.
func TestStoryDuplicateInASecondReading(t *testing.T) {
	story(t, two(),
		members(20, same), synced(),
		put("source", "members", "s1", member("A", "one@example.org")), synced(), quiet(),
		put("source", "members", "s2", member("A", "two@example.org")), synced(), rowsWhere(1, openDups), quiet(),
		put("source", "members", "s2", mail("three@example.org")), synced(), quiet(),
		rowsWhere(1, `conflict`), rowsWhere(1, `entity where key = 'A' and fields ->> 'mail' = 'one@example.org'`), holding("target", 21),
		drop("source", "members", mail("three@example.org"), record.Removed), synced(), rowsWhere(0, openDups), quiet(),
	)
}

// births has members with a date of birth, which tells who they are.
func births(p *memory.Place, page *policy.Policy) {
	p.Reads = append([]record.Field{fBirth}, fields...)
	p.Writes = p.Reads
	page.Fields[fBirth], page.Identity = policy.Owned("source"), []record.Field{fBirth, fName}
}

func withBirths() cast {
	c := two(births)()
	c.Systems[0].Places[0].Reads = append([]record.Field{fBirth}, fields...)
	return c
}

func born(key, day string) record.Fields {
	return member(key, key+"@example.org").Over(record.Fields{fBirth: day})
}

// Somebody has left, and the source lists their key under a new id. With the same
// date of birth the binding moves; with another one nobody is revived or made.
func TestStoryReturnUnderANewID(t *testing.T) {
	left := []deed{
		members(20, same), put("source", "members", "s1", born("A", "2001-02-03")), synced(), quiet(),
	}
	absent := []deed{drop("source", "members", code("A"), ""), synced(), later(2 * time.Hour), synced()}
	removed := []deed{drop("source", "members", code("A"), record.Removed), synced()}
	for name, leave := range map[string][]deed{"absent": absent, "removed": removed} {
		t.Run(name+" and the same", func(t *testing.T) {
			story(t, withBirths, append(append(append([]deed{}, left...), leave...),
				rowsWhere(1, `entity where key = 'A' and deleted <> ''`),
				put("source", "members", "s2", born("A", "2001-02-03")), synced(),
				rowsWhere(1, `entity where key = 'A' and deleted = ''`), rowsWhere(1, `sync_record r join entity e on e.id = r.entity where e.key = 'A' and r.system = 'source' and r.external_id = 's2'`),
				rowsWhere(1, `sync_record r join entity e on e.id = r.entity where e.key = 'A' and r.system = 'source'`),
				holding("target", 21), quiet(), conflicts(0),
			)...)
		})
		t.Run(name+" and somebody else", func(t *testing.T) {
			story(t, withBirths, append(append(append([]deed{}, left...), leave...),
				put("source", "members", "s2", born("A", "1970-01-01")), synced(),
				rowsWhere(1, `entity where key = 'A' and deleted <> ''`), rowsWhere(1, `entity where key = 'A'`),
				rowsWhere(0, `sync_record where system = 'source' and external_id = 's2' and entity is not null`),
				rowsWhere(1, `sync_record where system = 'source' and external_id = 's2' and quarantine <> ''`),
				rowsWhere(1, `conflict where why = 'somebody else' and resolved_on is null`),
				quiet(), conflicts(1),
				put("source", "members", "s2", record.Fields{fBirth: "2001-02-03"}), synced(), // it was a typing error
				rowsWhere(1, `entity where key = 'A' and deleted = ''`), rowsWhere(0, `conflict where resolved_on is null`),
				synced(), quiet(),
			)...)
		})
	}
}

// The same while the old id is missing for the first time: nobody else is taken for
// them, and nobody is made.
func TestStoryRenumberedIntoSomebodyElse(t *testing.T) {
	story(t, withBirths,
		members(20, same), put("source", "members", "s1", born("A", "2001-02-03")), synced(), quiet(),
		drop("source", "members", code("A"), ""), put("source", "members", "s2", born("A", "1970-01-01")),
		synced(), later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		rowsWhere(1, `entity where key = 'A' and deleted <> ''`), rowsWhere(1, `entity where key = 'A'`),
		rowsWhere(1, `conflict where why = 'somebody else' and resolved_on is null`),
		rowsWhere(0, `sync_record where system = 'source' and external_id = 's2' and entity is not null`),
		quiet(),
	)
}

// A record that we are about to make anew is made by hand meanwhile: that one is
// taken and filled up, and none is made beside it.
func TestStoryMadeByHandInsteadOfAnew(t *testing.T) {
	story(t, unfindable,
		members(10, same), synced(), synced(), quiet(),
		drop("target", "people", code("P0003"), ""),
		synced(), later(2*time.Hour),
		put("target", "people", "77", record.Fields{fCode: "P0003", fName: "", fMail: "", fFormer: ""}),
		synced(), holding("target", 10),
		want("target", "people", member("P0003", "P0003@example.org"), code("P0000"), code("P0001"), code("P0002"), code("P0004"),
			code("P0005"), code("P0006"), code("P0007"), code("P0008"), code("P0009")),
		rowsWhere(0, `sync_record where external_id = '77' and created_by = 'us'`),
		synced(), quiet(),
	)
}

// A record of ours is deleted at the target and made again by hand, and its source changes
// before the listing has missed it twice: the update finds out that it is gone, and takes
// the one that is there.
func TestStoryMadeByHandBeforeAnUpdate(t *testing.T) {
	story(t, unfindable,
		members(10, same), synced(), synced(), quiet(),
		drop("target", "people", code("P0003"), ""),
		put("target", "people", "77", record.Fields{fCode: "P0003", fName: "", fMail: "", fFormer: ""}),
		put("source", "members", "P0003", member("P0003", "new@example.org")),
		synced(), synced(), holding("target", 10),
		want("target", "people", member("P0003", "new@example.org"), code("P0000"), code("P0001"), code("P0002"), code("P0004"),
			code("P0005"), code("P0006"), code("P0007"), code("P0008"), code("P0009")),
		rowsWhere(0, `sync_record where external_id = '77' and created_by = 'us'`), rowsWhere(0, openDups),
		synced(), quiet(),
	)
}

// Of two that were made by hand none is taken, and none is made beside them.
func TestStoryMadeTwiceByHandBeforeAnUpdate(t *testing.T) {
	story(t, unfindable,
		members(10, same), synced(), synced(), quiet(),
		drop("target", "people", code("P0003"), ""), twins("P0003"),
		put("source", "members", "P0003", member("P0003", "new@example.org")),
		synced(), later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		holding("target", 11), rowsWhere(1, openDups), quiet(),
		drop("target", "people", record.Fields{fName: "One"}, record.Removed),
		synced(), holding("target", 10), rowsWhere(0, openDups), synced(), quiet(),
	)
}

// A record of ours is deleted and made twice by hand. The system can not say which of the
// two it is now, and the listing shows both: it is gone, nobody takes it to be there, and
// which of the two it is comes out when one of them goes.
func TestStoryMadeTwiceByHand(t *testing.T) {
	story(t, two(),
		members(6, same), synced(), quiet(),
		drop("target", "people", code("P0000"), ""),
		put("target", "people", "72", member("P0000", "one@example.org")),
		put("target", "people", "73", member("P0000", "two@example.org")),
		synced(), later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		holding("target", 7), rowsWhere(1, openDups),
		rowsWhere(1, `sync_record where system = 'target' and entity is not null and external_id is null`), quiet(),
		drop("target", "people", mail("one@example.org"), record.Removed),
		synced(), holding("target", 6), rowsWhere(0, openDups), synced(), quiet(),
	)
}
