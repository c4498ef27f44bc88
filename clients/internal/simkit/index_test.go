package simkit_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

type tagged struct {
	ID   string   `json:"id"`
	Tags []string `json:"tags"`
}

// Rows are found by keys that several share, as they are by now: also after a change,
// a delete and a load.
func TestSharing(t *testing.T) {
	t.Parallel()
	var store simkit.Store
	k := simkit.New("tags", &store)
	rows := simkit.Keep(&store, simkit.Rules[tagged]{
		Kit: k, Collection: "rows", ID: func(r *tagged) string { return r.ID },
		Index: func(r *tagged) []string { return r.Tags },
	})
	ids := func(key string) (out []string) {
		for _, r := range rows.Sharing(key) {
			out = append(out, r.ID)
		}
		return out
	}
	for _, r := range []*tagged{{"a", []string{"x", "y"}}, {"b", []string{"x"}}, {"c", nil}} {
		if err := rows.Insert(nil, r); err != nil {
			t.Fatal(err)
		}
	}
	if got := ids("x"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("x is of %v", got)
	}
	if _, err := rows.Update(nil, "a", func(r *tagged) error { r.Tags = []string{"y"}; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := rows.Delete(nil, "b"); err != nil {
		t.Fatal(err)
	}
	if x, y := ids("x"), ids("y"); len(x) != 0 || !slices.Equal(y, []string{"a"}) {
		t.Errorf("x is of %v, y of %v", x, y)
	}
	dump, err := json.Marshal(map[string]any{"rows": []tagged{{"d", []string{"x"}}, {"e", []string{"x"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Load(dump); err != nil {
		t.Fatal(err)
	}
	if x, y := ids("x"), ids("y"); !slices.Equal(x, []string{"d", "e"}) || len(y) != 0 {
		t.Errorf("loaded, x is of %v, y of %v", x, y)
	}
}
