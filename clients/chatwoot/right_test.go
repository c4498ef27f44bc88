package chatwoot

import (
	"errors"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/chatwoot/chatwootsim"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// A right that is missing concerns the call: the record is told, and the credentials
// are as good as before.
func TestMissingRight(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"agent": true}, nil)
	id := b.create(t, sample(0)) // the attributes cannot be defined: logged, and no more
	if !strings.Contains(b.host.Logged(), "may not define") {
		t.Errorf("logged %q", b.host.Logged())
	}
	for _, c := range []struct {
		text, why string
		class     connector.Class
	}{{"You are not authorized to do this action", "an administrator may", connector.Rejected}, {"Invalid Access Token", "401", connector.Denied}} {
		fault, err := b.Inject(t.Context(), simkit.Fault{Match: simkit.Match{Method: "PUT"}, Do: simkit.Do{
			Kind: simkit.FaultStatus, Status: 401, Body: `{"error":"` + c.text + `"}`,
		}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.contacts.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.City: "Elders"}, Key: key(sample(0))})
		wantClass(t, err, c.class, c.why)
		if err := b.ClearFault(t.Context(), fault); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever is called: a right that is missing is no word on the token. Its own profile
// anybody may read, so that a 401 there is one.
func TestMissingRightEverywhere(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	b.cfg.transport = nil // most of these are not described
	b.conn = b.open(t)
	b.contacts, b.talks = b.conn.Collections()[0], b.conn.Collections()[1]
	id := b.create(t, sample(0))
	b.disturb(t, 401, `{"error":"You are not authorized to do this action"}`)
	list := func(c connector.Collection, since connector.Cursor) (last error) {
		for _, err := range c.List(t.Context(), since) {
			last = err
		}
		return last
	}
	for what, call := range map[string]func() error{
		"list contacts":  func() error { return list(b.contacts, "") },
		"get contact":    func() error { _, err := b.contacts.Get(t.Context(), id); return err },
		"find contact":   func() error { _, err := b.contacts.Find(t.Context(), sample(0)); return err },
		"create contact": func() error { _, err := b.contacts.Create(t.Context(), sample(1)); return err },
		"update contact": func() error {
			_, err := b.contacts.Update(t.Context(), id, connector.Patch{Set: sample(0)})
			return err
		},
		"list conversations": func() error { return list(b.talks, "") },
		"since":              func() error { return list(b.talks, "ours=5&theirs=5") },
		"get conversation":   func() error { _, err := b.talks.Get(t.Context(), "1"); return err },
	} {
		err := call()
		e, ok := errors.AsType[*connector.Error](err)
		if !ok || e.Class != connector.Rejected || !e.Unsent || !strings.Contains(e.Why, "an administrator may") {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := b.conn.Check(t.Context())
	wantClass(t, err, connector.Denied, "401")
}

// Other refusals with 401 are no word on the token either, unless the profile of its
// user says so.
func TestRefusedWithoutWordOnTheToken(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	id := b.create(t, sample(0))
	update := func() error {
		_, err := b.contacts.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.City: "Elders"}, Key: key(sample(0))})
		return err
	}
	for _, text := range []string{"Access to this endpoint is not authorized for bots", "You are not authorized to access this account"} {
		fault, err := b.Inject(t.Context(), simkit.Fault{Match: simkit.Match{Path: "*/contacts/*"}, Do: simkit.Do{
			Kind: simkit.FaultStatus, Status: 401, Body: `{"error":"` + text + `"}`,
		}})
		if err != nil {
			t.Fatal(err)
		}
		if e := wantClass(t, update(), connector.Rejected, "an administrator may"); !e.Unsent {
			t.Errorf("%s: the call may have had an effect", text)
		}
		simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"outside": true}, nil)
		if e := wantClass(t, update(), connector.Denied, "not a member"); !e.Unsent {
			t.Errorf("%s: the call may have had an effect", text)
		}
		simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"outside": false}, nil)
		if err := b.ClearFault(t.Context(), fault); err != nil {
			t.Fatal(err)
		}
	}
	if err := update(); err != nil {
		t.Fatal(err)
	}
}

// Who was taken out of the account, or is no administrator, is told at Check.
func TestCheckTellsTheRole(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"agent": true}, nil)
	if _, err := b.conn.Check(t.Context()); err != nil || !strings.Contains(b.host.Logged(), "no administrator") {
		t.Errorf("%v, logged %q", err, b.host.Logged())
	}
	simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"outside": true}, nil)
	_, err := b.conn.Check(t.Context())
	wantClass(t, err, connector.Denied, "not a member")
	_, err = b.contacts.Get(t.Context(), "1")
	wantClass(t, err, connector.Denied, "not a member")
}

// Who is erased is deleted by an administrator alone, and when they are not online.
func TestErase(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	id := b.there(t, map[string]any{"name": "Els Voorbeeld", "email": "els@example.org", "online": true})
	erase := func() error { return b.contacts.Erase(t.Context(), id, nil) }
	if e := wantClass(t, erase(), connector.Waiting, "online"); e.After <= 0 {
		t.Error("it is not said when it is tried again")
	}
	b.edit(t, id, map[string]any{"online": false})
	simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"agent": true}, nil)
	wantClass(t, erase(), connector.Rejected, "an administrator may")
	simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"agent": false, "delete_after": "0s"}, nil)
	for range 2 {
		if err := erase(); err != nil {
			t.Error(err)
		}
	}
	_, err := b.contacts.Get(t.Context(), id)
	wantClass(t, err, connector.NotFound, "")
}
