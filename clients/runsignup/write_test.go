package runsignup

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/runsignup/runsignupsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// Somebody who may be the one who is wanted is for a person to look at: families share an
// address, and namesakes a name.
func TestMaybe(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c := b.place(t, Participants)
	there := sample(0)
	made, err := c.Create(t.Context(), there)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change record.Fields
		class  connector.Class // of the error; Unknown: it is the one
	}{
		"the same":                   {record.Fields{}, connector.Unknown},
		"in capitals":                {record.Fields{participant.LastName: strings.ToUpper(there[participant.LastName])}, connector.Unknown},
		"another address":            {record.Fields{participant.Email: "other@example.org"}, connector.Rejected},
		"no address":                 {record.Fields{participant.Email: ""}, connector.Rejected},
		"another birth":              {record.Fields{participant.BirthDate: "2015-02-28"}, connector.Rejected},
		"a namesake":                 {record.Fields{participant.BirthDate: "2015-02-28", participant.Email: "other@example.org"}, connector.NotFound},
		"another first name":         {record.Fields{participant.FirstName: "Sipho"}, connector.NotFound},
		"in another event":           {record.Fields{participant.Race: "3002"}, connector.NotFound},
		"in an event without a link": {record.Fields{participant.Race: "2901"}, connector.NotFound},
	} {
		item, err := c.Find(t.Context(), there.Over(test.change))
		if connector.ClassOf(err) != test.class || err == nil && item.ID != made.ID {
			t.Errorf("%s: %v, want %s", name, err, test.class)
		}
		failure, ok := errors.AsType[*connector.Error](err)
		if named := ok && slices.Equal(failure.Maybe, []record.ExternalID{made.ID}); named != (test.class == connector.Rejected) {
			t.Errorf("%s: the error does not say who may be it: %+v", name, failure)
		}
	}
	// Of two who are alike nobody can tell.
	if _, err := c.Create(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	_, err = c.Find(t.Context(), there)
	wantClass(t, err, connector.Rejected, "more than one")
}

// A search reads what has changed since the one before, and knows who has gone since,
// changed his name or come in between.
func TestSearchReadsLittle(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{Members: 7})
	c := b.place(t, Participants)
	find := func(n int, class connector.Class) {
		t.Helper()
		want := sample(n)
		want[participant.Race] = "3001"
		if _, err := c.Find(t.Context(), want); connector.ClassOf(err) != class {
			t.Errorf("sample %d: %v, want %s", n, err, class)
		}
	}
	find(0, connector.NotFound)
	seen := len(b.sim.Requests(0))
	b.at(t, connectortest.Start.Add(10*time.Minute))
	made, err := c.Create(t.Context(), sample(0))
	if err != nil {
		t.Fatal(err)
	}
	find(0, connector.Unknown)
	find(1, connector.NotFound)
	for _, r := range b.sim.Requests(seen) {
		if q, _ := url.ParseQuery(r.Query); q.Get("results_per_page") == "2500" && q.Get("modified_after_timestamp") == "" {
			t.Error("all were read again")
		}
	}
	b.control(t, "PATCH", "/users/"+b.userOf(t, made.ID), map[string]any{"last_name": sample(1)[participant.LastName]})
	find(0, connector.NotFound)
	find(1, connector.NotFound) // name alone
	if err := c.Delete(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	find(1, connector.NotFound)
	// What is not told as a change is seen after an hour at last.
	b.control(t, "PATCH", "/settings", map[string]any{"quiet": true})
	again, err := c.Create(t.Context(), sample(2))
	if err != nil {
		t.Fatal(err)
	}
	find(2, connector.Unknown)
	b.at(t, connectortest.Start.Add(30*time.Minute))
	b.control(t, "PATCH", "/users/"+b.userOf(t, again.ID), map[string]any{
		"last_name": sample(7)[participant.LastName], "email": sample(7)[participant.Email], "dob": sample(7)[participant.BirthDate],
	})
	b.at(t, connectortest.Start.Add(2*time.Hour))
	find(7, connector.Unknown)
}

// What somebody has paid for is never deleted, and nothing ever asks for that.
func TestPaidStays(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c := b.place(t, Participants)
	paid := b.registers(t, b.person(t, "Thandi", "Mokoena"), 3001)
	wantClass(t, c.Delete(t.Context(), id(3001, paid)), connector.Waiting, "people at RunSignup")
	if item, err := c.Get(t.Context(), id(3001, paid)); err != nil || item.Fields[participant.Active] != "true" {
		t.Errorf("%v, %v", item.Fields, err)
	}
	for _, r := range b.sim.Requests(0) {
		if strings.HasSuffix(r.Path, "/delete-participants") {
			t.Error("it was asked for")
		}
	}
}

// Where RunSignup gives out the bibs none is written, not with a new registration either.
func TestBibsThere(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{}, func(c *Config) { c.Races[0].Bibs = BibsThere })
	c := b.place(t, Participants)
	item, err := c.Create(t.Context(), sample(0))
	if err != nil || item.Fields[participant.Bib] != "" {
		t.Fatalf("%v, %v", item.Fields, err)
	}
	_, number, _ := strings.Cut(string(item.ID), "-")
	b.control(t, "PATCH", "/registrations/"+number, map[string]any{"bib": "888"})
	for _, bib := range []string{"", "7"} {
		_, err := c.Update(t.Context(), item.ID, connector.Patch{Set: record.Fields{participant.Bib: bib, participant.Gender: "male"}})
		if e := wantClass(t, err, connector.Rejected, "gives out the bibs"); e.Field != participant.Bib {
			t.Errorf("refused for %q", e.Field)
		}
	}
	if got, _ := c.Get(t.Context(), item.ID); got.Fields[participant.Bib] != "888" {
		t.Errorf("it is %v now", got.Fields)
	}
}

// A number that was given out on the day is never taken away, whoever gives out bibs.
func TestBibsStay(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c := b.place(t, Participants)
	n := b.registers(t, b.person(t, "Thandi", "Mokoena"), 3001)
	b.control(t, "PATCH", fmt.Sprintf("/registrations/%d", n), map[string]any{"bib": "888"})
	_, err := c.Update(t.Context(), id(3001, n), connector.Patch{Set: record.Fields{participant.Bib: ""}})
	if e := wantClass(t, err, connector.Rejected, "given out"); e.Field != participant.Bib {
		t.Errorf("refused for %q", e.Field)
	}
	item, err := c.Update(t.Context(), id(3001, n), connector.Patch{Set: record.Fields{participant.Bib: "9"}})
	if err != nil || item.Fields[participant.Bib] != "9" {
		t.Errorf("%v, %v", item.Fields, err)
	}
}

// People with an account look after themselves: their address is never written, and where
// the race has Safe Sync nothing of their own is. Bibs go out all the same.
func TestAccounts(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c := b.place(t, Participants)
	at := id(3001, b.registers(t, b.person(t, "Thandi", "Mokoena"), 3001))
	update := func(set record.Fields) (connector.Item, error) {
		return c.Update(t.Context(), at, connector.Patch{Set: set})
	}
	_, err := update(record.Fields{participant.Email: "new@example.org", participant.LastName: "Dlamini"})
	if e := wantClass(t, err, connector.Rejected, "not stored"); e.Field != participant.Email || e.Done[participant.LastName] != "Dlamini" {
		t.Errorf("refused for %q, done %v", e.Field, e.Done)
	}
	b.control(t, "PATCH", "/races/1001", map[string]any{"safe_sync": true})
	for _, set := range []record.Fields{{participant.FirstName: "Thabo"}, {participant.BirthDate: "1990-01-01"}, {participant.Gender: "male", participant.Bib: "7"}} {
		_, err := update(set)
		e := wantClass(t, err, connector.Rejected, "121")
		if _, personal := set[e.Field]; !personal || e.Field == participant.Bib {
			t.Errorf("refused for %q", e.Field)
		}
	}
	if item, err := update(record.Fields{participant.Bib: "7"}); err != nil || item.Fields[participant.Bib] != "7" || item.Fields[participant.FirstName] != "Thandi" {
		t.Errorf("%v, %v", item.Fields, err)
	}
}

// Of somebody who takes part no longer a bib is dropped without a word, and nobody moves
// from event to event but by a transfer.
func TestNotTaken(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c := b.place(t, Participants)
	n := b.registers(t, b.person(t, "Thandi", "Mokoena"), 3001)
	_, err := c.Update(t.Context(), id(3001, n), connector.Patch{Set: record.Fields{participant.Race: "3002"}})
	if e := wantClass(t, err, connector.Rejected, "transfer"); e.Field != participant.Race {
		t.Errorf("refused for %q", e.Field)
	}
	_, err = c.Update(t.Context(), id(3001, n), connector.Patch{Set: record.Fields{participant.LastName: "X"}, Was: record.Fields{participant.LastName: "Y"}})
	wantClass(t, err, connector.Stale, "edited meanwhile")
	b.ends(t, n, "removed", 0)
	item, err := c.Update(t.Context(), id(3001, n), connector.Patch{Set: record.Fields{participant.LastName: "Dlamini"}})
	if err != nil || item.Fields[participant.LastName] != "Dlamini" || item.Fields[participant.Active] != "false" {
		t.Errorf("%v, %v", item.Fields, err)
	}
	for _, at := range []record.ExternalID{"3001-x", "3001", "", "3001-0"} {
		_, err := c.Get(t.Context(), at)
		wantClass(t, err, connector.NotFound, "not an id")
	}
	_, err = c.Get(t.Context(), "4000-1") // nobody is gone since a link is
	wantClass(t, err, connector.Rejected, "no longer linked")
	// What is not there is not gone when the race is not.
	b.cfg.Races[0].RaceID = 7
	_, err = b.open(t).Collections()[3].Get(t.Context(), id(3001, n))
	wantClass(t, err, connector.Drifted, "201")
}

// A name, an id or a code that RunSignup refuses names its field.
func TestRefusedByRow(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c := b.place(t, Participants)
	for field, change := range map[record.Field]string{participant.Bib: "no bib!", participant.FirstName: "", participant.BirthDate: "1700-01-01"} {
		want := sample(1)
		want[field] = change
		_, err := c.Create(t.Context(), want)
		if e := wantClass(t, err, connector.Rejected, ""); e.Field != field {
			t.Errorf("%s: refused for %q: %v", field, e.Field, err)
		}
	}
	if n := len(b.sim.Writes(0)); n != 0 {
		t.Errorf("%d writes", n)
	}
}

// One more registration costs one writing call, and a change one with a look before and
// after it.
func TestCalls(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c := b.place(t, Participants)
	calls := func(do func() error) string {
		before := b.sim.Requests(0)
		if err := do(); err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, r := range b.sim.Requests(before[len(before)-1].Seq) {
			count[r.Method]++
		}
		return fmt.Sprint(count)
	}
	if _, err := b.conn.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	var item connector.Item
	if got := calls(func() (err error) { item, err = c.Create(t.Context(), sample(0)); return err }); got != "map[GET:1 POST:1]" {
		t.Errorf("create: %s", got)
	}
	if got := calls(func() error {
		_, err := c.Update(t.Context(), item.ID, connector.Patch{Set: record.Fields{participant.Bib: "9"}})
		return err
	}); got != "map[GET:2 POST:1]" {
		t.Errorf("update: %s", got)
	}
}

// Of a registration that stands in several events no part is deleted: the call would take
// all of them.
func TestPartOfABundleStays(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c := b.place(t, Participants)
	item, err := c.Create(t.Context(), sample(1))
	if err != nil {
		t.Fatal(err)
	}
	_, number, _ := strings.Cut(string(item.ID), "-")
	b.control(t, "PATCH", "/registrations/"+number, map[string]any{"event_ids": []int{3001, 3002}})
	wantClass(t, c.Delete(t.Context(), item.ID), connector.Waiting, "event 3002")
	if items, _, _ := list(t, c, ""); len(items) != 2 {
		t.Errorf("%d parts are left, want both", len(items))
	}
	b.control(t, "PATCH", "/registrations/"+number, map[string]any{"event_ids": []int{3001}})
	if err := c.Delete(t.Context(), item.ID); err != nil {
		t.Error(err)
	}
	if items, _, _ := list(t, c, ""); len(items) != 0 {
		t.Errorf("%d are left, want none", len(items))
	}
}

// An event that no link names is asked as well, and one that cannot be asked may be one.
func TestPartInAnotherEventStays(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{}, func(c *Config) { c.Races[0].Events = []Event{{31, 3001}} })
	c, user := b.place(t, Participants), b.person(t, "Thandi", "Mokoena")
	entered := func(events ...int) record.ExternalID {
		return id(3001, b.control(t, "POST", "/registrations", map[string]any{"race_id": 1001, "event_ids": events, "user_id": user, "imported": true}))
	}
	both, one := entered(3001, 3002), entered(3001)
	wantClass(t, c.Delete(t.Context(), both), connector.Waiting, "event 3002")
	fault, err := b.Inject(t.Context(), simkit.Fault{
		Match: simkit.Match{Path: "/rest/race/*/participants", Query: map[string]string{"event_id": "3002"}}, Do: simkit.Do{Kind: simkit.FaultBody, Body: `{"error":{"error_code":301,"error_msg":"x"}}`},
	})
	if err != nil {
		t.Fatal(err)
	}
	wantClass(t, c.Delete(t.Context(), one), connector.Waiting, "cannot be asked")
	if items, _, _ := list(t, c, ""); len(items) != 2 {
		t.Errorf("%d are left, want both", len(items))
	}
	if err := b.ClearFault(t.Context(), fault); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), one); err != nil {
		t.Error(err)
	}
}

// A registration that was made and cannot be read back is there: the error never says that
// it is not.
func TestMadeAndNotReadBack(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]simkit.Do{
		"refused key": {Kind: simkit.FaultStatus, Status: 401}, "too many calls": {Kind: simkit.FaultStatus, Status: 429},
		"no registrations": {Kind: simkit.FaultStatus, Status: 200, Headers: map[string]string{"Content-Type": "application/json"}, Body: `[{"event":{"event_id":3001},"participants":[]}]`},
	} {
		b := setup(t, runsignupsim.Options{})
		c := b.place(t, Participants)
		_, err := b.sim.Inject(simkit.Fault{Match: simkit.Match{Method: "GET", Path: "/rest/race/*/participants"}, Times: 1, Do: f})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Create(t.Context(), sample(0))
		if e := wantClass(t, err, connector.Transient, "made, and then"); e.Unsent {
			t.Errorf("%s: said to have had no effect", name)
		}
		if item, err := c.Find(t.Context(), sample(0)); err != nil {
			t.Errorf("%s: %v, %v", name, item.ID, err)
		}
	}
}
