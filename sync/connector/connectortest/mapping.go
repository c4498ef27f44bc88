package connectortest

import (
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

var mappingCases = []testCase{
	{"decode after encode gives the same fields", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "samples", b.Want != nil)
		for n := range 8 {
			want, id := b.sample(t, c, n)
			if wrong := holds(b.stored(want, c), b.fetched(t, c, id)); wrong != "" {
				t.Errorf("sample %d: %s", n, wrong)
			}
		}
	}},
	{"values are canonical", func(t *testing.T, b *Bench, c connector.Collection) {
		if c.List == nil || b.Add == nil && c.Create == nil {
			t.Skip("passed over: nothing to list")
		}
		for n := range 4 {
			b.sample(t, c, n)
		}
		items, err := b.all(t, c)
		if err != nil {
			t.Fatal(err)
		}
		for id, item := range items {
			canonical(t, c, id, item)
		}
	}},
	{"the samples are hard enough", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "samples", b.Want != nil)
		used := map[record.Field]bool{}
		var values []string
		for n := range 8 {
			for f, v := range b.Want(n) {
				used[f] = true
				values = append(values, v)
			}
		}
		text, optional := hasText(c), slices.ContainsFunc(c.Writes, func(f record.Field) bool { return !slices.Contains(c.Required, f) })
		for _, hard := range []struct {
			what string
			asks bool
			has  func(string) bool
		}{
			{"a letter beyond ASCII", text, func(v string) bool { return strings.IndexFunc(v, func(r rune) bool { return r > 127 }) >= 0 }},
			{"an apostrophe", text, func(v string) bool { return strings.Contains(v, "'") }},
			{"an empty value", optional || c.Create == nil, func(v string) bool { return v == "" }},
		} {
			if hard.asks && !slices.ContainsFunc(values, hard.has) {
				t.Errorf("no sample has %s", hard.what)
			}
		}
		dates, leap := false, false
		for _, v := range values {
			dates = dates || len(v) == 10 && v[4] == '-' && v[7] == '-'
			leap = leap || strings.HasSuffix(v, "-02-29")
		}
		if dates && !leap {
			t.Error("no sample has a leap day")
		}
		for _, f := range c.Writes {
			if !used[f] && c.Create != nil {
				t.Errorf("no sample has %s", f)
			}
		}
	}},
}

// hasText reports whether any field that is written is a text. One whose type nobody
// knows is.
func hasText(c connector.Collection) bool {
	types := value.TypesOf(c.Kind)
	return slices.ContainsFunc(slices.Concat(c.Reads, c.Writes), func(f record.Field) bool { return types[f].Class == record.ClassText })
}
