package resource_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
)

// ledger is a system whose records have numbers; two are on a page.
type ledger struct {
	ids      []int
	unsorted bool // it passes over what was asked for
	less     int  // so many fewer are left than there are
	empty    bool
}

func (l *ledger) fetch(_ context.Context, _ string, after int) (map[int]json.RawMessage, int, error) {
	found, left := map[int]json.RawMessage{}, -l.less
	for _, id := range l.ids {
		if id > after || l.unsorted {
			if left++; len(found) < 2 && !l.empty {
				found[id] = json.RawMessage(fmt.Sprint(id))
			}
		}
	}
	return found, left, nil
}

func (l *ledger) keyset() resource.Keyset[struct{}] {
	return resource.Keyset[struct{}]{Resource: &resource.Resource[struct{}]{System: "ledger"}, Fetch: l.fetch}
}

// What comes and goes while pages are read hides no record that was there all the time.
func TestKeyset(t *testing.T) {
	t.Parallel()
	l := &ledger{ids: []int{3, 4, 9, 10, 12}}
	var seen []string
	var at connector.Cursor
	for n := 0; ; n++ {
		rows, err := l.keyset().Page(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		if rows.Evidence.Count != 5 || !rows.Evidence.Stated || rows.Evidence.Contradiction != "" {
			t.Errorf("page %d: %+v", n, rows.Evidence)
		}
		for _, raw := range rows.Records {
			seen = append(seen, string(raw))
		}
		if n == 0 {
			l.ids = []int{4, 9, 10, 12} // 3 has gone
		}
		if at = rows.Next; rows.Evidence.End {
			break
		}
	}
	if got := fmt.Sprint(seen); got != "[3 4 9 10 12]" || at != "" {
		t.Errorf("listed %s, then %q", got, at)
	}
}

func TestKeysetFaults(t *testing.T) {
	t.Parallel()
	for _, at := range []connector.Cursor{"x", "after=0&seen=1", "after=3", "after=3&seen=0", "after=3&seen=1x"} {
		if _, err := (&ledger{ids: []int{1}}).keyset().Page(t.Context(), at); connector.ClassOf(err) != connector.Drifted {
			t.Errorf("cursor %q: %v", at, err)
		}
	}
	if _, err := (&ledger{ids: []int{1, 2, 3}, empty: true}).keyset().Page(t.Context(), ""); connector.ClassOf(err) != connector.Drifted {
		t.Errorf("an empty page: %v", err)
	}
	rows, err := (&ledger{ids: []int{1, 2, 3}, unsorted: true}).keyset().Page(t.Context(), "after=3&seen=3")
	if err != nil || rows.Evidence.Contradiction == "" || rows.Next != "" { // else it would go in circles
		t.Errorf("records before the cursor: %+v, %v", rows.Evidence, err)
	}
	rows, err = (&ledger{ids: []int{1, 2}, less: 1}).keyset().Page(t.Context(), "")
	if err != nil || !rows.Evidence.End || rows.Evidence.Count != 2 {
		t.Errorf("more than are left: %+v, %v", rows.Evidence, err)
	}
	broken := resource.Keyset[struct{}]{Fetch: func(context.Context, string, int) (map[int]json.RawMessage, int, error) {
		return nil, 0, errors.ErrUnsupported
	}}
	if _, err := broken.Page(t.Context(), ""); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}
