package resource_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
)

// What was written is read again, and nothing else is.
func TestMarks(t *testing.T) {
	t.Parallel()
	at := time.Unix(1767225600, 0)
	m := resource.Marks{"page": 3, "total": 0}
	m.SetTime("since", at)
	m.SetTime("until", time.Time{})
	if m.Cursor() != "page=3&since=1767225600" {
		t.Fatalf("cursor %q", m.Cursor())
	}
	got, ok := resource.ReadMarks(m.Cursor(), "page", "since", "total")
	if !ok || got["page"] != 3 || got["total"] != 0 || !got.Time("since").Equal(at) || !got.Time("until").IsZero() {
		t.Errorf("%v, %v", got, ok)
	}
	if start, ok := resource.ReadMarks("", "page"); !ok || len(start) != 0 {
		t.Errorf("the start: %v, %v", start, ok)
	}
	for _, c := range []connector.Cursor{"%", "x", "page", "page=0", "page=-1", "page=03", "page=+3", "page=x", "page=3&page=4", "total=1&page=3", "page=3&other=1", "page=9223372036854775808"} {
		if m, ok := resource.ReadMarks(c, "page", "total"); ok {
			t.Errorf("%q is read as %v", c, m)
		}
	}
}
