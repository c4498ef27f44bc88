package resource_test

import (
	"context"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
)

func TestColumns(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		has  map[string]string
		want string
	}{
		"all there":      {map[string]string{"nummer": "text", "lid": "flag", "foto": "file"}, ""},
		"one too many":   {map[string]string{"nummer": "number", "lid": "any", "ander": "x"}, ""},
		"none there":     {nil, "there is no field lid, nummer"},
		"of other types": {map[string]string{"nummer": "flag", "foto": "text", "lid": ""}, "of an unfit type: foto (must be file), nummer (must be text or number)"},
		"both":           {map[string]string{"nummer": "flag"}, "there is no field lid; of an unfit type: nummer (must be text or number)"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newLibrary().resource()
			r.Columns = resource.Columns{
				"nummer": {Field: number, Types: []string{"text", "number"}},
				"lid":    {Field: note},
				"foto":   {Field: name, Types: []string{"file"}, Optional: true},
			}
			r.Calls.Columns = func(context.Context, string) (map[string]string, error) { return c.has, nil }
			err := r.CheckColumns(t.Context())
			if c.want == "" {
				if err != nil {
					t.Errorf("%v, want none", err)
				}
				return
			}
			class(t, err, connector.Drifted, "")
			if want := "library: check cards: drifted: " + c.want; err == nil || err.Error() != want {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
	r := newLibrary().resource()
	r.Calls.Columns = func(_ context.Context, op string) (map[string]string, error) {
		return nil, failed(connector.Denied, op, "", nil)
	}
	class(t, r.CheckColumns(t.Context()), connector.Denied, "")
}

// A column that an answer does not have, and one that is only empty in it.
func TestLost(t *testing.T) {
	t.Parallel()
	columns := resource.Columns{"a": {Field: "first"}, "b": {Field: "second"}, "c": {Field: "third"}}
	sent, got := resource.Named{}, resource.Named{}
	*sent.At("c"), *sent.At("b"), *sent.At("a") = mapping.Of("x"), mapping.Of("y"), mapping.Of("")
	if f := columns.Lost(sent, got); f != "second" {
		t.Errorf("lost is %q", f)
	}
	got.At("b")
	if f := columns.Lost(sent, got); f != "third" {
		t.Errorf("lost is %q", f)
	}
	got.At("c")
	if f := columns.Lost(sent, got); f != "" || columns.Lost(sent, nil) != "" {
		t.Errorf("lost is %q", f)
	}
}
