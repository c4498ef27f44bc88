package tagserver

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/organisation"
	"github.com/touchline-sync/touchline/sync/record/participant"
	"github.com/touchline-sync/touchline/sync/record/tag"
)

// of is the collection of a kind.
func (b *bundle) of(kind record.Kind) connector.Collection {
	for _, c := range b.conn.Collections() {
		if c.Kind == kind {
			return c
		}
	}
	panic("no such kind")
}

func (b *bundle) settings(t *testing.T, set map[string]any) {
	t.Helper()
	simtest.Control(t, b.Remote, http.MethodPatch, "/settings", set, nil)
}

// row is a record as it stands at the server.
func (b *bundle) row(t *testing.T, table string, id record.ExternalID) map[string]any {
	t.Helper()
	var all map[string]json.RawMessage
	simtest.Control(t, b.Remote, http.MethodGet, "/dump", nil, &all)
	var rows []map[string]any
	if err := json.Unmarshal(all[table], &rows); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if n, _ := json.Marshal(r["id"]); string(n) == string(id) {
			return r
		}
	}
	return nil
}

// wantClass wants an error of a class, for a field, that says why.
func wantClass(t *testing.T, err error, class connector.Class, field record.Field, why string) {
	t.Helper()
	e, ok := errors.AsType[*connector.Error](err)
	if !ok || e.Class != class || e.Field != field || !strings.Contains(e.Error(), why) {
		t.Errorf("%v, want class %s, field %q, %q", err, class, field, why)
	}
}

// A known emsId is a 500 that says nothing, or what a handler answers: the record that
// is there is found by its emsId and brought to what is wanted.
func TestKnownID(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 409, 400} {
		b := setup(t)
		b.settings(t, map[string]any{"duplicate": status})
		there := b.enter(t, "people", map[string]any{"emsId": 1000, "lastName": "Oud", "nationality": "ZA"})
		item, err := b.of(eventperson.Kind).Create(t.Context(), parents{}.sample(eventperson.Kind, 0))
		if err != nil || string(item.ID) != there || !item.Adopted {
			t.Errorf("%d: %+v, %v", status, item.ID, err)
		}
		if r := b.row(t, "people", item.ID); r["firstName"] != "Zoë" || r["nationality"] != "ZA" {
			t.Errorf("%d: what stands there is not what is wanted, or has lost what is not ours", status)
		}
	}
}

// A refusal that the server does not explain is looked into: it names the bib, waits for
// the tag or for what is referred to, or is the record's own after three times.
func TestWhy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.parents(t, "")
	participants, tags := b.of(participant.Kind), b.of(tag.Kind)
	if _, err := participants.Create(t.Context(), p.sample(participant.Kind, 0)); err != nil {
		t.Fatal(err)
	}
	// One person wears a bib twice, another does not; in another event anybody may.
	same := p.sample(participant.Kind, 1)
	same[participant.Bib] = p.sample(participant.Kind, 0)[participant.Bib]
	if _, err := participants.Create(t.Context(), same); err != nil {
		t.Errorf("a bundle: %v", err)
	}
	other := same.Over(record.Fields{id: "1002", participant.Person: b.enter(t, "people", map[string]any{"emsId": 2, "lastName": "Ander"})})
	_, err := participants.Create(t.Context(), other)
	wantClass(t, err, connector.Rejected, participant.Bib, "another participant")
	withdrawn := other.Over(record.Fields{participant.Active: "false"})
	if _, err := participants.Create(t.Context(), withdrawn); err != nil {
		t.Errorf("who has withdrawn: %v", err)
	}
	b.settings(t, map[string]any{"bibs": "participant"})
	_, err = participants.Create(t.Context(), same.Over(record.Fields{id: "1003"}))
	wantClass(t, err, connector.Rejected, participant.Bib, "another participant")

	first, err := tags.Create(t.Context(), p.sample(tag.Kind, 0))
	if err != nil {
		t.Fatal(err)
	}
	second := p.sample(tag.Kind, 0).Over(record.Fields{id: "1001"})
	_, err = tags.Create(t.Context(), second)
	wantClass(t, err, connector.Waiting, "", "open for another wearer")
	if _, err := tags.Update(t.Context(), first.ID, connector.Patch{Set: record.Fields{tag.ValidTo: "2026-05-09T10:00:00Z"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := tags.Create(t.Context(), second); err != nil {
		t.Errorf("after the first is closed: %v", err)
	}

	lost := p.sample(participant.Kind, 5).Over(record.Fields{participant.Race: "424242"})
	_, err = participants.Create(t.Context(), lost)
	wantClass(t, err, connector.Waiting, "", "race is not there")

	if _, err := b.sim.Inject(simkit.Fault{
		Match: simkit.Match{Method: http.MethodPost, Path: "/api/organisations"},
		Do: simkit.Do{
			Kind: simkit.FaultStatus, Status: 500, Headers: map[string]string{"Content-Type": "application/problem+json"},
			Body: `{"type":"about:blank","title":"Internal Server Error","status":500,"message":"error.http.500"}`,
		},
	}); err != nil {
		t.Fatal(err)
	}
	for _, class := range []connector.Class{connector.Transient, connector.Transient, connector.Rejected} {
		_, err = b.of(organisation.Kind).Create(t.Context(), p.sample(organisation.Kind, 7))
		wantClass(t, err, class, "", "")
	}
}

// What others refer to is not deleted, and waits; nothing is deleted twice.
func TestDeleteWithChildren(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 409} {
		b := setup(t)
		b.settings(t, map[string]any{"children": status})
		p := b.parents(t, "")
		err := b.of(event.Kind).Delete(t.Context(), record.ExternalID(p[event.Kind]))
		wantClass(t, err, connector.Waiting, "", "refer to it")
		if e, ok := errors.AsType[*connector.Error](err); !ok || e.After <= 0 {
			t.Error("nobody knows when to try again")
		}
	}
}

// The token is fetched once, again before it ends, and again when the server was started
// anew with another secret. A right that is lacking asks for no new one.
func TestToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.settings(t, map[string]any{"life": 3600})
	people := b.of(eventperson.Kind)
	logins := func() (n int) {
		for _, r := range b.sim.Requests(0) {
			if r.Method == http.MethodPost && r.Path == "/api/authenticate" {
				n++
			}
		}
		return n
	}
	for i, step := range []struct {
		before func()
		logins int
	}{
		{func() {}, 1},
		{func() {}, 1},
		{func() {
			at := b.sim.Now().Add(3590 * time.Second)
			if err := b.sim.SetTime(simkit.Time{Now: &at}); err != nil {
				t.Fatal(err)
			}
		}, 2},
		{func() { simtest.Control(t, b.Remote, http.MethodPost, "/restart", nil, nil) }, 3},
	} {
		step.before()
		if _, err := people.Create(t.Context(), parents{}.sample(eventperson.Kind, i)); err != nil {
			t.Fatal(err)
		}
		if n := logins(); n != step.logins {
			t.Errorf("step %d: %d logins, want %d", i, n, step.logins)
		}
	}
	b.settings(t, map[string]any{"read_only": true})
	_, err := people.Create(t.Context(), parents{}.sample(eventperson.Kind, 9))
	if wantClass(t, err, connector.Denied, "", "403"); logins() != 3 {
		t.Error("a login for a right that is lacking")
	}
	if _, err = b.open(t).Check(t.Context()); err != nil || logins() != 3 { // another process has the token
		t.Errorf("%d logins, %v", logins(), err)
	}
	b.cfg.Password = "another"
	_, err = b.open(t).Check(t.Context())
	wantClass(t, err, connector.Denied, "", "401") // the token is of other credentials
}

// Both versions say whether one is signed in; a server without filters is noticed before
// anything is made twice, and the listing does not go in circles.
func TestVersionsAndFilters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, version := range []int{8, 7} {
		b.settings(t, map[string]any{"version": version})
		if at, err := b.conn.Check(t.Context()); err != nil || !strings.HasPrefix(at, "127.0.0.1:") {
			t.Errorf("version %d: %q, %v", version, at, err)
		}
	}
	b.settings(t, map[string]any{"no_filters": true})
	for n := range 3 {
		b.enter(t, "people", map[string]any{"emsId": 70 + n, "lastName": "Ander"})
	}
	people := b.of(eventperson.Kind)
	_, err := people.Find(t.Context(), parents{}.sample(eventperson.Kind, 0))
	wantClass(t, err, connector.Drifted, "", "emsId.equals")
	for _, err = range people.List(t.Context(), "") {
		if err != nil {
			break
		}
	}
	wantClass(t, err, connector.Drifted, "", "order of their ids")
}

// stranger answers a call with a 404, as a gateway does that has lost the server.
type stranger struct{ body *string }

func (s stranger) RoundTrip(r *http.Request) (*http.Response, error) {
	if *s.body == "none" {
		return http.DefaultTransport.RoundTrip(r)
	}
	return &http.Response{
		StatusCode: http.StatusNotFound, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(*s.body)), Request: r,
	}, nil
}

// That a record is not there the server says alone: what stands before it is not believed,
// whoever is to be deleted or erased.
func TestNotFoundByAnother(t *testing.T) {
	t.Parallel()
	b, body := setup(t), "none"
	conn, err := b.cfg.open(b.host, stranger{&body})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	b.conn = conn
	of := b.of(eventperson.Kind)
	item, err := of.Create(t.Context(), parents{}.sample(eventperson.Kind, 0))
	if err != nil {
		t.Fatal(err)
	}
	for _, body = range []string{"", "{}", `{"status":404}`, `{"message":"no Route matched with those values"}`} {
		_, err := of.Get(t.Context(), item.ID)
		for _, err := range []error{err, of.Delete(t.Context(), item.ID), of.Erase(t.Context(), item.ID, item.Fields)} {
			wantClass(t, err, connector.Drifted, "", "not the server's own")
		}
	}
	for _, body = range []string{`{"title":"Not Found","status":404}`, `{"message":"error.http.404"}`} {
		_, err := of.Get(t.Context(), item.ID)
		wantClass(t, err, connector.NotFound, "", "")
	}
}
