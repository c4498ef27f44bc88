package migrations_test

import (
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/value"
)

// canonical makes what was changed canonical, as each Plan does first, in a Dutch
// deployment.
func (e ems) canonical() {
	e.Helper()
	if err := hub.New(e.pool).Canonicalise(e.Context(), value.Options{Region: "NL"}); err != nil {
		e.Fatal(err)
	}
}

func TestEMSTextsAreCanonical(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	for _, c := range []struct{ column, raw, field, want string }{
		{"phone", "06-12345601", "phone", "+31612345601"},
		{"phone", "+31 (0)6 12345603", "phone", "+31612345603"},
		{"phone", "06-12345678 / 020-1234567", "phone", "+31612345678"},
		{"email", "J0@Example.org\r", "email", "j0@example.org"},
		{"email", "\ufeffj1@example.org", "email", "j1@example.org"},
		{"email", "j2\u200b@example.org", "email", "j2@example.org"},
		{"first_name", " Rene\u0301e\u00a0 Anna ", "first_name", "Renée Anna"},
		{"country", "nl", "country", "NL"},
	} {
		id := e.person("")
		e.does(fmt.Sprintf("update ems.person set %s = $1 where id = $2::bigint", c.column), c.raw, id)
		e.canonical()
		e.see(c.want, id, c.field)
	}
	e.is("0", "select count(*) from hub_uncanonical")
}

// A phone that is typed again in another way is the same phone: nobody is told.
func TestEMSRetypedIsNoChange(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	id := e.person("phone=+31612345601,email=els@example.org")
	e.canonical()
	const rows = "select xmin::text || version from entity"
	before := e.text(rows)
	for _, sql := range []string{
		"update ems.person set phone = '06-12345601'", "update ems.person set phone = '(06) 1234 5601'", "update ems.person set email = ' Els@example.org'",
	} {
		e.does(sql)
		e.is(before, rows)
		e.canonical()
		e.is(before, rows)
	}
	e.see("+31612345601/els@example.org", id, "phone", "email")
}

// A text that cannot be read is unknown, not empty: what was shown stays, also of
// what hangs on it.
func TestEMSUnreadableIsNotEmpty(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	id := e.person("phone=0612345601,email=els@example.org")
	e.canonical()
	e.does("update ems.person set email_bounced_on = now()")
	e.see("+31612345601/els@example.org/bounced", id, "phone", "email", "consent")
	e.does("update ems.person set phone = 'zie moeder', email = 'els at example'")
	for range 2 {
		e.see("+31612345601/bounced", id, "phone", "consent")
		e.canonical()
	}
	e.see("els@example.org", id, "email")
	e.does("update ems.person set phone = null, email = 'els2@example.org'")
	e.canonical()
	e.see("/els2@example.org/unknown", id, "phone", "email", "consent")
	// One that was never readable is not shown at all.
	other := e.person("phone=zie vader")
	e.canonical()
	e.is("false", "select fields ? 'phone' from entity where key = $1", other)
}

// An address that is written in two ways is one, and so has one owner.
func TestEMSOneMailboxHasOneOwner(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	first, second := e.person("email=huis@example.org"), e.person("")
	e.does("update ems.person set email = e'Huis@example.org\\u200b' where id = $1::bigint", second)
	e.canonical()
	e.see("huis@example.org/false", first, "email", "shared_email")
	e.see("/true", second, "email", "shared_email")
}

func TestEMSMembershipTypesAreOneTagEach(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.club()
	e.does(`insert into ems.membership_type (name, organisation_id) values (' Basis', 1), (e'e\u0301lite', 1), ('élite', 1);
		insert into ems.membership_period (membership_type_id, valid_from) values (2, '2020-01-01'), (3, '2020-01-01'), (4, '2020-01-01')`)
	id := e.person("")
	e.does("insert into ems.membership (person_id, period_id, status, valid_from) select $1::bigint, p.id, 'ACTIVE', '2020-01-01' from ems.membership_period p", id)
	e.canonical()
	e.see("basis:active\nsenior:active\nélite:active", id, "memberships")
}

// A day begins where the deployment is.
func TestEMSDaysBeginAtHome(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.club()
	id := e.person("")
	e.does("insert into deployment (id, digest_key, zone) values (gen_random_uuid(), '', 'Europe/Amsterdam')")
	e.does("insert into ems.membership (person_id, period_id, status, valid_from) values ($1::bigint, 1, 'ACTIVE', '2096-07-01')", id)
	due := func(at string) {
		e.does("select hub_due(($1::text::timestamptz at time zone (select zone from deployment))::date)", at)
	}
	due("2096-06-30T21:59:59Z")
	e.see("pending", id, "membership")
	due("2096-06-30T22:00:00Z")
	e.see("active", id, "membership")
}

// A phone that several have is its owner's, as an address is.
func TestEMSSharedPhoneHasAnOwner(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	child := e.person("phone=+31612345601,date_of_birth=" + today(-365*10))
	parent := e.person("phone=06-12345601")
	e.canonical()
	e.see("", child, "phone")
	e.see("+31612345601", parent, "phone")
	e.does("update ems.person set phone = '+31612345602' where id = $1::bigint", parent)
	e.see("+31612345601", child, "phone")
	e.see("+31612345602", parent, "phone")
}

// An edit that commits while the row is made canonical is not lost: the values were
// made of what stood there before.
func TestEMSEditWhileMadeCanonical(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	id := e.person("email=old@example.org")
	edit, err := e.pool.Begin(e.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := edit.Exec(e.Context(), "update ems.person set email = 'new@example.org'"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- hub.New(e.pool).Canonicalise(e.Context(), value.Options{Region: "NL"}) }()
	for e.text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == "0" {
		if t.Context().Err() != nil {
			t.Fatal("nobody waits for the edit")
		}
	}
	if err := edit.Commit(e.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	e.canonical()
	e.see("new@example.org", id, "email")
	e.is("1", "select count(*) from ems.person where email_key = 'new@example.org' and not canon_due")
}

// The same mailbox typed in another way still bounces; another one does not.
func TestEMSRetypedAddressStillBounces(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	id := e.person("email=j0@example.org")
	e.canonical()
	e.does("update ems.person set email_bounced_on = now()")
	for _, c := range []struct{ email, want string }{
		{"J0@example.org\r", "j0@example.org/bounced"}, {" j0@example.org", "j0@example.org/bounced"}, {"j1@example.org\u200b", "j1@example.org/unknown"},
	} {
		e.does("update ems.person set email = $1", c.email)
		e.canonical()
		e.see(c.want, id, "email", "consent")
	}
}
