package connectortest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// holds reports the fields of want that have does not hold alike. The text has
// no values: it may stand in a log.
func holds(want, have record.Fields) string {
	var wrong []string
	for _, f := range want.Names() {
		v, ok := have[f]
		switch {
		case !ok:
			wrong = append(wrong, string(f)+" is absent")
		case v != want[f]:
			wrong = append(wrong, fmt.Sprintf("%s differs (%d letters, want %d)", f, len(v), len(want[f])))
		}
	}
	return strings.Join(wrong, ", ")
}

// canonical checks what an item says of its values: each is canonical by the
// types of the kind, and one that cannot be read is in no other list.
func canonical(t *testing.T, c connector.Collection, id record.ExternalID, item connector.Item) {
	t.Helper()
	if types := value.TypesOf(c.Kind); types != nil {
		again := value.Spec{Types: types}.Fields(item.Fields.Only(slices.Collect(maps.Keys(types))))
		for f, v := range again.Fields {
			if v != item.Fields[f] {
				t.Errorf("%s: %s is not canonical", id, f)
			}
		}
		for f, why := range again.Unreadable {
			t.Errorf("%s: %s cannot be read: %s", id, f, why)
		}
	}
	for f, why := range item.Unreadable {
		if _, known := item.Fields[f]; known || why == "" {
			t.Errorf("%s: %s is unreadable (%q), and known: %v", id, f, why, known)
		}
	}
	for f, note := range item.Notes {
		if _, known := item.Fields[f]; !known || note == "" {
			t.Errorf("%s: %s has the note %q, and is known: %v", id, f, note, known)
		}
	}
}

// wantClass checks the class of an error and keeps its text for the search for
// leaks.
func (b *Bench) wantClass(t *testing.T, what string, err error, class connector.Class) *connector.Error {
	t.Helper()
	b.seen.add(err)
	e, ok := errors.AsType[*connector.Error](err)
	if !ok {
		t.Fatalf("%s: error %v, want a *connector.Error of class %s", what, err, class)
	}
	if e.Class != class {
		t.Errorf("%s: class %s (%s), want %s", what, e.Class, e.Why, class)
	}
	return e
}

// leaks collects texts that must not hold a value of a sample.
type leaks struct {
	mu     sync.Mutex
	public []record.Field
	texts  []string
}

func (l *leaks) add(err error) {
	if err == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts = append(l.texts, err.Error())
}

// judge looks for values of all samples in the errors and the log.
func (l *leaks) judge(t *testing.T, b *Bench) {
	t.Helper()
	if b.Want == nil {
		return
	}
	texts := append(slices.Clone(l.texts), b.Host.Logged())
	for n := range 12 {
		for f, v := range b.Want(n) {
			for part := range strings.SplitSeq(v, "\n") {
				// Shorter ones stand in every text by chance.
				if len(part) < 5 || slices.Contains(l.public, f) {
					continue
				}
				for _, text := range texts {
					if strings.Contains(text, part) {
						t.Errorf("an error or the log has the value of %s of sample %d", f, n)
					}
				}
			}
		}
	}
}
