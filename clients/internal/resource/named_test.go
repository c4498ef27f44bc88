package resource_test

import (
	"encoding/json"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/resource"
)

func TestNamed(t *testing.T) {
	t.Parallel()
	var n resource.Named
	if err := json.Unmarshal([]byte(`{"A":"x","B":null,"C":{"street":"y"}}`), &n); err != nil || n.At("C").Wrong == "" || !n.At("B").Set || n.At("D").Set {
		t.Errorf("%v, %v", n, err)
	}
	if out, err := json.Marshal(n); err != nil || string(out) != `{"A":"x","B":null}` || n.IsZero() {
		t.Errorf("%s, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`[]`), &n); err != nil || !n.IsZero() || n.At("A") == nil {
		t.Errorf("%v, %v", n, err)
	}
}
