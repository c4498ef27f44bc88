package migrations_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/record"
)

// changes is what Apply does when a system has changed an entity.
func (e ems) changes(kind, key, sql string, args ...any) {
	e.Helper()
	if err := pgx.BeginFunc(e.Context(), e.pool, func(tx pgx.Tx) error {
		if err := e.own.Hold(e.Context(), tx, record.Kind(kind), []string{key}); err != nil {
			return err
		}
		c := hub.OwnChange{Kind: record.Kind(kind), Key: key}
		read := func() (fields record.Fields) {
			var text, from []byte
			err := tx.QueryRow(e.Context(), "select fields, provenance, deleted from entity where kind = $1 and key = $2", kind, key).Scan(&text, &from, &c.Deleted)
			if err == nil {
				fields, c.From = record.DecodeFields(text), record.DecodeProvenance(from)
			}
			return fields
		}
		c.Was = read()
		if _, err := tx.Exec(e.Context(), sql, args...); err != nil {
			return err
		}
		c.Is = read()
		return e.own.Accept(e.Context(), tx, []hub.OwnChange{c})
	}); err != nil {
		e.Fatal(err)
	}
}

// takes is what Apply does when a system has changed a person.
func (e ems) takes(system, id, field, value string) {
	e.Helper()
	e.changes("event.person", id, `update entity set fields = fields || jsonb_build_object($3::text, $4::text),
		provenance = provenance || jsonb_build_object($3::text, jsonb_build_array($2::text, '2026-11-01T00:00:00Z'))
		where kind = 'event.person' and key = $1`, id, system, field, value)
}

func TestEMSAcceptsWhatSystemsChange(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	id := e.person("email=els@example.org,first_name=Els,city=Utrecht")
	for i, c := range []struct{ system, field, value, look, want string }{
		{"chatwoot", "phone", "+31612345678", "select phone || ' ' || modified_by from ems.person", "+31612345678 sync:chatwoot"},
		{"mailchimp", "email", "new@example.org", "select email || ' ' || modified_by from ems.person", "new@example.org sync:mailchimp"},
		{"chatwoot", "first_name", "Elsa", "select first_name || ' ' || modified_by from ems.person", "Elsa sync:chatwoot"},
		{"mailchimp", "consent", "opted_out", "select state || ' ' || source || ' ' || modified_by from ems.contact_preference", "OPTED_OUT MAILCHIMP sync:mailchimp"},
		{"mailchimp", "consent", "bounced", "select (email_bounced_on is not null) || ' ' || modified_by from ems.person", "true sync:mailchimp"},
		{"chatwoot", "phone", "", "select coalesce(phone, 'none') || ' ' || modified_by from ems.person", "none sync:chatwoot"},
	} {
		e.takes(c.system, id, c.field, c.value)
		e.is(c.want, c.look)
		e.see(c.value, id, c.field)
		e.is(fmt.Sprint(i+2, " ", c.system), "select version || ' ' || (provenance -> $2 ->> 0) from entity where kind = 'event.person' and key = $1", id, c.field)
	}
	e.is("6", "select version from ems.person") // five changes; an opt-out is a row of its own
	e.does("update ems.person set city = 'Zeist'")
	e.is("user:"+e.text("session_user"), "select modified_by from ems.person")
}

func TestEMSShowsAgainWhatItDoesNotTake(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	id := e.person("email=els@example.org,first_name=Els,city=Utrecht,country=NL,date_of_birth=1990-01-02")
	long := "+316123456789012345678901234567890"
	version := e.text("select version from ems.person")
	for _, c := range []struct{ field, value, want string }{
		{"email", "", "els@example.org"},
		{"last_name", "", "Voorbeeld"},
		{"phone", long, ""},
		{"country", "Nederland", "NL"},
		{"birth_date", "", "1990-01-02"},
		{"membership", "active", ""},
		{"id", "9", id},
	} {
		e.takes("chatwoot", id, c.field, c.value)
		e.see(c.want, id, c.field)
		e.is("hub", "select provenance -> $2 ->> 0 from entity where kind = 'event.person' and key = $1", id, c.field)
		e.is(version, "select version from ems.person")
	}
}

func TestEMSConsentIsNeverLoosened(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	id := e.person("email=els@example.org")
	e.takes("mailchimp", id, "consent", "opted_in")
	e.see("unknown", id, "consent")
	e.does("insert into ems.contact_preference (person_id, channel, state) values ($1::bigint, 'EMAIL', 'OPTED_OUT')", id)
	for _, value := range []string{"opted_in", "unknown", ""} {
		e.takes("mailchimp", id, "consent", value)
		e.see("opted_out", id, "consent")
	}
	e.takes("mailchimp", id, "consent", "bounced")
	for _, value := range []string{"opted_out", "opted_in", "unknown", ""} {
		e.takes("mailchimp", id, "consent", value)
		e.see("bounced", id, "consent")
	}
	e.is("OPTED_OUT 1", "select state || ' ' || version from ems.contact_preference")
	// Another address is not known to bounce; the opt-out is the person's.
	e.does("update ems.person set email = 'other@example.org'")
	e.see("opted_out", id, "consent")
}

func TestEMSAcceptedAddressFindsItsOwner(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	first, second := e.person("email=fam@example.org"), e.person("email=other@example.org")
	third := e.person("email=fam@example.org")
	e.takes("chatwoot", second, "email", "fam@example.org")
	e.see("/true", second, "email", "shared_email")
	e.takes("chatwoot", first, "email", "own@example.org")
	e.see("fam@example.org/false", second, "email", "shared_email")
	e.see("/true", third, "email", "shared_email")
}

func TestEMSAcceptsConversations(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	id := e.person("")
	e.changes("event.conversation", "17", `insert into entity (kind, key, fields, provenance) values ('event.conversation', '17', jsonb_build_object('id', '17', 'person', $1::text,
		'channel', 'email', 'inbox', 'Info', 'status', 'open', 'priority', '', 'assignee', 'Piet', 'labels', E'a\nb',
		'opened_on', '2026-11-01T10:00:00Z', 'last_activity', '', 'first_reply', ''), '{"id": ["chatwoot", "2026-11-01T00:00:00Z"]}')`, id)
	e.is("17 "+id+" OPEN {a,b} sync:chatwoot", "select concat_ws(' ', number, person_id, status, labels, modified_by) from ems.conversation")
	e.is("1", "select version from entity where kind = 'event.conversation'")
	e.changes("event.conversation", "17", `update entity set fields = fields || '{"status": "resolved"}' where kind = 'event.conversation'`)
	e.is("RESOLVED 2 2", "select concat_ws(' ', status, v.version, e.version) from ems.conversation v, entity e where e.kind = 'event.conversation'")
	e.changes("event.conversation", "17", `update entity set deleted = 'missing' where kind = 'event.conversation'`)
	e.is("t 3", "select concat_ws(' ', v.deleted_on is not null, e.version) from ems.conversation v, entity e where e.kind = 'event.conversation'")
	// An edit by SQL is shown.
	e.does(`update ems.conversation set deleted_on = null, assignee_name = 'Kim'`)
	e.is("Kim ", "select (fields ->> 'assignee') || ' ' || deleted from entity where kind = 'event.conversation'")
}
