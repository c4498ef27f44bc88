package chatwoot

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/clients/chatwoot/chatwootsim"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// crowd makes n contacts, named in the order of their numbers.
func (b *bundle) crowd(t *testing.T, n int, name string) (ids []record.ExternalID) {
	t.Helper()
	for i := range n {
		full := name
		if name == "" {
			full = fmt.Sprintf("Passant %03d", i)
		}
		ids = append(ids, b.there(t, map[string]any{"name": full, "email": fmt.Sprintf("p%03d@example.org", i)}))
	}
	return ids
}

// TestListWhileContactsMove: whatever agents do while the pages are read, each
// contact that is there before and after is given, and none twice.
func TestListWhileContactsMove(t *testing.T) {
	t.Parallel()
	drop := func(t *testing.T, b *bundle, id record.ExternalID) {
		t.Helper()
		simtest.Control(t, b.Remote, "DELETE", "/contacts/"+string(id), nil, nil)
	}
	cases := map[string]struct {
		name  string                                                           // of all; empty: each its own
		begin func(t *testing.T, b *bundle, ids []record.ExternalID)           // before
		after func(t *testing.T, b *bundle, ids []record.ExternalID, page int) // each page
		calls int                                                              // to the list, in the end; 0: any
		sure  bool                                                             // the count fits
	}{
		"nothing happens": {calls: 4, sure: true},
		"one that was read goes": {after: func(t *testing.T, b *bundle, ids []record.ExternalID, page int) {
			if page == 1 {
				drop(t, b, ids[3])
			}
		}},
		"several that were read go": {after: func(t *testing.T, b *bundle, ids []record.ExternalID, page int) {
			if page == 2 {
				for _, id := range ids[:9] {
					drop(t, b, id)
				}
			}
		}},
		"one that was not read goes": {sure: true, after: func(t *testing.T, b *bundle, ids []record.ExternalID, page int) {
			if page == 1 {
				drop(t, b, ids[40])
			}
		}},
		"one comes at the front": {sure: true, after: func(t *testing.T, b *bundle, _ []record.ExternalID, page int) {
			if page == 2 {
				b.there(t, map[string]any{"name": "Aaf", "email": "aaf@example.org"})
			}
		}},
		"one moves to the front unread": {sure: true, after: func(t *testing.T, b *bundle, ids []record.ExternalID, page int) {
			if page == 1 {
				b.edit(t, ids[40], map[string]any{"name": "Aaf"})
			}
		}},
		"one moves to the end again": {sure: true, after: func(t *testing.T, b *bundle, ids []record.ExternalID, page int) {
			if page == 1 {
				b.edit(t, ids[2], map[string]any{"name": "Zus"})
			}
		}},
		"all rank alike, in another order on each page": {sure: true, name: "Passant", begin: func(t *testing.T, b *bundle, _ []record.ExternalID) {
			_, err := b.Inject(t.Context(), simkit.Fault{Match: simkit.Match{Path: "*/contacts"}, Do: simkit.Do{Kind: simkit.FaultNamed, Name: "ties"}})
			if err != nil {
				t.Fatal(err)
			}
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, chatwootsim.Options{})
			ids := b.crowd(t, 58, c.name)
			if c.begin != nil {
				c.begin(t, b, ids)
			}
			var dump struct{ Contacts []stands }
			living := func() map[record.ExternalID]bool {
				simtest.Control(t, b.Remote, "GET", "/dump", nil, &dump)
				out := map[record.ExternalID]bool{}
				for _, s := range dump.Contacts {
					out[record.ExternalID(fmt.Sprint(s.ID))] = true
				}
				return out
			}
			given := map[record.ExternalID]int{}
			n := 0
			var last connector.Page
			for p, err := range b.contacts.List(t.Context(), "") {
				if err != nil {
					t.Fatal(err)
				}
				for _, i := range p.Items {
					given[i.ID]++
				}
				if n++; c.after != nil {
					c.after(t, b, ids, n)
				}
				last = p
			}
			for id := range living() {
				if slices.Contains(ids, id) && given[id] != 1 {
					t.Errorf("contact %s is given %d times", id, given[id])
				}
			}
			for id, times := range given {
				if times != 1 {
					t.Errorf("contact %s is given %d times", id, times)
				}
			}
			if e := last.Evidence; !e.End || !e.Stated || (e.Count == len(given)) != c.sure {
				t.Errorf("%d given, the end says %+v", len(given), e)
			}
			if calls := len(b.sim.Requests(0)); c.calls != 0 && calls != c.calls {
				t.Errorf("%d calls, want %d", calls, c.calls)
			}
		})
	}
}

// TestListGoesOn: a listing can be taken up at each of its cursors.
func TestListGoesOn(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	ids := b.crowd(t, 40, "")
	var pages []connector.Page
	for p, err := range b.contacts.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, p)
	}
	for i := range pages[:len(pages)-1] {
		have := map[record.ExternalID]bool{}
		for _, p := range pages[:i+1] {
			for _, item := range p.Items {
				have[item.ID] = true
			}
		}
		end := false
		for p, err := range b.open(t).Collections()[0].List(t.Context(), pages[i].Next) {
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range p.Items {
				have[item.ID] = true
			}
			end = p.Evidence.End
		}
		if len(have) != len(ids) || !end {
			t.Errorf("from cursor %d: %d of %d, the end seen %v", i+1, len(have), len(ids), end)
		}
	}
	for _, cursor := range []connector.Cursor{"page", "page=0&order=1", "page=2&order=9", "order=1", "%"} {
		for _, err := range b.contacts.List(t.Context(), cursor) {
			wantClass(t, err, connector.Drifted, "cursor")
		}
	}
}

// TestListOfNobody: an empty account is whole, too.
func TestListOfNobody(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	n := 0
	for p, err := range b.contacts.List(t.Context(), "") {
		if n++; err != nil || len(p.Items) > 0 {
			t.Errorf("%v, %v", p, err)
		}
		if e := p.Evidence; e.End && (!e.Stated || e.Count != 0) {
			t.Errorf("evidence %+v", e)
		}
	}
	if n == 0 {
		t.Error("no page")
	}
}

// TestNeverListed: a contact that no list may show says so when it is asked for by itself.
func TestNeverListed(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	for name, c := range map[string]struct {
		body map[string]any
		want bool
	}{
		"an address": {map[string]any{"name": "Anna", "email": "anna@example.org"}, false},
		"a phone":    {map[string]any{"name": "Bram", "phone_number": "+31612345601"}, false},
		"neither":    {map[string]any{"name": "Cas"}, true},
	} {
		id := b.there(t, c.body)
		item, err := b.contacts.Get(t.Context(), id)
		if err != nil || item.Unlisted != c.want {
			t.Errorf("%s: %v, %v", name, item.Unlisted, err)
		}
		listed := false
		for p, err := range b.contacts.List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			listed = listed || slices.ContainsFunc(p.Items, func(it connector.Item) bool { return it.ID == id })
		}
		if listed == c.want {
			t.Errorf("%s: listed %v", name, listed)
		}
	}
}

func TestThrottled(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{Limits: true})
	simtest.Control(t, b.Remote, "POST", "/clock", map[string]any{"now": "2026-03-02T09:00:18Z", "freeze": true}, nil)
	b.cfg.PerMinute = 1_000_000
	c := b.open(t).Collections()[0]
	var err error
	for n := 0; err == nil && n < 200; n++ {
		_, err = c.Find(t.Context(), record.Fields{"id": fmt.Sprint(n)})
		if connector.ClassOf(err) == connector.NotFound {
			err = nil
		}
	}
	e := wantClass(t, err, connector.Throttled, "429")
	if e.After.Seconds() != 42 {
		t.Errorf("wait of %s, want the rest of the minute", e.After)
	}
	simtest.Control(t, b.Remote, "POST", "/clock", map[string]any{"now": "2026-03-02T09:01:00Z", "freeze": true}, nil)
	if _, err := c.Find(t.Context(), record.Fields{"id": "1"}); connector.ClassOf(err) != connector.NotFound {
		t.Errorf("in the next minute: %v", err)
	}
}

// TestClasses: what the answers of ChatWoot, and of what stands before it, mean.
func TestClasses(t *testing.T) {
	t.Parallel()
	page := "<html><title>502 Bad Gateway</title></html>"
	cases := map[string]struct {
		do    simkit.Do
		class connector.Class
	}{
		"wrong token":            {simkit.Do{Kind: simkit.FaultStatus, Status: 401, Body: `{"error":"Invalid Access Token"}`}, connector.Denied},
		"not paid":               {simkit.Do{Kind: simkit.FaultStatus, Status: 402, Body: `{"error":"Account limit exceeded"}`}, connector.Denied},
		"forbidden":              {simkit.Do{Kind: simkit.FaultStatus, Status: 403, Body: `{"error":"no"}`}, connector.Denied},
		"forbidden by a proxy":   {simkit.Do{Kind: simkit.FaultStatus, Status: 403, Body: page}, connector.Transient},
		"not found by a proxy":   {simkit.Do{Kind: simkit.FaultStatus, Status: 404, Body: page}, connector.Transient},
		"throttled by a proxy":   {simkit.Do{Kind: simkit.FaultStatus, Status: 429, Body: page}, connector.Transient},
		"bad gateway":            {simkit.Do{Kind: simkit.FaultHTML, Status: 502, Body: page}, connector.Transient},
		"proxy page":             {simkit.Do{Kind: simkit.FaultNamed, Name: "proxy-page"}, connector.Transient},
		"too many":               {simkit.Do{Kind: simkit.FaultStatus, Status: 429, Body: "Retry later\n"}, connector.Throttled},
		"not found":              {simkit.Do{Kind: simkit.FaultStatus, Status: 404, Body: `{"error":"Resource could not be found"}`}, connector.NotFound},
		"no such backend":        {simkit.Do{Kind: simkit.FaultStatus, Status: 404, Body: "default backend - 404"}, connector.Drifted},
		"no such route":          {simkit.Do{Kind: simkit.FaultStatus, Status: 404, Body: `{"message":"no route"}`}, connector.Drifted},
		"refused without a word": {simkit.Do{Kind: simkit.FaultStatus, Status: 422, Body: `{"error":"no"}`}, connector.Rejected},
		"bad request":            {simkit.Do{Kind: simkit.FaultStatus, Status: 400, Body: `{}`}, connector.Drifted},
		"no contact":             {simkit.Do{Kind: simkit.FaultBody, Body: `{}`}, connector.Drifted},
		"an unreadable contact":  {simkit.Do{Kind: simkit.FaultBody, Body: `{"payload":{"id":1,"name":"","identifier":{},"additional_attributes":{},"custom_attributes":{}}}`}, connector.Rejected},
		"another contact":        {simkit.Do{Kind: simkit.FaultBody, Body: `{"payload":{"id":77,"name":"","additional_attributes":{},"custom_attributes":{}}}`}, connector.Drifted},
		"broken":                 {simkit.Do{Kind: simkit.FaultStatus, Status: 500, Body: `{"error":"x"}`}, connector.Transient},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, chatwootsim.Options{})
			b.cfg.transport = nil // what a proxy answers is not described
			b.contacts = b.open(t).Collections()[0]
			id := b.there(t, map[string]any{"email": "x@example.org"})
			if _, err := b.Inject(t.Context(), simkit.Fault{Match: simkit.Match{Path: "*/contacts/*"}, Do: c.do}); err != nil {
				t.Fatal(err)
			}
			_, err := b.contacts.Get(t.Context(), id)
			wantClass(t, err, c.class, "")
		})
	}
}

// A change that is answered without the contact, or with another, is not taken for one that
// had nothing to send.
func TestChangedWithoutAnswer(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"payload":null}`, `{"payload":{"id":77,"name":"","additional_attributes":{},"custom_attributes":{}}}`} {
		b := setup(t, chatwootsim.Options{})
		b.cfg.transport = nil // what is answered so is not described
		b.contacts = b.open(t).Collections()[0]
		id := b.there(t, map[string]any{"email": "x@example.org"})
		if _, err := b.Inject(t.Context(), simkit.Fault{Match: simkit.Match{Method: "PUT", Path: "*/contacts/*"}, Do: simkit.Do{Kind: simkit.FaultBody, Body: body}}); err != nil {
			t.Fatal(err)
		}
		_, err := b.contacts.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.FirstName: "Noor"}})
		wantClass(t, err, connector.Drifted, "")
	}
}

// TestRefusalsNameFields: which field is at fault, and never its value.
func TestRefusalsNameFields(t *testing.T) {
	t.Parallel()
	a := &account{}
	for body, field := range map[string]record.Field{
		`{"message":"Email has already been taken","attributes":["email"]}`:                   "email",
		`{"message":"Telefone já está em uso","attributes":["phone_number"]}`:                 "phone",
		`{"message":"Identifier has already been taken","attributes":["identifier","email"]}`: "id",
		`{"message":"Name x@example.org is too long","attributes":["shoe","name"]}`:           "first_name",
		`{"message":"x@example.org","attributes":["x@example.org"]}`:                          "",
		`{"error":"x@example.org"}`: "",
		`x@example.org`:             "",
	} {
		e := a.judge(422, []byte(body))
		if e == nil || e.Class != connector.Rejected || e.Field != field || slices.Contains([]string{e.Why}, "x@example.org") {
			t.Errorf("%s: %+v", body, e)
		}
	}
	if got := slices.Sorted(maps.Keys(attributes)); len(got) != 4 {
		t.Errorf("attributes %v", got)
	}
}
