package profile

import (
	"fmt"
	"math"
	"testing"
)

// TestSipHash checks the digest against vectors of the reference
// implementation (key 00 01 … 0f, text 00 01 …).
func TestSipHash(t *testing.T) {
	t.Parallel()
	var key [16]byte
	var text []byte
	for i := range key {
		key[i] = byte(i)
	}
	for i := range 16 {
		text = append(text, byte(i))
	}
	d := NewDigest(key)
	for n, want := range map[int]uint64{
		0: 0x726fdb47dd0e0e31, 1: 0x74f839c593dc67fd, 8: 0x93f5f5799a932462, 15: 0xa129ca6149be45e5,
	} {
		if got := d(string(text[:n])); got != want {
			t.Errorf("%d bytes: %x, want %x", n, got, want)
		}
	}
	if NewDigest([16]byte{})("a") == d("a") {
		t.Error("the key does not matter")
	}
}

func TestFormatOf(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]Format{
		"Kees": Letters, "van der": Letters, "O'Brien-Smit": Letters, "Zoë": Letters, "St. Jan": Letters, "null": Letters,
		"J.P.": Initials, "J.": Initials, "J. P.": Initials, "J": Initials, "J.-P.": Initials, "É.": Initials,
		"12": Digits, "12,50": Digits, "-3": Digits,
		"+31612345678": Phone, "06-12345678": Phone, "020 123 4567": Phone, "0612345678": Phone,
		"a@example.org": Email, "a.b+c_d@example.org": Email, "a@example": Mixed, "@example.org": Mixed, "a b@example.org": Mixed,
		"2006-01-02": Date, "0000-00-00": Date, "2006-01-02T10:00:00Z": Instant, "2006-01-02 10:00": Mixed,
		"true": Flag, "false": Flag,
		"1234 AB": Mixed, "12a": Mixed, "[object Object]": Mixed, "***": Mixed, "???": Mixed, "🦊": Mixed, "-": Mixed, "a+b": Mixed,
	} {
		if got := FormatOf(v); got != want {
			t.Errorf("FormatOf(%q) = %s, want %s", v, got, want)
		}
	}
}

// TestDistinct: the number of distinct values is exact up to 4,096 and near
// beyond, in whatever order they come, and also when parts are put together.
func TestDistinct(t *testing.T) {
	t.Parallel()
	d := NewDigest([16]byte{7})
	for _, n := range []int{0, 1, 4096, 5000, 60_000} {
		var one, a, b values
		for i := range n {
			x := d(fmt.Sprint(i))
			one.add(x, 1)
			if i%2 == 0 {
				a.add(x, 1)
			} else {
				b.add(x, 1)
			}
			if i%3 == 0 {
				a.add(x, 1)
			}
		}
		a.merge(&b)
		for _, got := range []int64{one.distinct(), a.distinct()} {
			if off := math.Abs(float64(got) - float64(n)); n <= 4096 && off > 0 || off > 0.06*float64(n) {
				t.Errorf("%d distinct values: counted %d", n, got)
			}
		}
		if len(one.Counts) > maxValues*5/4 || len(one.Top) > maxTop || len(a.Counts) > maxValues*5/4 || len(a.Top) > maxTop {
			t.Errorf("%d distinct values take room for %d and %d", n, len(one.Counts), len(one.Top))
		}
	}
}

// TestFrequent: a value in a twentieth of very many is found, and never counted
// too often.
func TestFrequent(t *testing.T) {
	t.Parallel()
	d := NewDigest([16]byte{7})
	var v values
	for i := range 40_000 {
		v.add(d(fmt.Sprint(i)), 1)
		if i%20 == 0 {
			v.add(d("Afgeschermd"), 1)
		}
	}
	top := v.frequent(1)[0]
	if top.Digest != d("Afgeschermd") || top.Count > 2000 || top.Count < 1800 {
		t.Errorf("counted %d of 2000", top.Count)
	}
}
