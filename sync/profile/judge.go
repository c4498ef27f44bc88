package profile

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// Findings returns in what the reading that was taken in is not like the good
// one: keys first, then fields, records and identity; none when it is like it.
// A field that is held as a whole has one finding for that, of the first cause
// that fits in the order of the causes.
func (c *Comparer) Findings(good Good) []Finding {
	if c.state.Rows == 0 {
		return nil // what is missing is not the profile's to judge
	}
	held := map[record.Field]bool{}
	out := c.missingKeys(good, held)
	for i, name := range c.subject.Fields {
		if held[name] {
			continue
		}
		if _, ok := good.Fields[name]; !ok && good.Readings > 0 && c.fields[i].shown() == 0 {
			continue // was not shown in the good reading either
		}
		found := c.field(name, c.fields[i])
		held[name] = len(found) > 0 && found[0].Whole
		out = append(out, found...)
	}
	f, many := c.identity(held)
	if !many {
		return append(out, c.replaced(c.set.Singly)...)
	}
	// A person is asked once for what is one change of many names.
	out = slices.DeleteFunc(out, func(o Finding) bool {
		return o.Cause == OneValue && slices.Contains(f.Fields, o.Fields[0])
	})
	return append(append(out, c.replaced(0)...), f)
}

// missingKeys finds keys that were in every row and are in none. What holds a field
// anew is added to held.
func (c *Comparer) missingKeys(good Good, held map[record.Field]bool) []Finding {
	var out []Finding
	found := func(key string, fields []record.Field, format string, args ...any) {
		f := c.finding(KeyMissing, fields, c.state.Rows, c.digest(key), format, args...)
		f.Key, f.Whole = key, true
		out = append(out, f)
		for _, n := range fields {
			held[n] = true
		}
	}
	// A connector that shows no keys any more was changed, not its system.
	if len(c.state.Keys) > 0 {
		for _, key := range lasting(good.Keys, good.Readings, c.set.KeyReadings) {
			if fields := c.subject.madeFrom(key); c.state.Keys[key] == 0 && len(fields) > 0 {
				found(key, fields, "the key %s was in every row and is in none", key)
			}
		}
	}
	for _, f := range lasting(good.Shown, good.Readings, c.set.KeyReadings) {
		if i, ok := slices.BinarySearch(c.subject.Fields, f); ok && !held[f] && c.fields[i].shown() == 0 {
			found("", []record.Field{f}, "was in every record and is in none")
		}
	}
	return out
}

// field judges one field: it is held, or held in some records, or not at all.
func (c *Comparer) field(name record.Field, st *fieldState) []Finding {
	if st.Was.Rows == 0 {
		return nil // stands as it stood everywhere
	}
	if f, ok := c.noneLeft(name, st); ok {
		return f
	}
	if slices.Contains(c.subject.MovesForAll, name) {
		return nil
	}
	_, consent := c.subject.Consents[name]
	if !consent {
		if f, ok := c.unlike(name, st); ok {
			return []Finding{f}
		}
	}
	if both := st.Same.Rows + st.Is.Rows; c.set.Changed.Exceeded(st.Is.Rows, both) {
		return []Finding{c.whole(ManyChanged, name, st.Is.Rows, st, "changed in %d of %d records", st.Is.Rows, both)}
	}
	if consent {
		// One stricter consent after the other is ordinary, and never waits.
		return c.loosened(name, st)
	}
	return c.oneValue(name, st)
}

// loosened finds consents that became looser in many of the records that had a
// stricter one: so many people do not change their minds between two readings.
func (c *Comparer) loosened(name record.Field, st *fieldState) []Finding {
	if !slices.Contains(c.subject.OptIns, name) {
		return nil // it is not believed of a single one
	}
	var out []Finding
	for _, v := range st.Is.Values.frequent(maxTop) {
		came := st.Came[v.Digest]
		had := st.Same.Values.of(v.Digest) + st.Was.Values.of(v.Digest)
		if others := st.Same.Filled + st.Was.Filled - had; c.set.OneValue.Exceeded(came.Loose, others) {
			f := c.finding(OneValue, []record.Field{name}, came.Loose, mix(v.Digest, came.Sum),
				"a consent became looser in %d of %d records that had another", came.Loose, others)
			f.Value, f.Unknown = v.Digest, had == 0
			out = append(out, f)
		}
	}
	return out
}

// noneLeft finds a field without any value left, which had some.
func (c *Comparer) noneLeft(name record.Field, st *fieldState) ([]Finding, bool) {
	had := st.Was.Filled
	switch {
	case had == 0 || st.Same.Filled+st.Is.Filled > 0:
		return nil, false
	case had >= c.set.NoneLeft:
		return []Finding{c.whole(NoneLeft, name, had, st, "none of %d values is left", had)}, true
	}
	var out []Finding
	for _, rec := range slices.Sorted(slices.Values(st.Emptied)) {
		f := c.finding(NoneLeft, []record.Field{name}, 1, rec,
			"one of the last %d values was emptied; it waits for a second reading", had)
		f.Wait, f.Only = true, []uint64{rec}
		out = append(out, f)
	}
	return out, true
}

// unlike finds that the values of a field as a whole are not what they were.
func (c *Comparer) unlike(name record.Field, st *fieldState) (Finding, bool) {
	was, is := together(&st.Same, &st.Was), together(&st.Same, &st.Is)
	n := max(st.Was.Rows, st.Is.Rows)
	by := max(was.Filled-is.Filled, is.Filled-was.Filled)
	if by > c.set.FilledRecords && by*100 > c.set.FilledPoints*was.Rows {
		return c.whole(FilledShare, name, by, st, "%d of %d records have a value, after %d", is.Filled, was.Rows, was.Filled), true
	}
	if n <= c.set.FewRecords {
		return Finding{}, false
	}
	before, after := was.Values.distinct(), is.Values.distinct()
	if float64(after) < c.set.DistinctShare*float64(before) {
		return c.whole(DistinctValues, name, n, st, "%d different values, after %d", after, before), true
	}
	if a, b := was.main(), is.main(); was.Filled > 0 && is.Formats[a] < is.Formats[b] {
		return c.whole(FormatChanged, name, n, st, "most values look like %s, after %s", formats[b], formats[a]), true
	}
	return Finding{}, false
}

// oneValue finds values that took the place of others in many records.
//
// A value that others held before, and that comes in place of one or two
// others only, is a choice between a few, as a volunteer or a type of
// membership is, and no placeholder. An unknown value wherever there was none
// is one as well: programs that write "null" do so for all.
func (c *Comparer) oneValue(name record.Field, st *fieldState) []Finding {
	var out []Finding
	empty := st.Same.Rows + st.Is.Rows - st.Same.Filled - st.Is.Filled // now
	for _, v := range st.Is.Values.frequent(maxTop) {
		came, ok := st.Came[v.Digest]
		if !ok {
			came.N, came.From = v.Count, make([]uint64, few)
		}
		had := st.Same.Values.of(v.Digest) + st.Was.Values.of(v.Digest)
		many := c.set.OneValue.Exceeded(came.N, st.Same.Filled+st.Was.Filled-had)
		switch {
		case many && (had == 0 || len(came.From) >= few):
		case had == 0 && empty == 0 && came.Empty > c.set.OneValue.Count:
		default:
			continue
		}
		n := v.Count
		if had == 0 {
			n += st.Added.Values.of(v.Digest)
		}
		f := c.finding(OneValue, []record.Field{name}, n, mix(v.Digest, came.Sum),
			"one value took the place of others, or of none, in %d records", n)
		f.Value, f.Unknown = v.Digest, had == 0
		out = append(out, f)
	}
	return out
}

// replaced finds records that show somebody else: each by itself up to so many,
// else all together.
func (c *Comparer) replaced(singly int64) []Finding {
	s := &c.state.Identity
	single, n, sum := s.exchanged(), s.Replaced.N, s.Replaced.Sum
	n += int64(len(single))
	if n == 0 {
		return nil
	}
	const text = "all that says who it is has changed in %d records"
	if n > singly {
		var only []uint64
		for _, x := range single {
			only, sum = append(only, x.ID), sum+mix(x.ID, x.Is)
		}
		f := c.finding(SomebodyElse, c.subject.Identity, n, sum, text, n)
		f.AllOf, f.Only = true, only
		return []Finding{f}
	}
	single = append(single, s.All...)
	slices.SortFunc(single, func(a, b suspect) int { return cmp.Compare(a.ID, b.ID) })
	var out []Finding
	for _, x := range single {
		f := c.finding(SomebodyElse, c.subject.Identity, 1, mix(x.ID, x.Is), text, 1)
		f.Only = []uint64{x.ID}
		out = append(out, f)
	}
	return out
}

// identity finds that identity fields changed in many records, those aside that
// are held anyway.
func (c *Comparer) identity(held map[record.Field]bool) (Finding, bool) {
	var free uint16
	var fields []record.Field
	for i, f := range c.subject.Identity {
		if !held[f] {
			free |= 1 << i
			fields = append(fields, f)
		}
	}
	var t tally
	for mask, m := range c.state.Identity.Changed {
		if mask&free != 0 {
			t = tally{t.N + m.N, t.Sum + m.Sum}
		}
	}
	if !c.set.Identity.Exceeded(t.N, c.state.Pairs) {
		return Finding{}, false
	}
	return c.finding(IdentityMoved, fields, t.N, t.Sum, "what says who a record is changed in %d of %d records", t.N, c.state.Pairs), true
}

func (c *Comparer) whole(k Cause, name record.Field, n int64, st *fieldState, format string, args ...any) Finding {
	f := c.finding(k, []record.Field{name}, n, st.Sum, format, args...)
	f.Whole = true
	return f
}

// finding makes a finding of which seen stands for what was seen.
func (c *Comparer) finding(k Cause, fields []record.Field, n int64, seen uint64, format string, args ...any) Finding {
	h := mix(c.digest(string(k)), seen)
	for _, f := range fields {
		h = mix(h, c.digest(string(f)))
	}
	text := fmt.Sprintf(format, args...)
	if len(fields) == 1 {
		text = fmt.Sprintf("field %s: %s", fields[0], text)
	}
	return Finding{
		ID: fmt.Sprintf("%016x", h), Cause: k, Fields: fields, Records: n, Compared: c.state.Pairs, Text: text,
	}
}
