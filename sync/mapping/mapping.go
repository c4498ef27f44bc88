// Package mapping ties canonical fields to a system's wire types with tables
// of rows. A row gives both directions at once: it knows where a value stands
// and in which code; package value makes it canonical, in both directions. What
// is not one field to one field does not belong here but in derive.
package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// Error is a value that a row cannot write. It names the field, not the value.
type Error struct {
	Field record.Field
	Why   string
}

// Error returns the text.
func (e *Error) Error() string { return fmt.Sprintf("field %s: %s", e.Field, e.Why) }

// Row ties one field to one place in T.
type Row[T any] struct {
	Field    record.Field
	at       func(*T) *Value
	decode   func(Value) (string, error)
	encode   func(string) (Value, error)
	readOnly bool
}

// Table is all that is mapped between a kind and a wire type.
type Table[T any] []Row[T]

// Text ties a text as it is.
func Text[T any](f record.Field, at func(*T) *Value) Row[T] {
	return Row[T]{
		Field: f, at: at,
		decode: func(v Value) (string, error) { return v.Text, nil },
		encode: func(s string) (Value, error) { return Of(s), nil },
	}
}

// Convert ties a text through a pair of functions, which get values that are
// not empty. decode gets what stands on the wire, encode what is canonical; the
// errors hold no value. A nil decode reads it as it is, a nil encode makes the row
// read-only.
func Convert[T any](f record.Field, decode, encode func(string) (string, error), at func(*T) *Value) Row[T] {
	r := Row[T]{
		Field: f, at: at, readOnly: encode == nil,
		decode: func(v Value) (string, error) { return through(decode, v.Text) },
	}
	if encode != nil {
		r.encode = func(s string) (Value, error) {
			t, err := through(encode, s)
			return Of(t), err
		}
	}
	return r
}

func through(f func(string) (string, error), s string) (string, error) {
	if s == "" || f == nil {
		return s, nil
	}
	return f(s)
}

// Date ties a date that the wire writes in a layout of package time. What else
// package value reads as a date is read as well.
func Date[T any](f record.Field, layout string, at func(*T) *Value) Row[T] {
	return Convert(f,
		func(s string) (string, error) {
			if d, err := time.Parse(layout, s); err == nil {
				return d.Format(time.DateOnly), nil
			}
			return s, nil
		},
		func(s string) (string, error) {
			d, err := time.Parse(time.DateOnly, s)
			if err != nil {
				return "", fmt.Errorf("not a date in the expected form")
			}
			return d.Format(layout), nil
		}, at)
}

// Enum ties a closed list of codes, canonical to wire. A code that is not in
// it is an error, so that a new one is noticed rather than passed on.
func Enum[T any](f record.Field, codes map[string]string, at func(*T) *Value) Row[T] {
	back := make(map[string]string, len(codes))
	for canonical, wire := range codes {
		back[wire] = canonical
	}
	pick := func(m map[string]string) func(string) (string, error) {
		return func(s string) (string, error) {
			s, err := value.Text(s, record.ValueType{})
			if err != nil || s == "" {
				return "", err
			}
			if out, ok := m[s]; ok {
				return out, nil
			}
			return "", fmt.Errorf("unknown code")
		}
	}
	return Convert(f, pick(back), pick(codes), at)
}

// Flag ties a flag that the wire writes as a JSON boolean. It reads the words
// and numbers that loosely typed systems use as well.
func Flag[T any](f record.Field, at func(*T) *Value) Row[T] {
	r := Convert(f, readFlag, func(s string) (string, error) { return s, nil }, at)
	return r.As(Bool)
}

func readFlag(s string) (string, error) {
	return value.Flag(s, map[string]bool{"1": true, "0": false})
}

// Set ties a set that the wire writes as one text with a separator.
func Set[T any](f record.Field, separator string, at func(*T) *Value) Row[T] {
	return Convert(f,
		func(s string) (string, error) {
			s = strings.ReplaceAll(s, "\n", " ") // a member has one line
			return strings.Join(strings.Split(s, strings.TrimSpace(separator)), "\n"), nil
		},
		func(s string) (string, error) {
			return strings.Join(record.SetMembers(s), separator), nil
		}, at)
}

// FalseIsEmpty returns the row reading the JSON boolean false as empty: so PHP
// writes what has no value.
func (r Row[T]) FalseIsEmpty() Row[T] {
	decode := r.decode
	r.decode = func(v Value) (string, error) { return decode(v.NoFalse()) }
	return r
}

// ReadOnly returns the row for reading alone.
func (r Row[T]) ReadOnly() Row[T] { r.readOnly = true; return r }

// ReadOnly returns the table for reading alone.
func (t Table[T]) ReadOnly() Table[T] {
	out := make(Table[T], len(t))
	for i, row := range t {
		out[i] = row.ReadOnly()
	}
	return out
}

// As returns the row writing values in the form given. As(Null) writes empty
// values as null and others as text.
func (r Row[T]) As(form Form) Row[T] {
	encode := r.encode
	if encode == nil {
		return r
	}
	r.encode = func(s string) (Value, error) {
		v, err := encode(s)
		switch {
		case err != nil:
			return v, err
		case v.Text == "":
			v.Form = Null
		case form == Number, form == Object:
			if _, err := strconv.ParseFloat(v.Text, 64); err != nil {
				return v, fmt.Errorf("not a number")
			}
			v.Form = form
		case form != Null:
			v.Form = form
		}
		return v, nil
	}
	return r
}

// Decode reads all fields that the wire value carries and makes them canonical.
// Keys that were missing stay absent. A field that cannot be read takes no other
// with it: it is absent, and the reading says why.
func (t Table[T]) Decode(wire *T, s value.Spec) value.Reading {
	raw, wrong := t.Raw(wire)
	out := s.Fields(raw)
	for f, why := range wrong {
		out.Refuse(f, why)
	}
	return out
}

// Raw reads what Decode does, and leaves it as it stands. wrong says why for
// each field that is in no form that its row knows. It is for a system that
// keeps some fields outside the table: Spec.Fields wants all of a record at
// once.
func (t Table[T]) Raw(wire *T) (raw record.Fields, wrong map[record.Field]string) {
	raw, wrong = make(record.Fields, len(t)), map[record.Field]string{}
	for _, r := range t {
		v := *r.at(wire)
		switch {
		case !v.Set:
		case v.Wrong != "":
			wrong[r.Field] = v.Wrong
		default:
			s, err := r.decode(v)
			if err != nil {
				wrong[r.Field] = reason(err)
				continue
			}
			raw[r.Field] = s
		}
	}
	return raw, wrong
}

// reason is why a value cannot be read, without the value: the errors of the
// standard library quote it.
func reason(err error) string {
	_, date := errors.AsType[*time.ParseError](err)
	_, number := errors.AsType[*strconv.NumError](err)
	if date || number {
		return value.Why(err)
	}
	return err.Error()
}

// Encode makes the fields that are present canonical and writes them into wire.
// Fields without a row that writes are passed over. No date is held to be too
// late: that was judged when it was read. The error is an *Error.
func (t Table[T]) Encode(fields record.Fields, wire *T, s value.Spec) error {
	s.Today = ""
	out := s.Fields(fields.Only(t.Writes()))
	for _, r := range t {
		if r.readOnly {
			continue
		}
		if why, bad := out.Unreadable[r.Field]; bad {
			return &Error{Field: r.Field, Why: why}
		}
		text, ok := out.Fields[r.Field]
		if !ok {
			continue
		}
		v, err := r.encode(text)
		if err != nil {
			return &Error{Field: r.Field, Why: err.Error()}
		}
		*r.at(wire) = v
	}
	return nil
}

// Reads returns the fields that Decode can give, sorted.
func (t Table[T]) Reads() []record.Field {
	return t.fields(func(Row[T]) bool { return true })
}

// Writes returns the fields that Encode takes, sorted.
func (t Table[T]) Writes() []record.Field {
	return t.fields(func(r Row[T]) bool { return !r.readOnly })
}

func (t Table[T]) fields(keep func(Row[T]) bool) []record.Field {
	var out []record.Field
	for _, r := range t {
		if keep(r) {
			out = append(out, r.Field)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
