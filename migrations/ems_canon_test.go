package migrations_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

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
		e.see(c.want, id, c.field)
	}
	e.is("0", "select count(*) from ems.due")
}

// A phone that is typed again in another way is the same phone: nobody is told.
func TestEMSRetypedIsNoChange(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	id := e.person("phone=+31612345601,email=els@example.org")
	const rows = "select xmin::text || version from entity"
	before := e.text(rows)
	for _, sql := range []string{
		"update ems.person set phone = '06-12345601'", "update ems.person set phone = '(06) 1234 5601'", "update ems.person set email = ' Els@example.org'",
	} {
		e.does(sql)
		e.is(before, rows)
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
	e.does("update ems.person set email_bounced_on = now()")
	e.see("+31612345601/els@example.org/bounced", id, "phone", "email", "consent")
	e.does("update ems.person set phone = 'zie moeder', email = 'els at example'")
	for range 2 {
		e.see("+31612345601/bounced", id, "phone", "consent")
	}
	e.see("els@example.org", id, "email")
	e.does("update ems.person set phone = null, email = 'els2@example.org'")
	e.see("/els2@example.org/unknown", id, "phone", "email", "consent")
	// One that was never readable is not shown at all.
	other := e.person("phone=zie vader")
	e.is("false", "select fields ? 'phone' from entity where kind = 'event.person' and key = $1", other)
}

// An address that is written in two ways is one, and so has one owner.
func TestEMSOneMailboxHasOneOwner(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	first, second := e.person("email=huis@example.org"), e.person("")
	e.does("update ems.person set email = e'Huis@example.org\\u200b' where id = $1::bigint", second)
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
	e.see("basis:active\nsenior:active\nélite:active", id, "memberships")
}

// A day begins where the deployment is.
func TestEMSDaysBeginAtHome(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.club()
	id := e.person("")
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	e.own.Options.Zone = zone
	e.does("insert into ems.membership (person_id, period_id, status, valid_from) values ($1::bigint, 1, 'ACTIVE', '2096-07-01')", id)
	due := func(text string) {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		e.own.Now = func() time.Time { return at }
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
	e.see("", child, "phone")
	e.see("+31612345601", parent, "phone")
	e.does("update ems.person set phone = '+31612345602' where id = $1::bigint", parent)
	e.see("+31612345601", child, "phone")
	e.see("+31612345602", parent, "phone")
}

// An edit that commits after what is shown was made is not lost, and one that is rolled
// back is not shown.
func TestEMSEditWhileShown(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	id := e.person("email=old@example.org")
	for _, c := range []struct {
		end  func(pgx.Tx) error
		want string
	}{
		{func(tx pgx.Tx) error { return tx.Rollback(e.Context()) }, "old@example.org"},
		{func(tx pgx.Tx) error { return tx.Commit(e.Context()) }, "new@example.org"},
	} {
		edit, err := e.pool.Begin(e.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = edit.Rollback(context.WithoutCancel(e.Context())) })
		if _, err := edit.Exec(e.Context(), "update ems.person set email = 'new@example.org'"); err != nil {
			t.Fatal(err)
		}
		e.does("insert into ems.contact_preference (person_id, channel, state) values ($1::bigint, 'SMS', 'UNKNOWN') on conflict do nothing", id)
		e.see("old@example.org", id, "email")
		if err := c.end(edit); err != nil {
			t.Fatal(err)
		}
		e.see(c.want, id, "email")
	}
	e.is("0", "select count(*) from ems.due")
}

// The same mailbox typed in another way still bounces; another one does not.
func TestEMSRetypedAddressStillBounces(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	id := e.person("email=j0@example.org")
	e.does("update ems.person set email_bounced_on = now()")
	for _, c := range []struct{ email, want string }{
		{"J0@example.org\r", "j0@example.org/bounced"}, {" j0@example.org", "j0@example.org/bounced"}, {"j1@example.org\u200b", "j1@example.org/unknown"},
	} {
		e.does("update ems.person set email = $1", c.email)
		e.see(c.want, id, "email", "consent")
	}
}
