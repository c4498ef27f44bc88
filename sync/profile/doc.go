// Package profile judges whether a reading that is whole is also like the last
// good one, and says which fields of which records wait when it is not. It
// looks at no totals of records: what is new or missing belongs to the limits.
// Pure: no clock, no database, no network, and no value of anybody is kept.
//
// It stands beside package reconcile, of which it is the other judge of a
// listing, since both together would be larger than a package should be.
//
// # How a read step uses it
//
// First pass, while the pages stream by and are staged. One Comparer is made at
// the beginning of a complete reading of a view. Each record of a page goes to
// one of three methods:
//
//   - Same, when the record's digest is the one seen last and nothing was
//     written there since. No database is asked for it.
//   - Pair, when the record is bound and differs. Its good fields are the
//     record's base_remote, with what the journal says was written since laid
//     over it (our echo is no change), with what this run puts back as a repair,
//     and with held values that a person has accepted.
//   - Add, when the record is new or not bound.
//
// A record that could not be read (a Fault) goes to none, nor does what a
// reading of named records or of changes since a cursor shows: it is no picture
// of the whole. A reading that ends its slice keeps Comparer.State with its
// cursor and hands it to NewComparer in the next one.
//
// At the end, and only when the listing is certified complete:
//
//	found := c.Findings(good)                     // good is kept for the view
//	held := profile.NewHeld(subject, digest, found, letGo...)
//
// letGo are the ids of findings that a person has accepted, and of those with
// Wait that the reading before also had, absent_gap ago or more. The findings
// and c.Profile() are stored with the reading. Any finding makes the run
// PARTIAL: FIELDS_HELD when one is Whole, IDENTITY_CHANGED where that is the
// cause; told once, by the finding's id.
//
// Second pass, unless held.Empty(): the staged records stream by again, and
// held.Hold(id, good, now) names the fields of each that take no part. Those
// are taken out of the staged fields and kept on the record as held, with the
// id of the finding. Two things must not be forgotten then:
//
//   - The digest of a record that is not Settled is not stored as seen.
//     Otherwise the next reading takes it for Same, finds nothing, and the bad
//     value is good from then on.
//   - A new record of which an identity field or a field of its key is held is
//     not created until the reading is good again.
//
// When the plan of the run has been applied, or the first one approved, the
// good one moves: good.Move(subject, reading, c.Profile(), held.Fields()).
// AcceptChange of a finding is good.Accept with the profile of the reading that
// the person saw, its id among letGo from then on, and the values that were
// held with it as good values in Pair.
package profile
