package mapping_test

import (
	"encoding/json"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
)

type wire struct {
	Name    mapping.Value `json:"name,omitzero"`
	Born    mapping.Value `json:"born,omitzero"`
	Gender  mapping.Value `json:"gender,omitzero"`
	Former  mapping.Value `json:"former,omitzero"`
	Teams   mapping.Value `json:"teams,omitzero"`
	Removed mapping.Value `json:"removed,omitzero"`
}

var table = mapping.Table[wire]{
	mapping.Text("name", func(w *wire) *mapping.Value { return &w.Name }),
	mapping.Convert("born", shift("02-01-2006", time.DateOnly), shift(time.DateOnly, "02-01-2006"),
		func(w *wire) *mapping.Value { return &w.Born }),
	mapping.Enum("gender", map[string]string{"male": "M", "female": "V"}, func(w *wire) *mapping.Value { return &w.Gender }),
	mapping.Flag("former", func(w *wire) *mapping.Value { return &w.Former }),
	mapping.Set("teams", ", ", func(w *wire) *mapping.Value { return &w.Teams }),
	mapping.Text("removed", func(w *wire) *mapping.Value { return &w.Removed }).As(mapping.Null),
}

// shift writes a date of one layout in another.
func shift(from, to string) func(string) (string, error) {
	return func(s string) (string, error) {
		d, err := time.Parse(from, s)
		return d.Format(to), err
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		json string
		want record.Fields
	}{
		"everything": {
			`{"name":"Zoë van 't Hof-Ünal","born":"29-02-2012","gender":"V","former":true,"teams":"JO11-2, JO9-1","removed":"2026-06-30"}`,
			record.Fields{"name": "Zoë van 't Hof-Ünal", "born": "2012-02-29", "gender": "female", "former": "true", "teams": "JO11-2\nJO9-1", "removed": "2026-06-30"},
		},
		"empty is not absent": {`{"name":"","removed":null}`, record.Fields{"name": "", "removed": ""}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var in, out wire
			if err := json.Unmarshal([]byte(c.json), &in); err != nil {
				t.Fatal(err)
			}
			got, err := table.Decode(&in)
			if err != nil || !maps.Equal(got, c.want) {
				t.Fatalf("decoded %v, %v; want %v", got, err, c.want)
			}
			if err := table.Encode(got, &out); err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(out)
			if err != nil || string(b) != c.json {
				t.Fatalf("encoded %s, %v; want %s", b, err, c.json)
			}
		})
	}
}

func TestUnknownCode(t *testing.T) {
	t.Parallel()
	in := wire{Name: mapping.Of("Noor"), Gender: mapping.Of("Q-secret")}
	got, err := table.Decode(&in)
	var fault *mapping.Error
	if !errors.As(err, &fault) || fault.Field != "gender" {
		t.Fatalf("error %v, want one that names the field", err)
	}
	if got["name"] != "Noor" {
		t.Fatalf("what could be read was lost: %v", got)
	}
}
