package resource

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
)

// Marks are where a listing stands: pages, ids, numbers and times by names that the
// listing gives them. One that is not there is 0.
type Marks map[string]int64

// ReadMarks reads a cursor that Marks have written, with none but these names. The start
// of a listing has no marks. It reports whether the cursor is one.
func ReadMarks(c connector.Cursor, names ...string) (Marks, bool) {
	v, err := url.ParseQuery(string(c))
	m := make(Marks, len(v))
	for name := range v {
		n, bad := strconv.ParseInt(v.Get(name), 10, 64)
		if bad != nil || n < 1 || !slices.Contains(names, name) {
			return nil, false
		}
		m[name] = n
	}
	return m, err == nil && m.Cursor() == c
}

// Cursor writes the marks, the same for the same ones.
func (m Marks) Cursor() connector.Cursor {
	v := url.Values{}
	for name, n := range m {
		if n > 0 {
			v.Set(name, strconv.FormatInt(n, 10))
		}
	}
	return connector.Cursor(v.Encode())
}

// Time is a mark that is a time, in whole seconds; zero where it is not there.
func (m Marks) Time(name string) time.Time {
	if m[name] == 0 {
		return time.Time{}
	}
	return time.Unix(m[name], 0)
}

// SetTime sets a mark to a time. Zero is none.
func (m Marks) SetTime(name string, t time.Time) {
	if !t.IsZero() {
		m[name] = t.Unix()
	}
}
