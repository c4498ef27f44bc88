package mailchimp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mailchimp/mailchimpsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

func document(title string, status int, more string) string {
	return fmt.Sprintf(`{"type":"https://mailchimp.com/developer/marketing/docs/errors/","title":%q,"status":%d,"detail":"about zoë@example.org","instance":"i"%s}`, title, status, more)
}

// TestErrors is the table of errors, as a create sees them.
func TestErrors(t *testing.T) {
	t.Parallel()
	field := func(name string) string { return `,"errors":[{"field":"` + name + `","message":"zoë@example.org"}]` }
	cases := map[string]struct {
		status int
		body   string
		class  connector.Class
		field  record.Field
		unsent bool
	}{
		"member exists":        {400, document("Member Exists", 400, ""), connector.Rejected, eventperson.Email, false},
		"compliance":           {400, document("Member In Compliance State", 400, ""), connector.Waiting, "", true},
		"forgotten":            {400, document("Forgotten Email Not Subscribed", 400, ""), connector.Waiting, "", true},
		"invalid":              {400, document("Invalid Resource", 400, ""), connector.Rejected, "", false},
		"invalid phone":        {400, document("Invalid Resource", 400, field("PHONE")), connector.Rejected, eventperson.Phone, false},
		"invalid address":      {400, document("Invalid Resource", 400, field("email_address")), connector.Rejected, eventperson.Email, false},
		"invalid status":       {400, document("Invalid Resource", 400, field("status_if_new")), connector.Rejected, eventperson.Consent, false},
		"a field not of ours":  {400, document("Invalid Resource", 400, field("SHOE")), connector.Rejected, "", false},
		"looks fake":           {400, `{"title":"Invalid Resource","status":400,"detail":"zoë@example.org looks fake or invalid, please"}`, connector.Rejected, eventperson.Email, false},
		"our own fault":        {400, document("JSON Parse Error", 400, ""), connector.Drifted, "", false},
		"no document":          {400, "<html>", connector.Drifted, "", false},
		"key":                  {401, document("API Key Invalid", 401, ""), connector.Denied, "", false},
		"user disabled":        {403, document("User Disabled", 403, ""), connector.Denied, "", false},
		"403 without document": {403, "<html><h1>Forbidden</h1></html>", connector.Throttled, "", false},
		"403 without anything": {403, "", connector.Throttled, "", false},
		"no such list":         {404, document("Resource Not Found", 404, ""), connector.Drifted, "", false},
		"method":               {405, document("Method Not Allowed", 405, ""), connector.Drifted, "", false},
		"too many":             {429, document("Too Many Requests", 429, ""), connector.Throttled, "", false},
		"too many, no body":    {429, "", connector.Throttled, "", false},
		"compliance of all":    {451, document("Compliance Related", 451, ""), connector.Denied, "", false},
		"internal":             {500, document("Internal Server Error", 500, ""), connector.Transient, "", false},
		"proxy":                {502, "<html>", connector.Transient, "", false},
		"another form":         {200, `{"members":[]}`, connector.Drifted, "", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupSim(t, mailchimpsim.Options{})
			if _, err := b.sim.Inject(simkit.Fault{Match: simkit.Match{Method: "PUT"}, Do: simkit.Do{Kind: "body", Status: c.status, Body: c.body}}); err != nil {
				t.Fatal(err)
			}
			_, err := b.one.Create(t.Context(), sample(0))
			wantClass(t, err, c.class, "")
			e, ok := errors.AsType[*connector.Error](err)
			if !ok || e.Field != c.field || e.Unsent != c.unsent || e.Class == connector.Throttled && e.After <= 0 {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestNotThere(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	_, err := b.one.Get(t.Context(), "none")
	wantClass(t, err, connector.NotFound, "")
	b.list(t, map[string]any{"hidden": true})
	_, err = b.conn.Check(t.Context())
	wantClass(t, err, connector.Drifted, "no list")
	_, err = b.one.WriteMany(t.Context(), []connector.Op{{Want: sample(0)}})
	wantClass(t, err, connector.Drifted, "no list")
	for _, err := range b.one.List(t.Context(), "") {
		wantClass(t, err, connector.Drifted, "no list")
	}
}

// Only MailChimp itself can say that a contact is not there: what a proxy says with 404
// makes nobody gone, archived or erased.
func TestNotThereByAProxy(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"<html>Not Found</html>", "default backend - 404", `{"message":"no route"}`, ""} {
		b := setupSim(t, mailchimpsim.Options{})
		_, id := b.create(t, 0)
		fault := simkit.Fault{Match: simkit.Match{Path: "*/members/*"}, Do: simkit.Do{Kind: simkit.FaultStatus, Status: 404, Body: body}}
		if _, err := b.sim.Inject(fault); err != nil {
			t.Fatal(err)
		}
		key := sample(0).Only(eventperson.KeyFields)
		_, err := b.one.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.FirstName: "Nomvula"}, Key: key})
		wantClass(t, err, connector.Drifted, "is base_url the address of the API?")
		wantClass(t, b.one.Delete(t.Context(), id), connector.Drifted, "status 404")
		wantClass(t, b.one.Erase(t.Context(), id, key), connector.Drifted, "status 404")
	}
}

// TestTimeout asks once: a call that nobody waits for any more may go on there.
func TestTimeout(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	_, id := b.create(t, 0)
	b.cfg.Timeout = 200 * time.Millisecond
	slow := b.open(t).Collections()[0]
	if _, err := b.sim.Inject(simkit.Fault{Do: simkit.Do{Kind: "named", Name: "slow", Body: "10s"}}); err != nil {
		t.Fatal(err)
	}
	before := len(b.sent.Sent())
	_, err := slow.Get(t.Context(), id)
	wantClass(t, err, connector.Throttled, "no answer in time")
	if e, ok := errors.AsType[*connector.Error](err); !ok || e.After != longTimeout || e.Unsent {
		t.Errorf("%+v", e)
	}
	if n := len(b.sent.Sent()) - before; n != 1 {
		t.Errorf("%d calls", n)
	}
	// The same when it is the caller who does not wait.
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = b.one.Get(ctx, id)
	wantClass(t, err, connector.Throttled, "no answer in time")
}

// gauge counts the calls that are open at once.
type gauge struct {
	next       http.RoundTripper
	open, most atomic.Int32
}

func (g *gauge) RoundTrip(r *http.Request) (*http.Response, error) {
	n := g.open.Add(1)
	for {
		most := g.most.Load()
		if n <= most || g.most.CompareAndSwap(most, n) {
			break
		}
	}
	resp, err := g.next.RoundTrip(r)
	if err != nil {
		g.open.Add(-1)
		return nil, err
	}
	resp.Body = &held{ReadCloser: resp.Body, release: func() { g.open.Add(-1) }}
	return resp, nil
}

// held is a body that says when it is closed.
type held struct {
	io.ReadCloser
	release func()
}

func (h *held) Close() error {
	defer h.release()
	return h.ReadCloser.Close()
}

// No more calls are open at once than the settings say, however many are wanted.
func TestParallel(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	_, id := b.create(t, 0)
	g := &gauge{next: b.cfg.transport}
	b.cfg.transport = g
	one := b.open(t).Collections()[0]
	if _, err := b.sim.Inject(simkit.Fault{Do: simkit.Do{Kind: "named", Name: "slow", Body: "20ms"}}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() {
			if _, err := one.Get(t.Context(), id); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most := g.most.Load(); most != 4 || g.open.Load() != 0 {
		t.Errorf("%d calls at once, want 4; %d still open", most, g.open.Load())
	}
}

// TestTooManyConnections is the remote side's own limit, for one who does not
// keep to it.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	if _, err := b.sim.Inject(simkit.Fault{Match: simkit.Match{Path: "/3.0/lists"}, Do: simkit.Do{Kind: "named", Name: "slow", Body: "1h"}}); err != nil {
		t.Fatal(err)
	}
	call := func(ctx context.Context, path string) int {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.Info.Addresses["api"]+path, http.NoBody)
		if err != nil {
			return 0
		}
		req.Header.Set("Authorization", "Bearer "+b.Info.Credentials["api_key"])
		resp, err := b.watch.RoundTrip(req)
		if err != nil {
			return 0
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	held, remove := context.WithCancel(t.Context())
	defer remove()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { call(held, "/3.0/lists") })
	}
	until := func(status int) { // the ten come and go in their own time
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for call(ctx, "/3.0/ping") != status {
			if ctx.Err() != nil {
				t.Fatalf("never answered with %d", status)
			}
		}
	}
	until(http.StatusTooManyRequests)
	remove()
	wg.Wait()
	until(http.StatusOK)
}

func TestBare403(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	if _, err := b.sim.Inject(simkit.Fault{Times: 1, Do: simkit.Do{Kind: "named", Name: "forbidden"}}); err != nil {
		t.Fatal(err)
	}
	b.cfg.transport = &http.Transport{} // the page is not in the description
	_, err := b.open(t).Check(t.Context())
	wantClass(t, err, connector.Throttled, "403")
	if e, ok := errors.AsType[*connector.Error](err); ok && e.After < time.Second {
		t.Errorf("to be tried again after %s", e.After)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	first, err := b.conn.Check(t.Context())
	if err != nil || first != "us99/"+b.cfg.ListID {
		t.Errorf("fingerprint %q, %v", first, err)
	}
	b.cfg.ListID = b.Info.Credentials["list_2"]
	if other, err := b.open(t).Check(t.Context()); err != nil || other == first {
		t.Errorf("a list was swapped: %q, %v", other, err)
	}
	b.cfg.ListID = b.Info.Credentials["list_1"]
	b.list(t, map[string]any{"merge_fields": fieldsWith("EMSID", map[string]any{"type": "date"})})
	_, err = b.conn.Check(t.Context())
	wantClass(t, err, connector.Drifted, "of an unfit type: EMSID")
	b.list(t, map[string]any{"merge_fields": fieldsWith("MEMBERSHIP", nil)})
	_, err = b.conn.Check(t.Context())
	wantClass(t, err, connector.Drifted, "there is no field MEMBERSHIP")
	b.cfg.APIKey = "invented-us99"
	_, err = b.open(t).Check(t.Context())
	wantClass(t, err, connector.Denied, "")
}

func TestListing(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{Members: 200, Seed: 9})
	b.cfg.Page = 80
	one := b.open(t).Collections()[0]
	edited := false
	seen := map[record.ExternalID]int{}
	for p, err := range one.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range p.Items {
			seen[item.ID]++
		}
		if !edited { // while it is read, 40 of the first page move to the end
			edited = true
			for i, item := range p.Items {
				if i < 40 {
					b.edit(t, item.ID, map[string]any{"language": "en"})
				}
			}
		}
	}
	if len(seen) != 200 {
		t.Errorf("%d contacts, want 200", len(seen))
	}
	for id, n := range seen {
		if n > 1 {
			t.Errorf("%s is there %d times", id, n)
		}
	}
	restore := simtest.Disturb(t, b.Remote, simkit.Match{Path: "/3.0/lists/*/members", Query: map[string]string{"offset": "40"}}, "broken")
	pages := 0
	for _, err := range one.List(t.Context(), "") {
		if pages++; pages == 2 {
			wantClass(t, err, connector.Transient, "")
		}
	}
	restore()
	for _, err := range one.List(t.Context(), "nonsense") {
		wantClass(t, err, connector.Drifted, "cursor")
	}
}
