package simkit_test

import (
	"net/http"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
)

// A control call of a system's own knows the members of its body, and refuses others.
func TestPost(t *testing.T) {
	t.Parallel()
	k := simkit.New("desk", &simkit.Store{})
	k.Part("api", http.NotFoundHandler())
	type move struct {
		To string `json:"to"`
	}
	at := ""
	simkit.Post(k, "/desks/{nr}", func(r *http.Request, in move) (any, error) {
		switch {
		case r.PathValue("nr") != "1":
			return nil, simkit.ErrMissing
		case in.To == "":
			return nil, nil
		}
		at = in.To
		return in, nil
	})
	r := simtest.Start(t, k)
	var said move
	simtest.Control(t, r, "POST", "/desks/1", move{To: "hall"}, &said)
	simtest.Control(t, r, "POST", "/desks/1", move{}, nil)
	if at != "hall" || said.To != at {
		t.Errorf("at %q, said %q", at, said.To)
	}
	for path, body := range map[string]any{"/desks/2": move{To: "x"}, "/desks/1": map[string]string{"too": "x"}} {
		if err := r.Call(t.Context(), "POST", path, body, nil); err == nil || at != "hall" {
			t.Errorf("%s %v: %v, at %q", path, body, err, at)
		}
	}
}
