package resource

import (
	"context"
	"encoding/json"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
)

// Numbered pages a listing that goes by numbers of records, longest unchanged first,
// and lists what has changed since the last one. Records move to the end as they
// change while they are paged: pages overlap, and the resource says so (Overlaps).
type Numbered[W any] struct {
	Resource *Resource[W]
	Size     int // of a page
	Overlap  int // so many records of a page are asked for again with the next one
	// Behind is how far a listing of what has changed reaches back behind the last
	// change that was seen: a change may be shown later than it is dated.
	Behind time.Duration
	// Fetch returns the records from an offset on, and how many there are in all. They
	// are those changed at a time or later, all where it is zero.
	Fetch func(ctx context.Context, op string, offset int, since time.Time) (records []json.RawMessage, total int, err error)
}

// span is what is left of a listing. All times are the system's own: the last change
// that a listing has seen is where the next one begins.
type span struct {
	since, latest time.Time // since zero: all are listed
	offset        int
}

// Page is the call of the resource.
func (n Numbered[W]) Page(ctx context.Context, at connector.Cursor) (Rows, error) {
	const op = "list"
	s, ok := parseSpan(at)
	if !ok {
		return Rows{}, n.Resource.Fault(connector.Drifted, op, "a cursor that is not ours", "")
	}
	since := s.since
	if !since.IsZero() {
		since = since.Add(-n.Behind)
	}
	records, total, err := n.Fetch(ctx, op, s.offset, since)
	if err != nil {
		return Rows{}, err
	}
	end := s.offset+len(records) >= total
	if len(records) == 0 && !end {
		return Rows{}, n.Resource.Fault(connector.Drifted, op, "an empty page before the end", "")
	}
	for _, raw := range records {
		if item, _, _ := n.Resource.Decode(raw); item.Changed.After(s.latest) {
			s.latest = item.Changed
		}
	}
	rows := Rows{Records: records, Evidence: connector.Evidence{SignedIn: true, Filters: true, End: end, Stated: s.since.IsZero(), Count: total}}
	s.offset += max(1, len(records)-min(n.Overlap, n.Size/2))
	if end {
		if s.since.After(s.latest) {
			s.latest = s.since // nothing has changed
		}
		s = span{since: s.latest}
	}
	rows.Next = s.cursor()
	return rows, nil
}

func (s span) cursor() connector.Cursor {
	m := Marks{"offset": int64(s.offset)}
	m.SetTime("since", s.since)
	m.SetTime("latest", s.latest)
	return m.Cursor()
}

func parseSpan(c connector.Cursor) (s span, ok bool) {
	m, ok := ReadMarks(c, "offset", "since", "latest")
	return span{since: m.Time("since"), latest: m.Time("latest"), offset: int(m["offset"])}, ok
}
