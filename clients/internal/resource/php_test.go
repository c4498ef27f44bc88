package resource_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/resource"
)

func TestPHP(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`["a","b"]`:             "[0 1] map[0:a 1:b]",
		`{"10":"a", "2" : "b"}`: "[2 10] map[2:b 10:a]",
		` [] `:                  "[] map[]",
		`{}`:                    "[] map[]",
		`null`:                  "[] map[]",
	} {
		var p resource.PHP[string]
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got := fmt.Sprint(p.Keys(), p); got != want || (p == nil) != (text == "null") {
			t.Errorf("%s is %s, nil: %v", text, got, p == nil)
		}
	}
	for _, text := range []string{`{"a":"b"}`, `[1]`, `"a"`} {
		var p resource.PHP[string]
		if err := json.Unmarshal([]byte(text), &p); err == nil {
			t.Errorf("%s is read as %v", text, p)
		}
	}
}
