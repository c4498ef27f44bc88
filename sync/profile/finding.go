package profile

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// Cause says in what a reading is not like the good one.
type Cause string

// The causes, stable. Up to ManyChanged they hold a field in all records, if
// Finding.Wait is not set; from OneValue on, in those that are affected.
const (
	KeyMissing     Cause = "KEY_MISSING"      // a key on the wire is in no row any more
	NoneLeft       Cause = "NONE_LEFT"        // no value of a field is left
	FilledShare    Cause = "FILLED_SHARE"     // many more or fewer values than before
	DistinctValues Cause = "DISTINCT_VALUES"  // fewer than half of the different values
	FormatChanged  Cause = "FORMAT_CHANGED"   // most values look otherwise
	ManyChanged    Cause = "MANY_CHANGED"     // one field in many records
	OneValue       Cause = "ONE_VALUE"        // one value in place of others
	SomebodyElse   Cause = "SOMEBODY_ELSE"    // a record shows another person
	IdentityMoved  Cause = "IDENTITY_CHANGED" // identity fields in many records
)

// Finding is one thing in which a reading is not like the good one, and what it
// holds back. It names fields, keys on the wire and numbers, and digests of ids
// and values, so it can be stored as JSON and shown; it has no value of anybody.
type Finding struct {
	// ID stands for the cause, the fields, the records and what they show. The
	// same reading gives the same ids again, in any order of its records;
	// another record or another value gives another id.
	ID     string         `json:"id"`
	Cause  Cause          `json:"cause"`
	Fields []record.Field `json:"fields"`
	Key    string         `json:"key,omitempty"` // on the wire, of KeyGone
	// Records is how many records show it, Compared how many were compared.
	Records  int64 `json:"records"`
	Compared int64 `json:"compared"`
	// Whole says that no change of the fields is taken from any record.
	Whole bool `json:"whole,omitempty"`
	// Wait says that the change is taken when a second reading shows it again.
	Wait bool   `json:"wait,omitempty"`
	Text string `json:"text"`

	// Value is the digest of the value of OneValue. Unknown says that no record
	// held it before: then it is held in new records as well, and they count.
	Value   uint64 `json:"value,omitempty,string"`
	Unknown bool   `json:"unknown,omitempty"`
	// Only are digests of the ids of the records affected. AllOf says that
	// those whose identity fields all changed are affected as well.
	Only  []uint64 `json:"only,omitempty"`
	AllOf bool     `json:"allOf,omitempty"`
}

// Affects reports whether the finding holds something of a record: good is what
// it is known to hold, as in Comparer.Pair, or nil when it is new; now is what
// it shows. The digest is that of the reading.
func (f *Finding) Affects(d Digest, id record.ExternalID, good, now record.Fields) bool {
	switch {
	case f.Whole:
		return slices.ContainsFunc(f.Fields, func(n record.Field) bool { return moved(n, good, now) })
	case f.Cause == OneValue:
		n := f.Fields[0]
		_, known := good[n]
		return (known || f.Unknown) && moved(n, good, now) && now[n] != "" && d(now[n]) == f.Value
	case good == nil:
		return false
	case f.Cause == IdentityMoved:
		return compareIdentity(f.Fields, good, now).mask != 0
	case f.AllOf && compareIdentity(f.Fields, good, now).replaced():
		return true
	}
	return slices.Contains(f.Only, idDigest(d, id))
}

// moved reports whether a record shows a field otherwise than it is known.
func moved(f record.Field, good, now record.Fields) bool {
	is, shown := now[f]
	was, known := good[f]
	return shown && (!known || is != was)
}
