package simkit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// counter is a small simulator: POST /n/{id} adds one.
type counter struct {
	N map[string]int `json:"n"`
}

func (c *counter) Reset()                 { c.N = map[string]int{} }
func (c *counter) Dump() any              { return c }
func (c *counter) Load(data []byte) error { return json.Unmarshal(data, c) }

type bundle struct {
	*simkit.Kit
	simkit.Remote
	state *counter
	base  string
}

func setup(t *testing.T) *bundle {
	t.Helper()
	s := &counter{N: map[string]int{}}
	k := simkit.New("counter", s)
	k.Part("api", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if k.Fault(r, "refuse") {
			w.WriteHeader(http.StatusConflict)
			return
		}
		k.Lock()
		defer k.Unlock()
		if r.Method == http.MethodPost {
			before := s.N[r.URL.Path]
			s.N[r.URL.Path]++
			k.Accepted(simkit.Change{By: r, Op: "update", Collection: "n", ID: r.URL.Path, Before: before, After: before + 1})
		}
		fmt.Fprintf(w, "%s is %d now", r.URL.Path, s.N[r.URL.Path])
	}))
	k.Part("other", http.NotFoundHandler())
	k.Credential("key", "invented")
	info, err := k.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return &bundle{Kit: k, Remote: simkit.Remote{Info: info}, state: s, base: info.Addresses["api"]}
}

// do makes a request on a connection of its own, so that no client repeats it.
func (b *bundle) do(t *testing.T, method, path string) (int, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.base+path, strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

func TestFaults(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		do     simkit.Do
		status int
		body   string // part of it
		broken bool
		after  int // what the counter says afterwards
	}{
		"status":      {do: simkit.Do{Kind: "status", Status: 503, Body: "later"}, status: 503, body: "later"},
		"delay":       {do: simkit.Do{Kind: "delay", Delay: "10ms"}, status: 200, body: "is 1 now", after: 1},
		"drop":        {do: simkit.Do{Kind: "drop"}, broken: true},
		"drop-after":  {do: simkit.Do{Kind: "drop-after"}, broken: true, after: 1},
		"delay-after": {do: simkit.Do{Kind: "delay-after", Delay: "10ms"}, status: 200, body: "is 1 now", after: 1},
		"cut":         {do: simkit.Do{Kind: "cut"}, status: 200, broken: true, after: 1},
		"html":        {do: simkit.Do{Kind: "html"}, status: 200, body: "<form"},
		"body":        {do: simkit.Do{Kind: "body", Body: `{"data":[]}`}, status: 200, body: `{"data":[]}`},
		"named":       {do: simkit.Do{Kind: "named", Name: "refuse"}, status: 409},
		"other name":  {do: simkit.Do{Kind: "named", Name: "elsewhere"}, status: 200, after: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if _, err := b.Remote.Inject(t.Context(), simkit.Fault{Match: simkit.Match{Part: "api", Method: "POST"}, Do: c.do}); err != nil {
				t.Fatal(err)
			}
			status, body, err := b.do(t, "POST", "/n/1")
			if status != c.status || !strings.Contains(body, c.body) || (err != nil) != c.broken {
				t.Errorf("status %d, body %q, error %v", status, body, err)
			}
			b.Lock()
			got := b.state.N["/n/1"]
			b.Unlock()
			if got != c.after {
				t.Errorf("counter %d, want %d", got, c.after)
			}
			if n := len(b.Kit.Writes(0)); n != c.after {
				t.Errorf("%d lines in the journal, want %d", n, c.after)
			}
		})
	}
}

func TestFaultWindow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, err := b.Remote.Inject(t.Context(), simkit.Fault{
		Match: simkit.Match{Path: "/n/*", Query: map[string]string{"who": "a*"}},
		After: 1, Times: 2, Do: simkit.Do{Kind: "status", Status: 500},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, path := range []string{"/n/1", "/n/1?who=b", "/n/1?who=a", "/n/1?who=ab", "/m/1?who=a", "/n/2?who=a", "/n/2?who=a"} {
		status, _, err := b.do(t, "GET", path)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, status)
	}
	if want := "[200 200 200 500 200 500 200]"; fmt.Sprint(got) != want {
		t.Errorf("statuses %v, want %s", got, want)
	}
	if f := b.Faults(); len(f) != 1 || f[0].Matched != 4 || f[0].Hits != 2 {
		t.Errorf("counters %+v", f)
	}
	if err := b.Remote.ClearFault(t.Context(), id); err != nil || len(b.Faults()) != 0 {
		t.Errorf("clear: %v, left %d", err, len(b.Faults()))
	}
	if err := b.Remote.ClearFault(t.Context(), id); err == nil {
		t.Error("clearing a fault twice went unnoticed")
	}
}

func TestProbabilityIsRepeatable(t *testing.T) {
	t.Parallel()
	run := func() string {
		b := setup(t)
		if _, err := b.Kit.Inject(simkit.Fault{Probability: 0.5, Seed: 7, Do: simkit.Do{Kind: "status", Status: 500}}); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for range 40 {
			status, _, err := b.do(t, "GET", "/")
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(&out, status/500)
		}
		return out.String()
	}
	first := run()
	if first != run() || !strings.Contains(first, "0") || !strings.Contains(first, "1") {
		t.Errorf("pattern %s", first)
	}
}

func TestUnknownFaults(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, do := range []simkit.Do{{Kind: "explode"}, {Kind: "delay", Delay: "soon"}, {Kind: "named"}, {Kind: "status"}} {
		if _, err := b.Remote.Inject(t.Context(), simkit.Fault{Do: do}); err == nil {
			t.Errorf("fault %+v was taken", do)
		}
	}
}

func TestLogAndJournal(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range [][2]string{{"GET", "/n/1?x=y"}, {"POST", "/n/1"}, {"POST", "/n/2"}} {
		if _, _, err := b.do(t, c[0], c[1]); err != nil {
			t.Fatal(err)
		}
	}
	log, err := b.Remote.Requests(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(log) != 2 || log[0].Seq != 2 || log[0].Path != "/n/1" || log[0].Status != 200 || log[0].BodySize != 4 || len(log[0].BodyHash) != 64 {
		t.Errorf("log %+v", log)
	}
	writes, err := b.Remote.Writes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(writes) != 2 || writes[1].Request != 3 || writes[1].ID != "/n/2" || writes[1].After != 1.0 {
		t.Errorf("journal %+v", writes)
	}
}

func TestStateThroughControl(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if _, _, err := b.do(t, "POST", "/n/1"); err != nil {
		t.Fatal(err)
	}
	var dump json.RawMessage
	ctx := t.Context()
	if err := b.Call(ctx, "GET", "/dump", nil, &dump); err != nil {
		t.Fatal(err)
	}
	if err := b.Call(ctx, "POST", "/reset", nil, nil); err != nil || b.state.N["/n/1"] != 0 {
		t.Errorf("reset: %v, state %v", err, b.state.N)
	}
	if len(b.Kit.Requests(0)) != 0 || len(b.Kit.Writes(0)) != 0 {
		t.Error("reset left a log")
	}
	if err := b.Call(ctx, "POST", "/load", dump, nil); err != nil || b.state.N["/n/1"] != 1 {
		t.Errorf("load: %v, state %v", err, b.state.N)
	}
	if err := b.Call(ctx, "POST", "/load", "no dump", nil); err == nil {
		t.Error("a malformed dump was taken")
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	ctx := t.Context()
	var out struct{ Now time.Time }
	if err := b.Call(ctx, "POST", "/clock", map[string]any{"now": at, "freeze": true}, &out); err != nil || !out.Now.Equal(at) || !b.Now().Equal(at) {
		t.Fatalf("frozen: %v, %v, %v", err, out.Now, b.Now())
	}
	begun := time.Now()
	if err := b.Call(ctx, "POST", "/clock", map[string]any{"freeze": false}, nil); err != nil {
		t.Fatal(err)
	}
	const near = time.Minute // the two clocks of the machine are not quite one
	if now := b.Now(); now.Before(at.Add(-near)) || now.After(at.Add(time.Since(begun)+near)) {
		t.Errorf("frozen at %s it goes on at %s", at, now)
	}
	if err := b.Call(ctx, "POST", "/clock", map[string]any{"offset": "-24h"}, nil); err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	if before, now, after := time.Now(), b.Now(), time.Now(); now.Before(before.Add(-day-near)) || now.After(after.Add(-day+near)) {
		t.Errorf("at %s it shows %s, want a day behind", before, now)
	}
	if err := b.Call(ctx, "POST", "/clock", map[string]any{"offset": "tomorrow"}, nil); err == nil {
		t.Error("a malformed offset was taken")
	}
}

func TestControlNeedsToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Remote.Info.ControlToken += "x"
	for _, path := range []string{"/dump", "/requests", "/writes", "/faults"} {
		if err := b.Call(t.Context(), "GET", path, nil, nil); err == nil || !strings.Contains(err.Error(), "401") {
			t.Errorf("%s without the token: %v", path, err)
		}
	}
	if status, _, err := b.do(t, "GET", "/dump"); err != nil || status != 200 || len(b.Kit.Requests(0)) != 1 {
		t.Errorf("a control path at a part: %d, %v", status, err)
	}
}

func TestLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{"0.0.0.0:0", ":0", "192.0.2.1:80", "nonsense"} {
		k := simkit.New("counter", &counter{})
		k.Part("api", http.NotFoundHandler())
		if _, err := k.Start(listen); err == nil {
			t.Errorf("listened on %q", listen)
			_ = k.Close()
		}
	}
	if _, err := simkit.New("counter", &counter{}).Start(""); err == nil {
		t.Error("started without a part")
	}
}

func TestPartsHaveOrigins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	seen := map[string]bool{b.Info.Control: true}
	for _, a := range b.Info.Addresses {
		seen[a] = true
	}
	if len(seen) != 3 || b.Address("other") == "" {
		t.Errorf("addresses %v, control %s", b.Info.Addresses, b.Info.Control)
	}
	if b.Info.Credentials["key"] != "invented" || b.Info.System != "counter" {
		t.Errorf("info %+v", b.Info)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.do(t, "GET", "/"); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("still there after Close: %v", err)
	}
}

func TestCallsOfItsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.Kit.Inject(simkit.Fault{
		Match: simkit.Match{Part: "hooks", Path: "box_*"}, After: 1, Times: 1, Do: simkit.Do{Kind: simkit.FaultNamed, Name: "late", Delay: "2s"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var hits []string
	for _, path := range []string{"box_opened", "lid_opened", "box_shut", "box_opened"} {
		e := &simkit.Request{Part: "hooks", Method: "POST", Path: path}
		if do, hit := b.FaultOf(e, "late"); hit {
			hits = append(hits, path+" "+do.Delay+" "+e.Fault)
		}
		if _, hit := b.FaultOf(e, "lost"); hit {
			t.Errorf("%s: hit by a fault that is not there", path)
		}
	}
	if len(hits) != 1 || hits[0] != "box_shut 2s late" {
		t.Errorf("hits %v", hits)
	}
	if n := len(b.Kit.Requests(0)); n != 0 {
		t.Errorf("%d requests in the log", n)
	}

	begun, ended := make(chan struct{}), make(chan struct{})
	b.Go(func(ctx context.Context) {
		close(begun)
		<-ctx.Done()
		close(ended)
	})
	<-begun
	if err := b.Kit.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	default:
		t.Error("Close has not waited")
	}
}
