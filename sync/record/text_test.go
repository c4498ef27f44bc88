package record_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/touchline-sync/touchline/sync/record"
)

var odd = []string{
	"", "a", `"`, `\`, `a\"b`, "é", "a\nb\tc", "\x00", "\u2028", "<&>", "\xff", "😀", `\u0041`, "{", "[\"x\",\"y\"]", " ",
}

// TestFieldsAsJSON writes and reads values of all sorts as encoding/json does.
func TestFieldsAsJSON(t *testing.T) {
	t.Parallel()
	for _, a := range odd {
		for _, b := range odd {
			f := record.Fields{record.Field("n" + b): a, "x": b, record.Field(a): "y"}
			want, _ := json.Marshal(f)
			if got := f.Encode(); string(got) != string(want) {
				t.Fatalf("%q is written %s, not %s", f, got, want)
			}
			var read record.Fields
			_ = json.Unmarshal(want, &read)
			if got := record.DecodeFields(want); !reflect.DeepEqual(got, read) {
				t.Fatalf("%s is read as %q", want, got)
			}
			c := record.Change{"x": {a, b}, record.Field(b): {b, a}}
			want, _ = json.Marshal(c)
			if got := c.Encode(); string(got) != string(want) {
				t.Fatalf("%q is written %s, not %s", c, got, want)
			}
			var change record.Change
			_ = json.Unmarshal(want, &change)
			if got, err := record.DecodeChange(want); err != nil || !reflect.DeepEqual(got, change) {
				t.Fatalf("%s is read as %q: %v", want, got, err)
			}
		}
	}
}

// FuzzDecode reads whatever comes as encoding/json does.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"", "{}", " { } ", "null", `{"a": "b", "c": "d"}`, `{"a": ["b", "c"]}`, `{"a": null}`, `{"a": 1, "b": "x"}`, `{"a": "b"} x`, `{"a": "b",}`,
		`{,"a": "b"}`, `{"a": "b" "c": "d"}`, `{"a": ["b"]}`, `{"a": ["b", "c", "d"]}`, `{"a": "\ud800"}`, `{"a": "\`, "{\"a\": \"\xff\"}", `{"a"`, `[]`, `{"a": "b", "a": "c"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		want := record.Fields{}
		if len(b) > 0 {
			_ = json.Unmarshal(b, &want)
		}
		if got := record.DecodeFields(b); len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%q is read as %q, not %q", b, got, want)
		}
		var change record.Change
		err := json.Unmarshal(b, &change)
		if got, failed := record.DecodeChange(b); (failed != nil) != (err != nil) || len(got)+len(change) > 0 && !reflect.DeepEqual(got, change) {
			t.Errorf("%q is read as %q, not %q", b, got, change)
		}
	})
}
