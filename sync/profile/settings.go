package profile

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Settings are the edges at which a reading is no longer like the good one.
type Settings struct {
	// KeyReadings is in how many good readings in a row a key must have been in
	// every row, so that its absence holds the field. While there have been
	// fewer good readings, it must have been in every row of all of them.
	KeyReadings int
	// NoneLeft is the number of values from which a field without any left is
	// held. Fewer wait for a second reading, each for itself.
	NoneLeft int64
	// FilledPoints and FilledRecords are by how much the share of filled values
	// may move. Both must be exceeded.
	FilledPoints, FilledRecords int64
	// DistinctShare is how much must be left of the number of distinct values.
	DistinctShare float64
	// FewRecords is how many records may change before it matters that distinct
	// values become fewer or that the main format is another: of three values,
	// one alone decides such a thing.
	FewRecords int64
	// OneValue is in how many records one value may take the place of others,
	// as a share of those that had others. Its Count is also in how many it may
	// be, unknown before, when it is wherever there was none.
	OneValue reconcile.Tolerance
	// Changed is in how many records one field may change.
	Changed reconcile.Tolerance
	// Identity is in how many records identity fields may change.
	Identity reconcile.Tolerance
	// Singly is up to how many records that show somebody else have a finding
	// each. More have one together.
	Singly int64
}

// DefaultSettings are the settings of a deployment that has none of its own.
func DefaultSettings() Settings {
	return Settings{
		KeyReadings: 3, NoneLeft: 3, FilledPoints: 20, FilledRecords: 5, DistinctShare: 0.5, FewRecords: 5,
		OneValue: reconcile.Tolerance{Count: 5, Share: 0.05},
		Changed:  reconcile.Tolerance{Count: 5, Share: 0.10},
		Identity: reconcile.Tolerance{Count: 5, Share: 0.02},
		Singly:   20,
	}
}

// Subject is what a view of a place shows, and what the policies of its kinds
// say of that.
type Subject struct {
	// Fields are the fields that the view shows, sorted, each once. What else a
	// record carries is passed over.
	Fields []record.Field
	// Identity is of at most 16 fields.
	Identity    []record.Field
	Groups      [][]record.Field
	MovesForAll []record.Field
	// Consents has the values of each consent, strictest first.
	Consents map[record.Field][]string
	// OptIns are the consents that may become looser again where the person concerned
	// decides: of these many looser ones at once are nobody's will.
	OptIns []record.Field
	// Keys has, by key on the wire, the fields that are made from it. It is nil
	// when the connector shows no keys: then a key is known to be gone when its
	// field is in no record any more.
	Keys map[string][]record.Field
}

// SubjectOf returns the subject of a view that shows these fields: those of a
// host and its parts, whose policies are all given. keys may be nil. Fields of
// the policies that the view does not show are left out.
func SubjectOf(fields []record.Field, keys map[string][]record.Field, of ...*policy.Policy) Subject {
	s := Subject{Keys: keys, Consents: map[record.Field][]string{}}
	s.Fields = slices.Compact(slices.Sorted(slices.Values(fields)))
	shown := func(in []record.Field) []record.Field {
		return slices.DeleteFunc(slices.Clone(in), func(f record.Field) bool { return !s.shows(f) })
	}
	for _, p := range of {
		for _, f := range shown(p.Identity) {
			if !slices.Contains(s.Identity, f) && len(s.Identity) < 16 {
				s.Identity = append(s.Identity, f)
			}
		}
		s.MovesForAll = append(s.MovesForAll, shown(p.MovesForAll)...)
		for _, g := range p.Groups {
			if g = shown(g); len(g) > 1 {
				s.Groups = append(s.Groups, g)
			}
		}
		for f, r := range p.Fields {
			if len(r.Strict) > 0 && s.shows(f) {
				s.Consents[f] = r.Strict
				if len(r.OptIn) > 0 {
					s.OptIns = append(s.OptIns, f)
				}
			}
		}
	}
	return s
}

func (s *Subject) shows(f record.Field) bool {
	_, ok := slices.BinarySearch(s.Fields, f)
	return ok
}

// madeFrom returns the fields that are made from a key on the wire.
func (s *Subject) madeFrom(key string) []record.Field {
	return slices.DeleteFunc(slices.Clone(s.Keys[key]), func(f record.Field) bool { return !s.shows(f) })
}

// stricter reports whether a consent of now is stricter than it was. A value
// that the rule does not name is the least strict.
func (s *Subject) stricter(f record.Field, was, now string) bool {
	order, ok := s.Consents[f]
	return ok && rank(order, now) < rank(order, was)
}

func rank(order []string, v string) int {
	if i := slices.Index(order, v); i >= 0 {
		return i
	}
	return len(order)
}
