package mapping_test

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
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
	mapping.Date("born", "02-01-2006", func(w *wire) *mapping.Value { return &w.Born }),
	mapping.Enum("gender", map[string]string{"male": "M", "female": "V"}, func(w *wire) *mapping.Value { return &w.Gender }),
	mapping.Flag("former", func(w *wire) *mapping.Value { return &w.Former }),
	mapping.Set("teams", ", ", func(w *wire) *mapping.Value { return &w.Teams }),
	mapping.Text("removed", func(w *wire) *mapping.Value { return &w.Removed }).As(mapping.Null),
}

var spec = value.Spec{Types: record.Types{
	"name": {Class: record.ClassText, Fold: true}, "born": {Class: record.ClassBirth}, "gender": {Class: record.ClassCode, Codes: []string{"male", "female"}},
	"former": {Class: record.ClassFlag}, "teams": {Class: record.ClassSet}, "removed": {Class: record.ClassDate},
}, Options: value.Options{Region: "NL", Today: "2026-11-28"}}

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
			got := table.Decode(&in, spec)
			if got.Unreadable != nil || !maps.Equal(got.Fields, c.want) {
				t.Fatalf("decoded %v; want %v", got, c.want)
			}
			if err := table.Encode(got.Fields, &out, spec); err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(out)
			if err != nil || string(b) != c.json {
				t.Fatalf("encoded %s, %v; want %s", b, err, c.json)
			}
		})
	}
}

// A field that cannot be read takes no other with it, and is not empty.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		json  string
		field record.Field
		why   string
	}{
		"unknown code":      {`{"name":"Noor","gender":"Q-secret"}`, "gender", "unknown code"},
		"an object":         {`{"name":"Noor","born":{"day":"secret"}}`, "born", "neither text nor number nor flag"},
		"a list":            {`{"name":"Noor","teams":["secret"]}`, "teams", "neither text nor number nor flag"},
		"no date":           {`{"name":"Noor","born":"secret"}`, "born", "not a date in the expected form"},
		"born tomorrow":     {`{"name":"Noor","born":"29-11-2026"}`, "born", "in the future"},
		"never born":        {`{"name":"Noor","born":"0000-00-00"}`, "born", "not a date in the expected form"},
		"no flag":           {`{"name":"Noor","former":"secret"}`, "former", "neither true nor false"},
		"a NUL in a member": {`{"name":"Noor","teams":"a, secret\u0000"}`, "teams", value.HasNUL},
		"Latin-1":           {"{\"name\":\"Noor\",\"teams\":\"secr\xe9t\"}", "teams", value.BadBytes},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var in wire
			if err := json.Unmarshal([]byte(c.json), &in); err != nil {
				t.Fatal(err)
			}
			got := table.Decode(&in, spec)
			if !maps.Equal(got.Fields, record.Fields{"name": "Noor"}) || !maps.Equal(got.Unreadable, map[record.Field]string{c.field: c.why}) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// A false is empty where the row says so, and only the JSON boolean is.
func TestFalseIsEmpty(t *testing.T) {
	t.Parallel()
	loose := mapping.Table[wire]{
		mapping.Text("name", func(w *wire) *mapping.Value { return &w.Name }).FalseIsEmpty(),
		mapping.Date("born", "02-01-2006", func(w *wire) *mapping.Value { return &w.Born }).FalseIsEmpty(),
		mapping.Flag("former", func(w *wire) *mapping.Value { return &w.Former }),
	}
	for text, want := range map[string]record.Fields{
		`{"name":false,"born":false,"former":false}`: {"name": "", "born": "", "former": "false"},
		`{"name":"false","born":""}`:                 {"name": "false", "born": ""},
	} {
		var in wire
		if err := json.Unmarshal([]byte(text), &in); err != nil {
			t.Fatal(err)
		}
		if got := loose.Decode(&in, spec); got.Unreadable != nil || !maps.Equal(got.Fields, want) {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

// What comes in another form is read, and written in the one form.
func TestCanonical(t *testing.T) {
	t.Parallel()
	in := wire{
		Name: mapping.Of("Noor\u00a0 Hof\u200b"), Born: mapping.Of("2012-02-29T00:00:00"), Gender: mapping.Of(" V"),
		Former: mapping.Value{Set: true, Form: mapping.Number, Text: "1"}, Teams: mapping.Of("b,\na ,b"),
	}
	want := record.Fields{"name": "Noor Hof", "born": "2012-02-29", "gender": "female", "former": "true", "teams": "a\nb"}
	if got := table.Decode(&in, spec); got.Unreadable != nil || !maps.Equal(got.Fields, want) {
		t.Errorf("%+v", got)
	}
	var out wire
	if err := table.Encode(record.Fields{"name": " Noor  Hof", "teams": "b\na\nb", "born": "2090-01-01"}, &out, spec); err != nil ||
		out.Name.Text != "Noor Hof" || out.Teams.Text != "a, b" || out.Born.Text != "01-01-2090" {
		t.Errorf("%+v, %v", out, err)
	}
}

// A value that cannot be written names its field and not itself.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	bad := record.Fields{"gender": "Q-secret", "born": "secret", "former": "secret", "name": "secret\x00", "teams": "secr\xe9t"}
	for f, v := range bad {
		var out wire
		fault, ok := errors.AsType[*mapping.Error](table.Encode(record.Fields{f: v}, &out, spec))
		if !ok || fault.Field != f || strings.Contains(fault.Error(), "secr") {
			t.Errorf("%s: %v", f, fault)
		}
	}
	wrong := mapping.Value{Set: true, Wrong: "of another form"}
	if _, err := json.Marshal(wire{Name: wrong}); err == nil {
		t.Error("what could not be read was written")
	}
}
