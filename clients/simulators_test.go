package clients_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/touchline-sync/touchline/clients"
)

// TestSimulators holds every simulator to what docs/simulators.md says of all of them.
func TestSimulators(t *testing.T) {
	t.Parallel()
	for _, system := range clients.Simulators() {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			sim, info, err := clients.StartSimulator(system, clients.SimOptions{Members: 12, Seed: 5})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := sim.Close(); err != nil {
					t.Error(err)
				}
			})
			r := clients.SimRemote{Info: info}
			call := func(method, path string, in, out any) {
				t.Helper()
				if err := r.Call(t.Context(), method, path, in, out); err != nil {
					t.Fatal(err)
				}
			}
			dump := func() string {
				var raw json.RawMessage
				call(http.MethodGet, "/dump", nil, &raw)
				return string(raw)
			}
			start := dump()
			var whole json.RawMessage
			call(http.MethodGet, "/dump", nil, &whole)
			for _, bad := range []string{`[]`, `{"`, `7`, `null`} {
				if r.Call(t.Context(), http.MethodPost, "/load", json.RawMessage(bad), nil) == nil || dump() != start {
					t.Errorf("the dump %s was taken, or has changed the state", bad)
				}
			}
			call(http.MethodPost, "/load", whole, nil)
			if dump() != start {
				t.Error("a dump that is loaded is another state")
			}
			call(http.MethodPost, "/reset", nil, nil)
			if dump() != start {
				t.Error("a reset does not lead back to the start")
			}
			for name, f := range map[string]any{
				"a misspelt fault": map[string]any{"mtch": 1}, "a fault of no kind": map[string]any{"do": map[string]any{"kind": "none"}},
			} {
				if r.Call(t.Context(), http.MethodPost, "/faults", f, nil) == nil {
					t.Errorf("%s was taken", name)
				}
			}
			// What was asked is in the log, also what nobody answers.
			for part, at := range info.Addresses {
				resp, err := http.Get(at + "/no/such/path") //nolint:gosec // our own simulator
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				log, err := r.Requests(t.Context(), 0)
				if err != nil || len(log) == 0 || log[len(log)-1].Part != part || log[len(log)-1].Status != resp.StatusCode {
					t.Errorf("part %s answers %d, and the log shows %+v, %v", part, resp.StatusCode, log, err)
				}
			}
			again, other, err := clients.StartSimulator(system, clients.SimOptions{Members: 12, Seed: 5})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = again.Close() }()
			r = clients.SimRemote{Info: other}
			if dump() != start {
				t.Error("the same seed makes another state")
			}
		})
	}
}
