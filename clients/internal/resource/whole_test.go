package resource_test

import (
	"encoding/json"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/mapping"
)

// What is not set goes back as it came, also what cannot be read; what is set stands in
// its own form, and a reference reads as its id.
func TestWhole(t *testing.T) {
	t.Parallel()
	var came resource.Whole
	if err := json.Unmarshal([]byte(`{"id":9,"name":"Ünal","seq":1.50,"race":{"id":7,"name":"Long"},"list":[1],"none":null}`), &came); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"id": "9", "name": "Ünal", "race": "7", "list": "", "none": "", "other": ""} {
		if got := came.Text(name); got != want {
			t.Errorf("%s is read as %q, want %q", name, got, want)
		}
	}
	set := &resource.Whole{}
	*set.At("name") = mapping.Of("Bo")
	*set.At("race") = mapping.Value{Set: true, Text: "8", Form: mapping.Object}
	*set.At("none") = mapping.Value{Set: true, Form: mapping.Object}
	*set.At("seq") = mapping.Value{} // not set
	for what, c := range map[string]struct {
		record *resource.Whole
		want   string
	}{
		"as it came": {&came, `{"id":9,"list":[1],"name":"Ünal","none":null,"race":{"id":7,"name":"Long"},"seq":1.50}`},
		"over it":    {came.Over(set), `{"id":9,"list":[1],"name":"Bo","none":null,"race":{"id":8},"seq":1.50}`},
		"by itself":  {set, `{"name":"Bo","none":null,"race":{"id":8}}`},
	} {
		if got, err := json.Marshal(c.record); err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v", what, got, err)
		}
	}
	if came.Text("name") != "Ünal" {
		t.Error("what came has changed")
	}
	if err := json.Unmarshal([]byte(`[]`), &came); err == nil {
		t.Error("a list is no record")
	}
}
