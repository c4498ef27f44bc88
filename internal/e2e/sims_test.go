package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/internal/oracle"
)

// object is a JSON object of a simulator.
type object = map[string]any

// simulator is one simulated system in the test's process. It outlives the
// program's processes.
type simulator struct {
	clients.SimRemote
	System string
}

func startSimulator(t testing.TB, system string, o clients.SimOptions) *simulator {
	t.Helper()
	sim, info, err := clients.StartSimulator(system, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	return &simulator{SimRemote: clients.SimRemote{Info: info}, System: system}
}

// Control makes a control call (docs/simulators.md). In and out may be nil.
func (s *simulator) Control(t testing.TB, method, path string, in, out any) {
	t.Helper()
	if err := s.Call(t.Context(), method, path, in, out); err != nil {
		t.Fatalf("%s: %v", s.System, err)
	}
}

// Dump is the simulator's whole state.
func (s *simulator) Dump(t testing.TB) []byte {
	t.Helper()
	var out json.RawMessage
	s.Control(t, http.MethodGet, "/dump", nil, &out)
	return out
}

// Load takes a dump in place of the state.
func (s *simulator) Load(t testing.TB, dump []byte) {
	t.Helper()
	s.Control(t, http.MethodPost, "/load", json.RawMessage(dump), nil)
}

// write is a line of the journal.
type write struct {
	Seq        int       `json:"seq"`
	Time       time.Time `json:"time"`
	Request    int       `json:"request"`
	Op         string    `json:"op"`
	Collection string    `json:"collection"`
	ID         string    `json:"id"`
	Before     object    `json:"before"`
	After      object    `json:"after"`
}

// WritesAfter is the journal of accepted changes after a number.
func (s *simulator) WritesAfter(t testing.TB, seq int) []write {
	t.Helper()
	var out []write
	s.Control(t, http.MethodGet, fmt.Sprintf("/writes?since=%d", seq), nil, &out)
	return out
}

// Written is the number of the last change in the journal.
func (s *simulator) Written(t testing.TB) int {
	t.Helper()
	all := s.WritesAfter(t, 0)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].Seq
}

// Fault adds a fault: do is its "do", match its "match". It returns its number.
func (s *simulator) Fault(t testing.TB, match, do object) int {
	t.Helper()
	var out struct{ ID int }
	s.Control(t, http.MethodPost, "/faults", object{"match": match, "do": do}, &out)
	return out.ID
}

// Named adds a fault of the system's own table, for all requests to a path.
func (s *simulator) Notified(t testing.TB, path, name, body string) int {
	t.Helper()
	return s.Fault(t, object{"path": path}, object{"kind": "named", "name": name, "body": body})
}

// Unfault takes a fault away.
func (s *simulator) Unfault(t testing.TB, id int) {
	t.Helper()
	s.Control(t, http.MethodDelete, fmt.Sprintf("/faults/%d", id), nil, nil)
}

// Members are the members of the Sportlink simulator, in the download's order.
func (s *simulator) Members(t testing.TB) []object {
	t.Helper()
	var out []object
	s.Control(t, http.MethodGet, "/members", nil, &out)
	return out
}

// lists are the mailing lists of the Laposta simulator.
func (s *simulator) Lists(t testing.TB) []mailingList {
	t.Helper()
	var out struct {
		Lists []mailingList `json:"lists"`
	}
	if err := json.Unmarshal(s.Dump(t), &out); err != nil {
		t.Fatal(err)
	}
	return out.Lists
}

type mailingList struct {
	ID      string `json:"list_id"`
	Members []struct {
		ID     string `json:"member_id"`
		Email  string `json:"email"`
		State  string `json:"state"`
		Custom object `json:"custom_fields"`
	} `json:"members"`
}

// rondoPerson is one person of the Rondo Club simulator.
type rondoPerson struct {
	ID     int    `json:"id"`
	Status string `json:"status"`
	Fields object `json:"fields"`
}

// People are the persons of the Rondo Club simulator.
func (s *simulator) People(t testing.TB) []rondoPerson {
	t.Helper()
	var out struct {
		People []rondoPerson `json:"people"`
	}
	if err := json.Unmarshal(s.Dump(t), &out); err != nil {
		t.Fatal(err)
	}
	return out.People
}

// text is a value of an object as a text.
func text(o object, name string) string {
	if o[name] == nil {
		return ""
	}
	return fmt.Sprint(o[name])
}

// judge fails the test when the targets do not hold what the oracle computes.
func (s *set) judge(t testing.TB) {
	t.Helper()
	found, err := oracle.Check(s.Sportlink.Dump(t), s.Laposta.Dump(t), s.Rondo.Dump(t))
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range found {
		if i == 20 {
			break
		}
		t.Error(d)
	}
	if len(found) > 0 {
		t.Fatalf("%d differences from the oracle", len(found))
	}
}

// journal remembers how far the journals of both targets are.
type journal struct{ laposta, rondo int }

func (s *set) journal(t testing.TB) journal {
	t.Helper()
	return journal{s.Laposta.Written(t), s.Rondo.Written(t)}
}

// describe tells what changes changed, without values.
func describe(all []write) string {
	var b strings.Builder
	for i, w := range all {
		if i == 5 {
			b.WriteString("\n  and so on")
			break
		}
		fmt.Fprintf(&b, "\n  %s %s %s:", w.Op, w.Collection, w.ID)
		for _, part := range []string{"", "custom_fields", "fields", "meta"} {
			before, after := w.Before, w.After
			if part != "" {
				before, _ = w.Before[part].(object)
				after, _ = w.After[part].(object)
			}
			for name, v := range after {
				if _, nested := v.(object); !nested && fmt.Sprint(v) != fmt.Sprint(before[name]) {
					b.WriteString(" " + name)
				}
			}
		}
	}
	return b.String()
}

// quiet fails the test when a target has accepted a change since.
func (s *set) quiet(t testing.TB, since journal) {
	t.Helper()
	for sim, seq := range map[*simulator]int{s.Laposta: since.laposta, s.Rondo: since.rondo} {
		if w := sim.WritesAfter(t, seq); len(w) > 0 {
			t.Errorf("%s has accepted %d changes:%s", sim.System, len(w), describe(w))
		}
	}
}

// normal is an address as addresses are compared.
func normal(address string) string { return strings.ToLower(strings.TrimSpace(address)) }
