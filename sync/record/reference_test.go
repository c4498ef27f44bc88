package record_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/record"
)

// An id that is nobody's is not lost, and the set has one form.
func TestKeySet(t *testing.T) {
	t.Parallel()
	keys := map[string]string{"7": "A", "9": "A", "8": ""}
	for want, ids := range map[string][]string{
		"":       nil,
		"?8\nA":  {"8", "7"},
		"A":      {"7", "9"},
		"?x\n?y": {"y", "x", "y"},
	} {
		if got := record.KeySet(ids, keys); got != want {
			t.Errorf("the keys of %q are %q, want %q", ids, got, want)
		}
	}
}

// A change is read as it was written.
func TestDecodeChange(t *testing.T) {
	t.Parallel()
	change, err := record.DecodeChange([]byte(`{"name": ["a", "b"]}`))
	if err != nil || len(change) != 1 || change["name"] != [2]string{"a", "b"} {
		t.Errorf("read %v, %v", change, err)
	}
	if _, err := record.DecodeChange([]byte(`[]`)); err == nil {
		t.Error("read what is no change")
	}
}

func TestIDSet(t *testing.T) {
	t.Parallel()
	ids := map[string]string{"A": "7", "B": "9"}
	for keys, want := range map[string]string{"": "", "A": "7", "A\nB": "7\n9", "?8\nA": "7\n8", "C": "C"} {
		if got := record.IDSet(keys, ids); got != want {
			t.Errorf("%q stands for %q, want %q", keys, got, want)
		}
	}
}
