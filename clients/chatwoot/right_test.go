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

// Whatever is called: a right that is missing is no word on the token.
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
		"check":          func() error { _, err := b.conn.Check(t.Context()); return err },
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
}
