package freescout

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/freescout/freescoutsim"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
)

// row is a customer of the simulator's dump.
type row struct {
	ID        int    `json:"id"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Emails    []struct {
		Value string `json:"value"`
	} `json:"emails"`
	Fields map[string]string `json:"fields"`
}

func (r row) addresses() string {
	var all []string
	for _, e := range r.Emails {
		all = append(all, e.Value)
	}
	return strings.Join(all, " ")
}

func (b *bundle) rows(t *testing.T) []row {
	t.Helper()
	var dump struct {
		Customers []row `json:"customers"`
	}
	simtest.Control(t, b.Remote, "GET", "/dump", nil, &dump)
	return dump.Customers
}

func (b *bundle) settings(t *testing.T, v map[string]any) {
	t.Helper()
	simtest.Control(t, b.Remote, "PATCH", "/settings", v, nil)
}

func (b *bundle) create(t *testing.T, want record.Fields) connector.Item {
	t.Helper()
	item, err := b.one.Create(t.Context(), want)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	return item
}

func (b *bundle) update(t *testing.T, id record.ExternalID, of, set record.Fields) (connector.Item, error) {
	t.Helper()
	return b.one.Update(t.Context(), id, connector.Patch{Set: set, Key: key(of)})
}

// errorOf is the connector's error, or nil.
func errorOf(err error) *connector.Error {
	e, _ := errors.AsType[*connector.Error](err)
	return e
}

// idOf is the id of a row.
func idOf(r row) record.ExternalID { return record.ExternalID(strconv.Itoa(r.ID)) }

// rejected is the field that an error holds.
func rejected(t *testing.T, what string, err error, field record.Field) {
	t.Helper()
	e := errorOf(err)
	if e == nil || e.Class != connector.Rejected || e.Field != field {
		t.Errorf("%s: %v, want field %s rejected", what, err, field)
	}
}

// All that is written stands there, the id is that of the header, and a member's page
// shows the teams.
func TestB37IDFromTheHeader(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{Members: 3})
	item := b.create(t, sample(0))
	all := b.rows(t)
	made := all[len(all)-1]
	if string(item.ID) != item.Fields[customer.HelpdeskID] || made.FirstName != "Zoë" || made.LastName != "van 't Hof-Ünal 0" ||
		made.Fields["4"] != "VBLD000" || made.Fields["1"] != "JO14-2" || made.Fields["5"] != "2016-02-29" || made.Fields["9"] != "" {
		t.Errorf("made %+v as %s", made, item.ID)
	}
}

// A create whose answer was lost is found again by address and name, and nobody is made
// twice, wherever it broke off.
func TestB37NoSecondCustomer(t *testing.T) {
	t.Parallel()
	for name, match := range map[string]simkit.Match{
		"after the customer": {Method: "POST", Path: "/api/customers"},
		"before the fields":  {Method: "PUT", Path: "/api/customers/*/customer_fields"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, freescoutsim.Options{})
			restore := simtest.Disturb(t, b.Remote, match, connectortest.Lost)
			_, err := b.one.Create(t.Context(), sample(0))
			if connector.ClassOf(err) != connector.Transient {
				t.Fatalf("lost: %v", err)
			}
			restore()
			found, err := b.one.Find(t.Context(), sample(0))
			if err != nil {
				t.Fatalf("find: %v", err)
			}
			again := b.create(t, sample(0))
			if all := b.rows(t); again.ID != found.ID || len(all) != 1 || all[0].Fields["4"] != "VBLD000" {
				t.Errorf("found %s, made %s: %+v", found.ID, again.ID, all)
			}
		})
	}
}

// Of two members with one address the second has no customer, and neither create nor
// update takes it from the first.
func TestB37SharedAddress(t *testing.T) {
	t.Parallel()
	for _, returns := range []bool{false, true} {
		b := setup(t, freescoutsim.Options{})
		b.settings(t, map[string]any{"returns": returns})
		first := b.create(t, sample(0))
		second := sample(1)
		second[customer.Email] = sample(0)[customer.Email]
		_, err := b.one.Create(t.Context(), second)
		rejected(t, "create", err, customer.Email)
		other := b.create(t, sample(2))
		_, err = b.update(t, other.ID, sample(2), record.Fields{customer.Email: strings.ToUpper(sample(0)[customer.Email]), customer.FirstName: "X"})
		rejected(t, "update", err, customer.Email)
		for _, c := range b.rows(t) {
			want := sample(0)
			if other.ID == idOf(c) {
				want = sample(2)
			}
			if c.addresses() != want[customer.Email] || c.FirstName != want[customer.FirstName] || c.Fields["4"] != want[customer.RelationCode] {
				t.Errorf("customer %d is %+v", c.ID, c)
			}
		}
		if n := len(b.rows(t)); n != 2 || first.ID == other.ID {
			t.Errorf("%d customers", n)
		}
	}
}

// Somebody who gets the address between the search and the create keeps it and the
// name, whatever FreeScout answers.
func TestB37AddressTakenMeanwhile(t *testing.T) {
	t.Parallel()
	for _, returns := range []bool{false, true} {
		b := setup(t, freescoutsim.Options{})
		b.settings(t, map[string]any{"returns": returns})
		d := b.open(t).(*desk)
		simtest.Control(t, b.Remote, "POST", "/customers", map[string]any{
			"first_name": "Ans", "emails": []map[string]any{{"id": 900, "value": sample(0)[customer.Email], "type": "work"}},
		}, nil)
		w := &contact{}
		if err := d.cfg.table().Encode(sample(0), w, spec()); err != nil {
			t.Fatal(err)
		}
		_, err := d.create(t.Context(), "create", w) // as if the search had shown nobody
		rejected(t, "create", err, customer.Email)
		if all := b.rows(t); len(all) != 1 || all[0].FirstName != "Ans" || len(all[0].Fields) != 0 {
			t.Errorf("%+v", all)
		}
	}
}

// A changed address is added, the old one stays, and the customer is in step with both:
// no list of addresses is ever sent.
func TestB37ChangedAddress(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{})
	item := b.create(t, sample(0))
	set := record.Fields{customer.Email: "zoe.new@leden.example.org"}
	if _, err := b.update(t, item.ID, sample(0), set); err != nil {
		t.Fatalf("update: %v", err)
	}
	writes := len(b.sim.Writes(0))
	again, err := b.update(t, item.ID, sample(0), set)
	if _, known := again.Fields[customer.Email]; err != nil || known {
		t.Errorf("of two addresses one is read as the customer's: %v %v", again.Fields.Names(), err)
	}
	if n := len(b.sim.Writes(0)) - writes; n != 0 {
		t.Errorf("%d writes for an address that is there", n)
	}
	if got := b.rows(t)[0].addresses(); got != "zoe.0@leden.example.org zoe.new@leden.example.org" {
		t.Errorf("addresses %q", got)
	}
	if _, err := b.update(t, item.ID, sample(0), record.Fields{customer.Email: ""}); err != nil || len(b.rows(t)[0].Emails) != 2 {
		t.Errorf("an address was taken away: %v", err)
	}
	for _, r := range b.sent.Sent() {
		if r.Method == http.MethodPut && strings.Contains(r.Body, `"emails"`) {
			t.Errorf("a list of addresses was sent to %s", r.Path)
		}
	}
}

// A customer whom mail has made is a member's where the name agrees, or where somebody
// has written the relation code there; any other stays as it is.
func TestAdopts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first, last, code string
		takes             bool
	}{
		"the same name":       {"zoe", "van t hof unal 0", "", true},
		"no name":             {"", "", "", true},
		"the code":            {"Z.", "Hof", "vbld000", true},
		"another name":        {"Ouder", "Hof", "", false},
		"another member's":    {"Zoë", "van 't Hof-Ünal 0", "VBLD999", false},
		"an initial in place": {"Z.", "van 't Hof-Ünal 0", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, freescoutsim.Options{})
			simtest.Control(t, b.Remote, "POST", "/customers", map[string]any{
				"first_name": c.first, "last_name": c.last, "fields": map[string]string{"4": c.code},
				"emails": []map[string]any{{"id": 900, "value": sample(0)[customer.Email], "type": "work"}},
			}, nil)
			item, err := b.one.Create(t.Context(), sample(0))
			all := b.rows(t)
			switch {
			case len(all) != 1:
				t.Errorf("%d customers", len(all))
			case c.takes && (err != nil || !item.Adopted || all[0].Fields["4"] != "VBLD000" || all[0].FirstName != "Zoë"):
				t.Errorf("not taken: %v, %+v", err, all[0])
			case !c.takes:
				if rejected(t, "create", err, customer.Email); all[0].FirstName != c.first || all[0].Fields["4"] != c.code {
					t.Errorf("written to: %+v", all[0])
				}
			}
		})
	}
}

// Without the CRM module nothing is written, and the error says what to install; a
// customer who is gone is told from it.
func TestMissingModule(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{})
	item := b.create(t, sample(0))
	b.settings(t, map[string]any{"crm": false})
	fresh := b.open(t)
	if _, err := fresh.Check(t.Context()); connector.ReasonOf(err) != NoFields || !strings.Contains(err.Error(), "CRM module") {
		t.Errorf("check: %v", err)
	}
	before := len(b.sim.Writes(0))
	_, err := fresh.Collections()[0].Create(t.Context(), sample(1))
	if connector.ReasonOf(err) != NoFields {
		t.Errorf("create: %v", err)
	}
	// A process that has looked before it was switched off: the customer is there.
	for _, set := range []record.Fields{{customer.Teams: "JO15-1"}, {customer.Teams: "JO15-1", customer.FirstName: "Y", customer.Email: "y@example.org"}} {
		if _, err = b.update(t, item.ID, sample(0), set); connector.ReasonOf(err) != NoFields {
			t.Errorf("update: %v", err)
		}
	}
	if n := len(b.sim.Writes(0)) - before; n != 0 {
		t.Errorf("%d writes", n)
	}
	simtest.Control(t, b.Remote, "DELETE", "/customers/"+string(item.ID), nil, nil)
	if _, err = b.update(t, item.ID, sample(0), record.Fields{customer.Teams: "JO15-1"}); connector.ClassOf(err) != connector.NotFound {
		t.Errorf("one who is gone: %v", err)
	}
}

// A number of a customer field that there is not ends the step at the first customer.
func TestUnknownField(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{})
	b.cfg.FieldUnionTeams = 44
	_, err := b.open(t).Collections()[0].Create(t.Context(), sample(0))
	if connector.ClassOf(err) != connector.Drifted || !strings.Contains(err.Error(), "44") {
		t.Errorf("create: %v", err)
	}
}

// formless shows each customer without what stands below _embedded.
type formless struct{ http.RoundTripper }

func (f formless) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := f.RoundTripper.RoundTrip(r)
	if id, one := strings.CutPrefix(r.URL.Path, "/api/customers/"); err == nil && one && r.Method == http.MethodGet {
		_ = resp.Body.Close()
		resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(`{"id":`+id+`}`)), -1
	}
	return resp, err
}

// Where customers are shown in another form the step ends at the first who was made: the
// others would be left without their relation code alike. To one who is there, and cannot
// be read, nothing is written.
func TestAnotherForm(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{})
	item := b.create(t, sample(0))
	b.cfg.transport = formless{b.sent}
	changed := b.open(t).Collections()[0]
	_, err := changed.Create(t.Context(), sample(1))
	if connector.ClassOf(err) != connector.Drifted || len(b.rows(t)) != 2 {
		t.Errorf("create: %v", err)
	}
	before := len(b.sim.Writes(0))
	_, err = changed.Update(t.Context(), item.ID, connector.Patch{Key: key(sample(0)), Set: record.Fields{customer.Teams: "JO15-1"}})
	if n := len(b.sim.Writes(before)); connector.ClassOf(err) != connector.Rejected || n != 0 {
		t.Errorf("update: %d writes, %v", n, err)
	}
}

// idless shows the customers of a search without their ids.
type idless struct{ http.RoundTripper }

func (f idless) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := f.RoundTripper.RoundTrip(r)
	if err != nil || !r.URL.Query().Has("email") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(body), `"id":`, `"number":`))), -1
	return resp, err
}

// A search that shows somebody whom it does not name has not said that an address is free.
func TestSearchWithoutIDs(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{})
	item := b.create(t, sample(0))
	b.create(t, sample(1))
	b.cfg.transport = idless{b.sent}
	changed := b.open(t).Collections()[0]
	before := len(b.sim.Writes(0))
	_, err := changed.Update(t.Context(), item.ID, connector.Patch{Key: key(sample(0)), Set: record.Fields{customer.Email: sample(1)[customer.Email]}})
	if n := len(b.sim.Writes(before)); connector.ClassOf(err) != connector.Drifted || n != 0 {
		t.Errorf("update: %d writes, %v", n, err)
	}
}

// One who was merged into another is that one from then on; nobody is made anew. Where
// the other is a member's too a person must look at it.
func TestMerged(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{Members: 1})
	other := b.rows(t)[0]
	item := b.create(t, sample(0))
	merge := func(id record.ExternalID, into int) {
		simtest.Control(t, b.Remote, "POST", "/customers/"+string(id)+"/merge", map[string]any{"into": into}, nil)
	}
	merge(item.ID, other.ID)
	_, err := b.update(t, item.ID, sample(0), record.Fields{customer.Teams: "JO15-1"})
	if e := errorOf(err); e == nil || e.Class != connector.NotFound || e.Successor != idOf(other) {
		t.Errorf("merged: %+v", err)
	}
	second := b.create(t, sample(1))
	third := b.create(t, sample(2))
	n := slices.IndexFunc(b.rows(t), func(r row) bool { return idOf(r) == third.ID })
	merge(second.ID, b.rows(t)[n].ID)
	_, err = b.update(t, second.ID, sample(1), record.Fields{customer.Teams: "JO15-1"})
	rejected(t, "merged into another member's", err, customer.Email)
}

// B6 and B3: there is no way to delete a customer.
func TestB6NoDelete(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{})
	item := b.create(t, sample(0))
	if b.one.Delete != nil {
		t.Error("the connector deletes customers")
	}
	if status := b.call(t, "DELETE", "/api/customers/"+string(item.ID), ""); status != 405 || len(b.rows(t)) != 1 {
		t.Errorf("DELETE is answered %d", status)
	}
}

// B39: who is in step costs no call beside the pages of the listing.
func TestB39NoCallForEach(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{Members: 9})
	before := len(b.sim.Requests(0))
	for page, err := range b.one.List(t.Context(), "") {
		if err != nil || len(page.Faults) > 0 {
			t.Fatal(err, page.Faults)
		}
	}
	if n := len(b.sim.Requests(0)) - before; n > 4 {
		t.Errorf("%d calls for 9 customers on pages of 3", n)
	}
}

// B48: what a helpdesk is told of a member is no more than this.
func TestB48LittleIsTold(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{})
	want := []record.Field{
		customer.Email, customer.FirstName, customer.LastName, customer.MemberSince, customer.MemberUntil, customer.RelationCode, customer.Teams,
	}
	if got := b.one.Writes; !slices.Equal(got, want) {
		t.Errorf("writes %v", got)
	}
}
