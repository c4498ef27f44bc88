package profile

import (
	"unicode/utf8"

	"github.com/touchline-sync/touchline/sync/record"
)

const (
	storedValues = 32  // frequent values that a stored profile names
	maxKeys      = 512 // keys on the wire that are counted
	maxKeyLength = 64  // bytes; a longer key is no name of a field
)

// Profile says what one reading looked like. It holds counts and keyed digests,
// no value of a person, and is of bounded size: some kilobytes for a kind of
// fifty fields, however many records there were.
type Profile struct {
	Rows int64 `json:"rows"`
	// Keys has, for each key on the wire, the number of rows that it was in.
	Keys   map[string]int64         `json:"keys,omitempty"`
	Fields map[record.Field]*Column `json:"fields,omitempty"`
}

// Column says what one field looked like in a reading.
type Column struct {
	Rows   int64 `json:"rows"`   // rows in which the field was known
	Filled int64 `json:"filled"` // of these, not empty
	// Distinct is the number of different values that are not empty: exact up
	// to 4,096, else within a few percent.
	Distinct int64 `json:"distinct,omitempty"`
	// Top are the most frequent values, the most frequent first.
	Top []Value `json:"top,omitempty"`
	// Shortest and Longest are lengths of filled values in characters.
	Shortest int              `json:"shortest,omitempty"`
	Longest  int              `json:"longest,omitempty"`
	Formats  map[Format]int64 `json:"formats,omitempty"`
}

// Value is how often a value was seen. Its digest is written as text in JSON,
// since a number of 64 bits is more than many readers of JSON can hold.
type Value struct {
	Digest uint64 `json:"digest,string"`
	Count  int64  `json:"count"`
}

// column counts the values of one field as they come.
type column struct {
	Rows     int64               `json:"rows,omitempty"`
	Filled   int64               `json:"filled,omitempty"`
	Shortest int                 `json:"shortest,omitempty"`
	Longest  int                 `json:"longest,omitempty"`
	Formats  [len(formats)]int64 `json:"formats,omitzero"`
	Values   values              `json:"values,omitzero"`
}

// add counts a value; d is its digest, and matters only when it is not empty.
func (c *column) add(v string, d uint64) {
	c.Rows++
	if v == "" {
		return
	}
	c.Filled++
	n := utf8.RuneCountInString(v)
	if c.Filled == 1 || n < c.Shortest {
		c.Shortest = n
	}
	c.Longest = max(c.Longest, n)
	c.Formats[formatOf(v)]++
	c.Values.add(d, 1)
}

func (c *column) merge(o *column) {
	if o.Filled > 0 {
		if c.Filled == 0 || o.Shortest < c.Shortest {
			c.Shortest = o.Shortest
		}
		c.Longest = max(c.Longest, o.Longest)
		for f, n := range o.Formats {
			c.Formats[f] += n
		}
		c.Values.merge(&o.Values)
	}
	c.Rows += o.Rows
	c.Filled += o.Filled
}

// together is the column of all the values that several have counted.
func together(all ...*column) *column {
	out := &column{}
	for _, c := range all {
		out.merge(c)
	}
	return out
}

// main is the format of most values, as its place in formats; of several the
// first.
func (c *column) main() int {
	main := 0
	for f, n := range c.Formats {
		if n > c.Formats[main] {
			main = f
		}
	}
	return main
}

func (c *column) stored() *Column {
	out := &Column{
		Rows: c.Rows, Filled: c.Filled, Distinct: c.Values.distinct(), Top: c.Values.frequent(storedValues),
		Shortest: c.Shortest, Longest: c.Longest,
	}
	for f, n := range c.Formats {
		if n > 0 {
			if out.Formats == nil {
				out.Formats = map[Format]int64{}
			}
			out.Formats[formats[f]] = n
		}
	}
	return out
}
