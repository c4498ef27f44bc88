package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// mailboxes makes readers 0 to n-1 at the source, each with a mailbox of their own.
func mailboxes(n int, mail func(id string) string) deed {
	return func(s *stage) {
		for i := range n {
			id := fmt.Sprintf("P%04d", i)
			s.By["source"].Put("members", record.ExternalID(id), reader(id, mail(id), ""))
		}
	}
}

func own(id string) string { return id + "@example.org" }

func none(string) string { return "" }

// subscribed wants so many entries on the first list.
func subscribed(n int) deed {
	return func(s *stage) {
		s.T.Helper()
		if got := len(s.By["target"].All("list-1")); got != n {
			s.T.Errorf("%d are subscribed, want %d", got, n)
		}
	}
}

// waiting wants so many records to wait for their end.
func waiting(n int64) deed { return rowsWhere(n, `sync_record where confirm_at is not null`) }

// parted takes their mailbox from five of the twenty that mailboxes made: no
// profile holds so few.
func parted() deed { return filled(0, 5, "") }

// What a field of a reading ends is ended by a second one.
func TestStoryEndIsConfirmed(t *testing.T) {
	story(t, mailing,
		mailboxes(20, own), synced(), subscribed(20), quiet(),
		parted(), synced(), subscribed(20), waiting(5), quiet(),
		later(59*time.Minute), quiet(), subscribed(20),
		later(time.Minute), synced(), subscribed(15), waiting(0), quiet(),
		rowsWhere(5, `entity where deleted = 'unmade'`),
	)
}

// What is shown again goes on as if nothing had been.
func TestStoryEndIsTakenBack(t *testing.T) {
	t.Parallel()
	tell(t, mailing(), 0, []deed{
		mailboxes(20, own), synced(),
		parted(), synced(), waiting(5), later(2 * time.Hour),
		func(s *stage) { s.At = s.Written() },
		mailboxes(20, own), synced(), subscribed(20), waiting(0), quiet(),
		func(s *stage) {
			if n := s.Written() - s.At; n != 0 {
				s.T.Errorf("%d writes although nothing is otherwise than before", n)
			}
		},
		// It begins anew, on a day on which little else is emptied.
		later(25 * time.Hour), parted(), synced(), subscribed(20), waiting(5), later(time.Hour), synced(), subscribed(15),
	})
}

// A listing that is not certified confirms nothing.
func TestStoryEndWaitsForACertifiedListing(t *testing.T) {
	t.Parallel()
	certified := func(is bool) deed { return func(s *stage) { s.By["source"].Uncertified = !is } }
	tell(t, mailing(), 0, []deed{
		mailboxes(20, own), synced(),
		parted(), synced(), waiting(5), later(2 * time.Hour),
		certified(false), synced(), subscribed(20), waiting(5), quiet(),
		certified(true), synced(), subscribed(15), waiting(0), quiet(),
	})
}

// Nor does one of which something is held.
func TestStoryEndWaitsForAReadingLikeTheOthers(t *testing.T) {
	t.Parallel()
	tell(t, mailing(), 0, []deed{
		mailboxes(20, own), synced(), quiet(),
		parted(), synced(), waiting(5), later(2 * time.Hour),
		filled(0, 20, ""), synced(), noted("partial", "FIELDS_HELD"), subscribed(20), waiting(5), quiet(),
		later(2 * time.Hour), mailboxes(20, own), parted(), synced(), subscribed(15), waiting(0), quiet(),
	})
}

// Whoever such a reading lacks is not gone: two of them are not two in a row.
func TestStoryAbsentFromAHeldReading(t *testing.T) {
	t.Parallel()
	gone := func(n int64) deed { return rowsWhere(n, `entity where deleted <> ''`) }
	tell(t, club120(), 0, []deed{
		enrolled(120), synced(), quiet(), quiet(), quiet(),
		exported(upto(30, func(f record.Fields) { f[p.FirstName] = f[p.FirstName][:1] + "." })),
		func(s *stage) {
			for i := 100; i < 103; i++ {
				s.By["source"].Drop("members", record.ExternalID(invented(i)[p.RelationCode]), "")
			}
			s.By["source"].Stated = 117
		},
		synced(), noted("partial", "FIELDS_HELD"), later(2 * time.Hour), synced(), later(2 * time.Hour), synced(), gone(0),
		showsAll("source"), func(s *stage) { s.By["source"].States = true },
		synced(), gone(0), later(2 * time.Hour), synced(), gone(3),
	})
}

// An edit of our own tables, and a system's own word, end at once.
func TestStoryEndByOwnWord(t *testing.T) {
	t.Parallel()
	tell(t, mailing(), 0, []deed{
		mailboxes(3, own), synced(), subscribed(3),
		drop("source", "members", code("P0000"), record.Removed), synced(), subscribed(2), waiting(0),
		sql(`update entity set fields = fields || '{"mail": ""}' where kind = 'test.person' and key = 'P0001'`),
		synced(), subscribed(1), waiting(0),
	})
}

// Where only what was named is read, what led to the end is fetched by itself.
func TestStoryEndOfOneThatWasNamed(t *testing.T) {
	t.Parallel()
	tell(t, mailing(), 0, []deed{
		mailboxes(3, own), synced(),
		func(s *stage) { s.Rig.Pipeline.Reads[0].Select = step.Notified },
		mailboxes(1, none), enginetest.Notified("source", kPerson, "P0000"),
		synced(), subscribed(3), waiting(1), quiet(),
		later(2 * time.Hour), enginetest.Notified("source", kPerson, "P0001"),
		synced(), subscribed(3), // asks for it
		synced(), subscribed(2), waiting(0), quiet(),
	})
}

// A person is marked as former or deceased at the second reading; what else is
// new of them arrives at once.
func TestStoryMarkedAtTheSecondReading(t *testing.T) {
	ending := with(func(p *policy.Policy) { p.Ends = []record.Field{fFormer} })
	story(t, ending,
		put("source", "members", "A", member("A", "a@example.org")), synced(),
		put("source", "members", "A", record.Fields{fFormer: "true", fMail: "new@example.org"}), synced(),
		want("target", "people", record.Fields{fCode: "A", fFormer: "false", fMail: "new@example.org"}), quiet(),
		put("source", "members", "A", record.Fields{fName: "Other"}), synced(),
		want("target", "people", record.Fields{fCode: "A", fFormer: "false", fName: "Other"}), waiting(1),
		later(time.Hour), synced(),
		want("target", "people", record.Fields{fCode: "A", fFormer: "true", fName: "Other"}), waiting(0), quiet(),
		put("source", "members", "A", record.Fields{fFormer: "false"}), synced(),
		want("target", "people", record.Fields{fCode: "A", fFormer: "false", fName: "Other"}), quiet(),
	)
}
