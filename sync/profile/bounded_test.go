package profile

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/record"
)

// TestBounded: neither the records nor the keys of a reading make a Comparer
// grow without end.
func TestBounded(t *testing.T) {
	t.Parallel()
	size := func(rows int) int {
		s := Subject{Fields: []record.Field{"a", "b", "c"}, Identity: []record.Field{"a", "b", "c"}}
		c := NewComparer(s, DefaultSettings(), NewDigest([16]byte{}), nil)
		for i := range rows {
			now := record.Fields{"a": fmt.Sprint("a", i), "b": fmt.Sprint("b", i), "c": fmt.Sprint("c", i)}
			good := record.Fields{"a": fmt.Sprint("x", i), "b": fmt.Sprint("y", i), "c": fmt.Sprint("z", i)}
			c.Pair(record.ExternalID(fmt.Sprint(i)), good, now, []string{"a", fmt.Sprint("k", i), strings.Repeat("k", 6000)})
		}
		state, _ := json.Marshal(c.State())
		found, _ := json.Marshal(c.Findings(Good{}))
		p, _ := json.Marshal(c.Profile())
		if len(found)+len(p) > 60_000 {
			t.Errorf("%d bytes of findings, %d of profile", len(found), len(p))
		}
		return len(state)
	}
	if a, b := size(6000), size(12_000); b > a*5/4 || b > 3*500_000 {
		t.Errorf("%d bytes of state for 6,000 records, %d for 12,000", a, b)
	}
}

func BenchmarkSame(b *testing.B) {
	s := Subject{}
	rows := make([]record.Fields, 20_000)
	for i := range rows {
		rows[i] = record.Fields{}
	}
	for f := range 30 {
		name := record.Field(fmt.Sprintf("field_%02d", f))
		s.Fields = append(s.Fields, name)
		for i, r := range rows {
			r[name] = fmt.Sprint("value ", i%(1+f*f*f))
		}
	}
	c := NewComparer(s, DefaultSettings(), NewDigest([16]byte{}), nil)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.Same(rows[i%len(rows)], nil)
	}
}
