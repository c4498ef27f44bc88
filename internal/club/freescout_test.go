package club_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/freescout"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
)

// customer is one of the helpdesk's.
type customer struct {
	ID        int    `json:"id"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Emails    []struct {
		Value string `json:"value"`
	} `json:"emails"`
	Fields map[string]string `json:"fields"`
}

func (c customer) addresses() string {
	var all []string
	for _, e := range c.Emails {
		all = append(all, e.Value)
	}
	return strings.Join(all, " ")
}

// customers are those with a relation code, by it; and how many there are in all.
func (w *world) customers() (map[string]customer, int) {
	w.t.Helper()
	var dump struct {
		Customers []customer `json:"customers"`
	}
	w.control(w.desk, "GET", "/dump", nil, &dump)
	out := map[string]customer{}
	for _, c := range dump.Customers {
		if c.Fields["4"] != "" {
			out[c.Fields["4"]] = c
		}
	}
	return out, len(dump.Customers)
}

// numbers are the customers' numbers that Rondo Club has, by relation code.
func (w *world) numbers() map[string]string {
	w.t.Helper()
	var dump struct {
		People []struct {
			Fields map[string]any `json:"fields"`
		} `json:"people"`
	}
	w.control(w.rondo, "GET", "/dump", nil, &dump)
	out := map[string]string{}
	for _, p := range dump.People {
		if code, number := fmt.Sprint(p.Fields["knvb_id"]), p.Fields["freescout_id"]; number != nil && number != "" {
			out[code] = fmt.Sprint(number)
		}
	}
	return out
}

var daily = []string{"people", "freescout", "scan-freescout"}

// Members become customers, and their numbers come to Rondo Club. The second day has
// nothing to do, and costs the helpdesk no call but those of the scan.
func TestCustomers(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for i := range 7 {
		w.member(fmt.Sprintf("M%d", i), "email_1", fmt.Sprintf("lid%d@example.org", i))
	}
	w.member("M7") // has no address
	if sum := w.cycle(daily...); sum.Failed+sum.Quarantined > 0 {
		t.Fatalf("first day %+v", sum)
	}
	all, n := w.customers()
	if n != 7 || len(all) != 7 {
		t.Fatalf("%d customers, %d with a code", n, len(all))
	}
	if c := all["M3"]; c.FirstName != "Voornaam M3" || c.LastName != "van Test" || c.addresses() != "lid3@example.org" ||
		c.Fields["1"] != "JO14-2" || c.Fields["5"] != "2020-08-01" {
		t.Errorf("M3 is %+v", c)
	}
	numbers := w.numbers()
	for code, c := range all {
		if numbers[code] != fmt.Sprint(c.ID) {
			t.Errorf("Rondo Club has %q as the number of %s, %d", numbers[code], code, c.ID)
		}
	}
	w.calls(w.desk)
	if sum := w.cycle("people", "freescout"); sum != (step.Counter{}) || w.calls(w.desk) != 0 {
		t.Errorf("second day %+v, and calls", sum)
	}
	if sum := w.cycle("scan-freescout"); sum != (step.Counter{}) {
		t.Errorf("second scan %+v", sum)
	}
	if n := w.calls(w.desk); n > 3 {
		t.Errorf("%d calls of a scan of one page", n)
	}
}

// A changed address is added, other changes are written, and whoever leaves stays there
// as they are: nobody is deleted.
func TestCustomersChangeAndLeave(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for i := range 12 {
		w.member(fmt.Sprintf("M%d", i), "email_1", fmt.Sprintf("lid%d@example.org", i))
	}
	w.cycle(daily...)
	before, _ := w.customers()
	w.member("M1", "email_1", "nieuw@example.org", "union_teams", "JO15-1")
	w.cycle(daily...)
	all, n := w.customers()
	if c := all["M1"]; n != 12 || c.ID != before["M1"].ID || c.addresses() != "lid1@example.org nieuw@example.org" || c.Fields["1"] != "JO15-1" {
		t.Errorf("%d customers, M1 is %+v", n, c)
	}
	for range 2 {
		if sum := w.cycle(daily...); sum != (step.Counter{}) {
			t.Errorf("with two addresses: %+v", sum)
		}
	}
	w.sportlink.Drop("members", "M2", "")
	for range 3 {
		w.pass(2 * time.Hour)
		w.cycle(daily...)
	}
	after, n := w.customers()
	if got := after["M2"]; n != 12 || got.ID != before["M2"].ID || got.addresses() != "lid2@example.org" || w.numbers()["M2"] != fmt.Sprint(got.ID) {
		t.Errorf("after leaving %+v, number %q, %d customers", got, w.numbers()["M2"], n)
	}
	// Whoever comes back is that customer again.
	w.member("M2", "email_1", "lid2@example.org", "union_teams", "JO17-1")
	w.cycle(daily...)
	if all, n = w.customers(); n != 12 || all["M2"].ID != before["M2"].ID || all["M2"].Fields["1"] != "JO17-1" {
		t.Errorf("come back as %+v of %d", all["M2"], n)
	}
}

// Of those who share an address one is the customer, and the other takes over neither
// the customer nor the address, also when the address becomes theirs alone.
func TestCustomersShareAnAddress(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.member("B1", "email_1", "gezin@example.org")
	w.member("A1", "email_1", "a@example.org")
	w.cycle(daily...)
	w.member("A1", "email_1", "gezin@example.org")
	w.cycle(daily...)
	all, n := w.customers()
	if n != 2 || all["B1"].addresses() != "gezin@example.org" || all["A1"].addresses() != "a@example.org" {
		t.Fatalf("%d customers: %+v", n, all)
	}
	w.member("B1", "email_1", "b@example.org")
	w.cycle(daily...)
	all, n = w.customers()
	if n != 2 || all["B1"].addresses() != "gezin@example.org b@example.org" || all["A1"].addresses() != "a@example.org" {
		t.Errorf("after the address was given up: %d customers: %+v", n, all)
	}
}

// Customers whom mail has made are taken where the name agrees, nobody is made beside
// them, and one with another name is left alone.
func TestCustomersThatWereThere(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for i, name := range []string{"Voornaam M0", "Robin"} {
		w.control(w.desk, "POST", "/customers", map[string]any{
			"first_name": name, "last_name": "van Test", "emails": []map[string]any{{"id": 900 + i, "value": fmt.Sprintf("lid%d@example.org", i), "type": "work"}},
		}, nil)
		w.member(fmt.Sprintf("M%d", i), "email_1", fmt.Sprintf("lid%d@example.org", i))
	}
	w.cycle(daily...)
	all, n := w.customers()
	if n != 2 || len(all) != 1 || all["M0"].FirstName != "Voornaam M0" || len(w.numbers()) != 1 {
		t.Errorf("%d customers, %+v, numbers %v", n, all, w.numbers())
	}
}

// A merge at the helpdesk is followed, and the new number comes to Rondo Club.
func TestCustomersAreMerged(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for i := range 3 {
		w.member(fmt.Sprintf("M%d", i), "email_1", fmt.Sprintf("lid%d@example.org", i))
	}
	w.cycle(daily...)
	var into struct {
		ID int `json:"id"`
	}
	w.control(w.desk, "POST", "/customers", map[string]any{"first_name": "V.", "emails": []map[string]any{{"id": 900, "value": "thuis@example.org", "type": "work"}}}, &into)
	all, _ := w.customers()
	w.control(w.desk, "POST", fmt.Sprintf("/customers/%d/merge", all["M1"].ID), map[string]any{"into": into.ID}, nil)
	w.member("M1", "union_teams", "JO19-1")
	for range 3 {
		w.pass(2 * time.Hour)
		w.cycle(daily...)
	}
	all, n := w.customers()
	if c := all["M1"]; n != 3 || c.ID != into.ID || c.Fields["1"] != "JO19-1" || w.numbers()["M1"] != fmt.Sprint(into.ID) {
		t.Errorf("%d customers, M1 is %+v, number %q", n, c, w.numbers()["M1"])
	}
}

// Without the CRM module the run ends with what to do, and nothing is written.
func TestCustomersWithoutTheModule(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.control(w.desk, "PATCH", "/settings", map[string]any{"crm": false}, nil)
	w.member("M1", "email_1", "lid1@example.org")
	w.cycle("people")
	_, err := w.run("freescout")
	if connector.ReasonOf(err) != freescout.NoFields {
		t.Errorf("ended with %v", err)
	}
	if _, n := w.customers(); n != 0 {
		t.Errorf("%d customers were made", n)
	}
	w.control(w.desk, "PATCH", "/settings", map[string]any{"crm": true}, nil)
	w.start()
	w.pass(48 * time.Hour)
	w.cycle("freescout")
	if all, n := w.customers(); n != 1 || len(all) != 1 {
		t.Errorf("afterwards %d customers", n)
	}
}

// The number that Sportlink states stands at Rondo Club until the helpdesk has one; emptied, it
// goes; and no conversation is told by it.
func TestStatedNumbers(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.member("M1", "email_1", "lid1@example.org", "helpdesk_id", "4711")
	w.member("M2", "helpdesk_id", "4712") // without an address: no customer
	w.member("M3")
	w.cycle("people", "functions-full")
	if got := w.numbers(); got["M1"] != "4711" || got["M2"] != "4712" || got["M3"] != "" {
		t.Fatalf("stated: %v", got)
	}
	w.calm("functions-full", "people")
	w.cycle(daily...)
	all, _ := w.customers()
	if got := w.numbers(); got["M1"] != fmt.Sprint(all["M1"].ID) || got["M2"] != "4712" {
		t.Errorf("the helpdesk has %d, and Rondo Club %v", all["M1"].ID, got)
	}
	w.calm("functions-full", "people", "freescout", "scan-freescout")
	w.member("M2", "helpdesk_id", "")
	w.cycle("functions")
	if got := w.numbers(); got["M2"] != "" && got["M2"] != "<nil>" {
		t.Errorf("emptied: %v", got)
	}
	w.calm("functions", "people")
}
