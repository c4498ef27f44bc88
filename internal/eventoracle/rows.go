package eventoracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// row is a row of a table, or a record of a dump.
type row map[string]any

// read decodes a dump; numbers stay as they are written.
func read(name string, dump []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(dump))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("dump of %s: %w", name, err)
	}
	return nil
}

// text is a scalar as a text; null and what is absent are blank.
func (r row) text(name string) string {
	switch v := r[name].(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(v)
	default:
		return fmt.Sprint(v)
	}
}

// in is the record within one; empty where there is none.
func (r row) in(name string) row {
	inner, _ := r[name].(map[string]any)
	return inner
}

// ref is the number of the record that is referred to, as {"id": 7} or 7.
func (r row) ref(name string) string {
	if inner := r.in(name); inner != nil {
		return inner.text("id")
	}
	return r.text(name)
}

// second is an instant to the second, in UTC.
func second(s string) string {
	if t := instant(s); !t.IsZero() {
		return t.UTC().Truncate(time.Second).Format(time.RFC3339)
	}
	return s
}

// instant is one as EMS or a system writes it; what is none is that before all others.
func instant(s string) time.Time {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999Z07:00"} {
		if t, err := time.Parse(form, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// ours are the entries of a list that begin with a prefix, without it and sorted.
func ours(all []string, prefix string) string {
	var out []string
	for _, s := range all {
		if rest, is := strings.CutPrefix(s, prefix); is {
			out = append(out, rest)
		}
	}
	return sorted(out)
}

func sorted(list []string) string {
	list = slices.Clone(list)
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ",")
}
