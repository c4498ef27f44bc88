package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

const (
	// held is how long the request or the answer at a moment is kept back, so
	// that the victim dies within it.
	held = 700 * time.Millisecond
	// scatter is what a moment may be off, by its seed.
	scatter = 150 * time.Millisecond
)

// moment is when in a run something happens: at the nth request of a kind,
// before or after the system has acted on it, or when a step begins.
type moment struct {
	Name string
	// System, Method and Path say which requests, N how many of them pass
	// first; After that the system has done what it was asked to.
	System, Method, Path string
	N                    int
	After                bool
	// Step is the beginning of an action, where System is empty.
	Step touchlinev1.Action
	// Off is how much later it is.
	Off time.Duration
}

// String names the moment so that it can be found again.
func (m moment) String() string {
	when := "before"
	if m.After {
		when = "after"
	}
	if m.System == "" {
		return fmt.Sprintf("%s, %s later", m.Name, m.Off)
	}
	return fmt.Sprintf("%s, %s request %d, %s later", m.Name, when, m.N+1, m.Off)
}

// places are where in a run moments lie; Most is the number of requests of the
// kind that a run of a small club certainly has.
type placed struct {
	moment
	Most int
}

// inTheRun are moments over the whole of a run. Who carries them out is the
// server, and the database all.
var inTheRun = []placed{
	{moment{Name: "create at rondoclub", System: "rondoclub", Method: "POST", Path: "/wp-json/wp/v2/people", After: true}, 60},
	{moment{Name: "create at laposta", System: "laposta", Method: "POST", Path: "/v2/member", After: true}, 50},
	{moment{Name: "decide", Step: touchlinev1.Action_ACTION_PLAN}, 0},
	{moment{Name: "read rondoclub", System: "rondoclub", Method: "GET", Path: "/wp-json/wp/v2/people", After: true}, 0},
	{moment{Name: "read laposta", System: "laposta", Method: "GET", Path: "/v2/member"}, 3},
	{moment{Name: "read sportlink", System: "sportlink", Method: "POST", Path: "*/SearchMembers", After: true}, 0},
	{moment{Name: "create at rondoclub", System: "rondoclub", Method: "POST", Path: "/wp-json/wp/v2/people"}, 60},
	{moment{Name: "create at laposta", System: "laposta", Method: "POST", Path: "/v2/member"}, 50},
	{moment{Name: "begin", Step: touchlinev1.Action_ACTION_READ}, 0},
	{moment{Name: "a write begins", Step: touchlinev1.Action_ACTION_WRITE}, 0},
}

// inTheBrowser are moments of a browser's work: from its start to the answer
// with all members, and one when it has nothing to do.
var inTheBrowser = []placed{
	{moment{Name: "search", System: "sportlink", Method: "POST", Path: "*/SearchMembers", After: true}, 0},
	{moment{Name: "sign-in", System: "sportlink", Method: "POST", Path: "*/authenticate", After: true}, 1},
	{moment{Name: "any request", System: "sportlink", Path: "*"}, 20},
	{moment{Name: "search page", System: "sportlink", Method: "GET", Path: "/member/search"}, 0},
	{moment{Name: "token", System: "sportlink", Method: "POST", Path: "*/token", After: true}, 0},
	{moment{Name: "code", System: "sportlink", Method: "POST", Path: "*/authenticate"}, 1},
	{moment{Name: "begin", Step: touchlinev1.Action_ACTION_READ}, 0},
	{moment{Name: "search", System: "sportlink", Method: "POST", Path: "*/SearchMembers"}, 0},
	{moment{Name: "any request", System: "sportlink", Path: "*", After: true}, 20},
	{moment{Name: "a write begins", Step: touchlinev1.Action_ACTION_WRITE}, 0},
}

// moments returns n moments of a seed, at the first two of the places and at
// others.
func moments(seed uint64, from []placed, n int) []moment {
	r := rand.New(rand.NewPCG(seed, uint64(len(from[0].Name)))) //nolint:gosec // no secret
	out := make([]moment, 0, n)
	for _, p := range from {
		m := p.moment
		if p.Most > 0 {
			m.N = r.IntN(p.Most)
		}
		m.Off = time.Duration(r.Int64N(int64(scatter))).Round(time.Millisecond)
		out = append(out, m)
	}
	rest := out[2:]
	r.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	return out[:n]
}

// arm makes the moment last, and returns what waits for it in a run.
func (m moment) arm(t testing.TB, s *set) func(run string) {
	t.Helper()
	if m.System == "" {
		return func(run string) {
			t.Helper()
			s.awaitStep(t, run, m.Step)
			pause(t, m.Off)
		}
	}
	sim := map[string]*simulator{"sportlink": s.Sportlink, "laposta": s.Laposta, "rondoclub": s.Rondo}[m.System]
	kind := "delay"
	if m.After {
		kind = "delay-after"
	}
	var fault struct{ ID int }
	sim.Control(t, http.MethodPost, "/faults", object{
		"match": object{"method": m.Method, "path": m.Path}, "after": m.N, "times": 1,
		"do": object{"kind": kind, "delay": (held + scatter).String()},
	}, &fault)
	return func(run string) {
		t.Helper()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		end := time.Now().Add(time.Minute)
		for sim.hits(t, fault.ID) == 0 {
			if time.Now().After(end) {
				t.Fatalf("%s: never came%s", m, s.where(run))
			}
			<-tick.C
		}
		pause(t, m.Off)
	}
}

// hits is how often a fault has struck.
func (s *simulator) hits(t testing.TB, id int) int {
	t.Helper()
	var out []struct{ ID, Hits int }
	s.Control(t, http.MethodGet, "/faults", nil, &out)
	for _, f := range out {
		if f.ID == id {
			return f.Hits
		}
	}
	return 0
}

// awaitStep waits until a step of a run with an action is at work.
func (s *set) awaitStep(t testing.TB, run string, action touchlinev1.Action) {
	t.Helper()
	found := false
	err := s.watch(t.Context(), run, 0, func(e *touchlinev1.RunEvent) bool {
		for _, step := range e.GetSteps() {
			found = found || step.GetAction() == action && step.GetState() == touchlinev1.StepState_STEP_STATE_RUNNING
		}
		return !found
	})
	if !found {
		t.Fatalf("no step with %s: %v%s", action, err, s.where(run))
	}
}

// request is a line of a simulator's request log.
type request struct {
	Seq    int       `json:"seq"`
	Time   time.Time `json:"time"`
	Part   string    `json:"part"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Query  string    `json:"query"`
	Body   string    `json:"body_sha256"`
	Status int       `json:"status"`
}

// line is the request without its number and time.
func (r request) line() string {
	return fmt.Sprintf("%s %s?%s %.12s", r.Method, r.Path, r.Query, r.Body)
}

// log is the whole request log.
func (s *simulator) log(t testing.TB) []request {
	t.Helper()
	var out []request
	s.Control(t, http.MethodGet, "/requests?since=0", nil, &out)
	return out
}

// same tells whether two objects hold the same.
func same(a, b object) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
