package profile

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// maxSuspects is how many records of each sort are kept to name them, and to see
// whether they have changed places.
const maxSuspects = 1000

// identityState is what was seen of changed identity fields.
type identityState struct {
	// Changed counts the records by which of their identity fields hold another
	// value than they held, as bits: so it can be told in how many records one
	// changed that is not held anyway.
	Changed map[uint16]tally `json:"changed,omitempty"`
	// Replaced counts the records of which all identity fields changed. All are
	// the first of them, Some are records of which two or more changed.
	Replaced tally     `json:"replaced,omitzero"`
	All      []suspect `json:"all,omitempty"`
	Some     []suspect `json:"some,omitempty"`
}

// tally is a number of records and a sum that stands for which ones they are
// and what they show.
type tally struct {
	N   int64  `json:"n"`
	Sum uint64 `json:"sum"`
}

// suspect is a record that may show somebody else.
type suspect struct {
	ID  uint64 `json:"id"`
	Was uint64 `json:"was"` // digest of who it was
	Is  uint64 `json:"is"`
}

func (s *identityState) take(identity []record.Field, d Digest, rec uint64, good, now record.Fields) {
	c := compareIdentity(identity, good, now)
	if c.differ == 0 {
		return
	}
	is := tupleDigest(d, identity, now)
	sum := mix(rec, is)
	if c.mask != 0 {
		if s.Changed == nil {
			s.Changed = map[uint16]tally{}
		}
		t := s.Changed[c.mask]
		s.Changed[c.mask] = tally{t.N + 1, t.Sum + sum}
	}
	x := suspect{rec, tupleDigest(d, identity, good), is}
	switch {
	case c.replaced():
		s.Replaced = tally{s.Replaced.N + 1, s.Replaced.Sum + sum}
		if len(s.All) < maxSuspects {
			s.All = append(s.All, x)
		}
	case c.differ >= 2 && len(s.Some) < maxSuspects:
		s.Some = append(s.Some, x)
	}
}

// identityChange is how the identity fields of one record have changed.
type identityChange struct {
	carried int    // known before and now
	filled  int    // of these, not empty before nor now
	changed int    // of these, another value
	had     int    // not empty before
	differ  int    // carried and not equal, also filled in or emptied
	mask    uint16 // which hold another value, or none, where they held one
}

// overwritten is how many hold another value, or none, where they held one.
func (c identityChange) overwritten() int { return bits.OnesCount16(c.mask) }

func compareIdentity(identity []record.Field, good, now record.Fields) identityChange {
	var c identityChange
	for i, f := range identity {
		was, known := good[f]
		is, shown := now[f]
		if !known || !shown {
			continue
		}
		c.carried++
		if was != "" {
			c.had++
		}
		if was != is {
			c.differ++
			if was != "" {
				c.mask |= 1 << i
			}
		}
		if was != "" && is != "" {
			c.filled++
			if was != is {
				c.changed++
			}
		}
	}
	return c
}

// replaced reports whether the record shows somebody else, or nobody: of three
// identity fields that are carried and two that were filled, none holds what it held.
//
// Of four or more that are filled one may be the same by chance: of two strangers
// every second pair has the same gender. What is filled on both sides is then all
// that tells: whoever is somebody else may have fewer fields filled.
func (c identityChange) replaced() bool {
	switch {
	case c.carried < 3 || c.had < 2:
		return false
	case c.overwritten() == c.had:
		return true
	}
	return c.filled >= 2 && (c.changed == c.filled || c.changed >= 3 && c.changed == c.filled-1)
}

// exchanged returns the records that now show who another one was, although not
// all of their identity fields changed: brothers who changed places have kept
// their last name.
func (s *identityState) exchanged() []suspect {
	was := make(map[uint64]uint64, len(s.All)+len(s.Some))
	for _, x := range slices.Concat(s.All, s.Some) {
		was[x.Was] = x.ID
	}
	var out []suspect
	for _, x := range s.Some {
		if other, ok := was[x.Is]; ok && other != x.ID {
			out = append(out, x)
		}
	}
	return out
}

// tupleDigest is the digest of all identity fields together.
func tupleDigest(d Digest, identity []record.Field, of record.Fields) uint64 {
	var buf []byte
	for _, f := range identity {
		v, ok := of[f]
		if !ok {
			buf = append(buf, 0)
			continue
		}
		buf = binary.AppendUvarint(buf, uint64(len(v))+1)
		buf = append(buf, v...)
	}
	return d(string(buf))
}
