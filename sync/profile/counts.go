package profile

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

// counts is how often each of some digests was met. As text it is the base64 of
// digest and count in turn, the smallest digest first, each digest as the distance
// to the one before: a state of thousands of values is stored at each end of a
// slice, and as an object would be most of what a quiet run does.
type counts map[uint64]int64

// MarshalText writes the counts.
func (c counts) MarshalText() ([]byte, error) {
	raw := make([]byte, 0, 10*len(c))
	before := uint64(0)
	for _, d := range slices.Sorted(maps.Keys(c)) {
		raw = binary.AppendUvarint(raw, d-before)
		raw = binary.AppendVarint(raw, c[d])
		before = d
	}
	return base64.RawStdEncoding.AppendEncode(nil, raw), nil
}

// UnmarshalText reads what MarshalText has written.
func (c *counts) UnmarshalText(text []byte) error {
	raw, err := base64.RawStdEncoding.AppendDecode(nil, text)
	if err != nil {
		return err
	}
	*c = counts{}
	for d := uint64(0); len(raw) > 0; {
		step, n := binary.Uvarint(raw)
		if n <= 0 {
			return errCounts
		}
		count, m := binary.Varint(raw[n:])
		if m <= 0 {
			return errCounts
		}
		d, raw = d+step, raw[n+m:]
		(*c)[d] = count
	}
	return nil
}

var errCounts = errors.New("these are not counts of digests")
