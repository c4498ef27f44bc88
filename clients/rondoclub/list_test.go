package rondoclub_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/invent"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
)

func TestP327List(t *testing.T) {
	t.Parallel()
	all := sizetest.Of(t, 150, 200, 250)
	end := (all - 1) / 100 // the last page: there are 100 to a page, from 0
	b := setup(t, rondosim.Options{Members: all, Seed: 7})
	b.control("PATCH", "/people/120", object{"status": "draft"}, nil)
	b.control("DELETE", "/people/121", nil, nil)
	pages, err := b.list("")
	if err != nil || len(pages) != end+1 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	seen := map[string]bool{}
	for i, p := range pages {
		if last := i == end; !p.Evidence.SignedIn || !p.Evidence.Filters || p.Evidence.End != last || p.Evidence.Stated != last || (p.Next == "") != last {
			t.Errorf("page %d: %+v", i, p)
		}
		for _, item := range p.Items {
			seen[item.Fields[person.RelationCode]] = true
		}
	}
	if len(seen) != all-1 || pages[end].Evidence.Count != all-1 {
		t.Fatalf("%d persons, stated %d", len(seen), pages[end].Evidence.Count)
	}
	for _, m := range invent.Club(7, all) {
		delete(seen, m.PublicPersonID)
	}
	if len(seen) != 0 {
		t.Fatal("persons that nobody made")
	}
	if first := pages[0].Items[0].ID; first != "101" {
		t.Fatalf("the listing begins with %s, want the oldest: new persons must come at its end", first)
	}
	// Every record is what Get says of it.
	item := pages[1].Items[5]
	if got := b.get(item.ID); !maps.Equal(got, item.Fields) {
		t.Fatalf("listed %v\ngot %v", item.Fields, got)
	}
	// From the cursor on, in another process.
	b.open()
	rest, err := b.list(pages[0].Next)
	if err != nil || len(rest) != end || rest[0].Items[0].ID != pages[1].Items[0].ID || rest[end-1].Evidence.Count != all-1 {
		t.Fatalf("from the cursor: %d pages, %v", len(rest), err)
	}
}

func TestListThatSlidesAway(t *testing.T) {
	t.Parallel()
	all := sizetest.Of(t, 150, 200, 250)
	b := setup(t, rondosim.Options{Members: all, Seed: 7})
	n, stated := 0, 0
	for p, err := range b.people.List(b.ctx(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 { // a person goes, so that all behind move up by one
			b.control("DELETE", "/people/105", nil, nil)
		}
		n += len(p.Items) + len(p.Faults)
		if p.Evidence.Stated {
			stated = p.Evidence.Count
		}
	}
	if n != all-1 || stated != all {
		t.Fatalf("%d records and %d stated: one was passed over and must be missed", n, stated)
	}
}

func TestListRefusesToBeFooled(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{Members: 120, Seed: 7})
	b.inject(simkit.Fault{Match: simkit.Match{Path: "*/people"}, After: 1, Times: 1, Do: simkit.Do{Kind: simkit.FaultNamed, Name: "short"}})
	pages, err := b.list("")
	n := 0
	for _, p := range pages {
		n += len(p.Items)
	}
	if err != nil || n >= 120 || pages[1].Evidence.Count != 120 {
		t.Fatalf("short list: %d records, stated %d, %v", n, pages[1].Evidence.Count, err)
	}
	b.kit.ClearFaults()
	// Signed out between two pages, and between a page and the look after it.
	b.inject(simkit.Fault{Match: simkit.Match{Path: "*/people"}, After: 1, Do: simkit.Do{Kind: simkit.FaultNamed, Name: "anonymous"}})
	_, err = b.list("")
	b.class(err, connector.Denied)
	b.kit.ClearFaults()
	b.inject(simkit.Fault{Match: simkit.Match{Path: "*/users/me"}, After: 1, Do: simkit.Do{Kind: simkit.FaultNamed, Name: "anonymous"}})
	pages, err = b.list("")
	b.class(err, connector.Denied)
	if len(pages) != 0 {
		t.Fatal("a page without proof was given out")
	}
	b.kit.ClearFaults()
	b.inject(simkit.Fault{Match: simkit.Match{Path: "*/people"}, Do: simkit.Do{Kind: simkit.FaultHTML}})
	_, err = b.list("")
	b.class(err, connector.Drifted)
}

func TestFaultsInAList(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	head := map[string]string{"X-WP-Total": "4", "X-WP-TotalPages": "1"}
	body := `[{"id":1,"status":"publish","fields":{"first_name":"Zoë","gender":"Hof-Ünal"}},` +
		`{"id":2,"status":"publish","fields":{"first_name":["Zoë"]}},{"id":3,"acf":{"first_name":"Zoë"}},` +
		`{"id":4,"status":"publish","fields":{"first_name":"Noor","addresses":false,"relationships":"","birthdate":"20120229","former_member":"1"}}]`
	b.inject(simkit.Fault{Match: simkit.Match{Method: "GET", Path: "*/people"}, Do: simkit.Do{Kind: simkit.FaultBody, Headers: head, Body: body}})
	pages, err := b.list("")
	if err != nil || len(pages) != 1 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	var faults []string
	for _, f := range pages[0].Faults {
		faults = append(faults, fmt.Sprintf("%s/%s/%s", f.ID, f.Field, f.Why))
	}
	if want := []string{"3//the theme does not speak this dialect"}; !slices.Equal(faults, want) {
		t.Fatalf("faults %q", faults)
	}
	items := pages[0].Items
	if len(items) != 3 || items[0].Unreadable[person.Gender] != "unknown code" || items[1].Unreadable[person.FirstName] == "" {
		t.Fatalf("items %+v", items)
	}
	f := items[2].Fields
	if f[person.BirthDate] != "2012-02-29" || f[person.FormerMember] != "true" || f[person.City] != "" || f[family.Children] != "" {
		t.Fatalf("%v", f)
	}
	if _, ok := f[person.LastName]; ok {
		t.Fatal("a key that was missing is not empty but absent")
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{Members: 150, Seed: 7})
	member := b.create(zoe()).ID
	parent := b.create(record.Fields{person.FirstName: "Ouder Hof", person.Email1: "zoe@example.org"}).ID
	noMail := zoe()
	noMail[person.RelationCode], noMail[person.Email1] = "RC0000009", ""
	other := b.create(noMail).ID
	for name, c := range map[string]struct {
		want record.Fields
		id   record.ExternalID
	}{
		"by code and mail": {zoe(), member},
		"by code alone":    {record.Fields{person.RelationCode: "RC0000009"}, other},
		"a parent":         {record.Fields{person.FirstName: "ouder hof", person.Email1: "ZOE@example.org"}, parent},
	} {
		if item, err := b.people.Find(b.ctx(), c.want); err != nil || item.ID != c.id {
			t.Errorf("%s: %s, %v", name, item.ID, err)
		}
	}
	_, err := b.people.Find(b.ctx(), record.Fields{person.RelationCode: "RC0000010", person.Email1: "zoe@example.org"})
	b.class(err, connector.NotFound)
	b.create(noMail)
	_, err = b.people.Find(b.ctx(), noMail)
	b.class(err, connector.Rejected)
	_, err = b.people.Find(b.ctx(), record.Fields{person.FirstName: "Zoë"})
	b.class(err, connector.Rejected)
}

// Somebody is trashed while the list is searched: the wanted one slides to a page that was
// read already, and is found all the same. Where the site goes on showing fewer than it says
// that there are, nobody knows.
func TestFindWhileOthersGo(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{Members: 100, Seed: 7})
	want := record.Fields{person.FirstName: "Zoë", person.RelationCode: "RC0000009"}
	wanted := b.create(want).ID // the only one of the second page
	site, err := url.Parse(b.cfg.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(site)
	gone := "101"
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page") == "2" && gone != "" {
			b.control("DELETE", "/people/"+gone, nil, nil)
			gone = ""
		}
		r.Host = site.Host
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(between.Close)
	b.cfg.BaseURL = between.URL
	b.open()
	if item, err := b.people.Find(b.ctx(), want); err != nil || item.ID != wanted || gone != "" {
		t.Errorf("is there as %s, and is found as %q, %v", wanted, item.ID, err)
	}
	b.inject(simkit.Fault{Match: simkit.Match{Path: "*/people"}, Do: simkit.Do{Kind: simkit.FaultNamed, Name: "short"}})
	_, err = b.people.Find(b.ctx(), want)
	b.class(err, connector.Transient)
}

func TestB10LostAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	b.inject(simkit.Fault{Match: simkit.Match{Method: "POST"}, Times: 1, Do: simkit.Do{Kind: simkit.FaultDropAfter}})
	_, err := b.people.Create(b.ctx(), zoe())
	if e := b.class(err, connector.Transient); e.Unsent {
		t.Fatal("a create whose answer was lost counts as unsent")
	}
	item, err := b.people.Find(b.ctx(), zoe())
	if err != nil || item.Fields[person.RelationCode] != "RC0000001" {
		t.Fatalf("%v, %v", item, err)
	}
}
