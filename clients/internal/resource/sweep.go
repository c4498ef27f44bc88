package resource

import (
	"context"
	"hash/fnv"
	"io"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
)

// Sweep lists parts one after another, such as the events of a race, each by ids that are
// numbers and only rise; and from a mark on, what has changed since. The mark is the last
// change that was seen, by the system's own clock, and no later than the listing began:
// what changes in a part that was read already is in the next listing.
type Sweep[W any] struct {
	Resource *Resource[W]
	// Parts are what is listed, by names of their own. A mark says nothing of a part that
	// is listed since: then all are listed anew.
	Parts []string
	// Size is how many records are on a full page: a part ends with a shorter one. 0: each
	// part is one page.
	Size int
	// Behind is how far a listing of what has changed reaches back behind its mark.
	Behind time.Duration
	// Fetch returns the first records of a part above an id, those changed at a time or
	// later, or all where it is zero.
	Fetch func(ctx context.Context, part int, after int64, since time.Time) (Swept, error)
}

// Swept is a page of a part. Its Clock is when it was made; without one a listing leaves
// no new mark.
type Swept struct {
	Rows

	Last   int64     // the id of the last record or removal
	Latest time.Time // when one was changed last; zero where that is not told
}

// Page is the call of the resource.
func (s Sweep[W]) Page(ctx context.Context, at connector.Cursor) (Rows, error) {
	m, ok := ReadMarks(at, "of", "part", "after", "since", "latest", "limit")
	if of := m["of"]; ok && of != s.of() {
		m, ok = Marks{}, at == "" || of > 0
	}
	part := int(m["part"])
	if !ok || part >= len(s.Parts) {
		return Rows{}, s.Resource.Fault(connector.Drifted, "list", "a cursor that is not ours", "")
	}
	since := m.Time("since")
	if !since.IsZero() {
		since = since.Add(-s.Behind)
	}
	got, err := s.Fetch(ctx, part, m["after"], since)
	if err != nil {
		return Rows{}, err
	}
	if part == 0 && m["after"] == 0 {
		m.SetTime("limit", got.Clock)
	}
	if got.Latest.After(m.Time("latest")) {
		m.SetTime("latest", got.Latest)
	}
	if m["after"] = got.Last; s.Size == 0 || len(got.Records)+len(got.Removed) < s.Size {
		part, m["after"] = part+1, 0
	}
	m["part"] = int64(part)
	rows := got.Rows
	rows.Evidence = connector.Evidence{SignedIn: true, Filters: true, End: part == len(s.Parts)}
	if rows.Evidence.End {
		m = Marks{"since": max(m["since"], min(m["latest"], m["limit"]))}
	}
	if rows.Next = m.Cursor(); rows.Next != "" {
		m["of"] = s.of()
		rows.Next = m.Cursor()
	}
	return rows, nil
}

// of tells listings of other parts apart.
func (s Sweep[W]) of() int64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, strings.Join(s.Parts, "\n"))
	return int64(h.Sum64()>>1) | 1
}
