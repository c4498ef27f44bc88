package migrations_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// ems is a database, and SQL to look into it. What is shown of it is made before each
// look, as before each plan, in a Dutch deployment.
type ems struct {
	*testing.T
	pool *pgxpool.Pool
	own  *hub.Own
}

func newEMS(t *testing.T) ems {
	t.Helper()
	const always = 876_000 * time.Hour // whatever the day of the test
	return ems{t, pgtest.New(t), &hub.Own{Options: value.Options{Region: "NL"}, Window: record.Window{Past: always, Ahead: always}}}
}

// show makes what is shown.
func (e ems) show() {
	e.Helper()
	if err := e.own.Show(e.Context(), e.pool); err != nil {
		e.Fatal(err)
	}
}

// on makes what is shown on a day.
func (e ems) on(days int) {
	e.Helper()
	e.own.Now = func() time.Time { return time.Now().AddDate(0, 0, days) }
	e.show()
}

// does runs statements.
func (e ems) does(sql string, args ...any) {
	e.Helper()
	if _, err := e.pool.Exec(e.Context(), sql, args...); err != nil {
		e.Fatalf("%s: %v", sql, err)
	}
}

// inTx runs statements in one transaction.
func (e ems) inTx(statements ...string) {
	e.Helper()
	if err := pgx.BeginFunc(e.Context(), e.pool, func(tx pgx.Tx) error {
		for _, sql := range statements {
			if _, err := tx.Exec(e.Context(), sql); err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
		}
		return nil
	}); err != nil {
		e.Fatal(err)
	}
}

// text reads one value as text; null is "null".
func (e ems) text(sql string, args ...any) string {
	e.Helper()
	e.show()
	var v *string
	if err := e.pool.QueryRow(e.Context(), "select ("+sql+")::text", args...).Scan(&v); err != nil {
		e.Fatalf("%s: %v", sql, err)
	}
	if v == nil {
		return "null"
	}
	return *v
}

// is wants a value.
func (e ems) is(want, sql string, args ...any) {
	e.Helper()
	if got := e.text(sql, args...); got != want {
		e.Errorf("%s: %q; want %q", sql, got, want)
	}
}

// person inserts a person and returns the id.
func (e ems) person(columns string) string {
	e.Helper()
	names, values := []string{"last_name"}, []string{"'Voorbeeld'"}
	for pair := range strings.SplitSeq(columns, ",") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			names, values = append(names, name), append(values, "'"+value+"'")
		}
	}
	var id int64
	sql := fmt.Sprintf("insert into ems.person (%s) values (%s) returning id", strings.Join(names, ", "), strings.Join(values, ", "))
	if err := e.pool.QueryRow(e.Context(), sql).Scan(&id); err != nil {
		e.Fatalf("%s: %v", sql, err)
	}
	return fmt.Sprint(id)
}

// shown is what systems see of a person: the fields that are asked for, in
// order, with slashes.
func (e ems) shown(id string, fields ...string) string {
	e.Helper()
	e.show()
	var text []byte
	if err := e.pool.QueryRow(e.Context(), "select fields from entity where kind = 'event.person' and key = $1", id).Scan(&text); err != nil {
		e.Fatalf("shown %s: %v", id, err)
	}
	all := map[string]string{}
	if err := json.Unmarshal(text, &all); err != nil {
		e.Fatal(err)
	}
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = all[f]
	}
	return strings.Join(out, "/")
}

// see wants what systems see.
func (e ems) see(want, id string, fields ...string) {
	e.Helper()
	if got := e.shown(id, fields...); got != want {
		e.Errorf("person %s shows %v %q; want %q", id, fields, got, want)
	}
}

// club makes an organisation with a membership type and a period.
func (e ems) club() {
	e.Helper()
	e.does(`insert into ems.organisation (name) values ('Loopgroep');
		insert into ems.membership_type (name, organisation_id) values ('Senior', 1);
		insert into ems.membership_period (membership_type_id, valid_from) values (1, '2020-01-01')`)
}

func today(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }

func TestEMSTimesRise(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.person("city=A")
	e.does("create table noted as select modified_on as at, version from ems.person")
	const note = "insert into noted select modified_on, version from ems.person"
	// Two in one transaction have the same now().
	e.inTx("update ems.person set city = 'B'", note, "update ems.person set city = 'C'", note)
	// Another clock was an hour ahead.
	e.inTx("alter table ems.person disable trigger user", "update ems.person set modified_on = now() + interval '1 hour'",
		"alter table ems.person enable trigger user", "delete from noted where version = 3", note, "update ems.person set city = 'D'", note)
	e.is("true", "select bool_and(later) from (select at > lag(at) over (order by version) as later from noted) s")
	e.is("1 2 3 4", "select string_agg(version::text, ' ' order by version) from noted")
}

func TestEMSVersionsAreOfRealChanges(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	id := e.person("city=A,email=els@example.org")
	e.does("update ems.person set city = 'A', email = 'els@example.org'")
	e.is("1", "select version from ems.person")
	e.does("update ems.person set city = 'B'")
	e.is("2", "select version from ems.person")
	e.is("2", "select version from entity where kind = 'event.person' and key = $1", id)
}

func TestEMSClientsDoNotWriteTheAudit(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	const wrong = "created_on = '2001-01-01', modified_on = '2001-01-01', version = 77, modified_by = 'nobody'"
	e.does(`insert into ems.organisation (name, created_on, modified_on, version, modified_by)
		values ('A', '2001-01-01', '2001-01-01', 77, 'nobody')`)
	const right = "select (created_on > now() - interval '1 minute' and modified_on >= created_on) || ' ' || version || ' ' || modified_by from ems.organisation"
	e.is("true 1 user:"+e.text("session_user"), right)
	e.does("update ems.organisation set " + wrong)
	e.is("true 1 user:"+e.text("session_user"), right)
	e.inTx("select set_config('ems.actor', 'import:x', true)", "update ems.organisation set name = 'B', "+wrong)
	e.is("true 2 import:x", right)
}

func TestEMSDeletesSoftly(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.person("email=els@example.org")
	e.does(`insert into ems.organisation (name) values ('A');
		insert into ems.event (organisation_id, name, start_date_time, end_date_time, all_day, timezone) values (1, 'Loop', now(), now(), true, 'UTC');
		insert into ems.race (event_id, active, status) values (1, true, 'PLANNED');
		insert into ems.start_group (race_id, start_time) values (1, now());
		insert into ems.event_participant (event_id, person_id, race_id, last_name, paid) values (1, 1, 1, 'V', true);
		insert into ems.start_group_participant (start_group_id, event_participant_id) values (1, 1)`)
	e.does("delete from ems.race")
	const marks = `select concat_ws(' ', (select deleted_on is not null from ems.event), (select deleted_on is not null from ems.race),
		(select deleted_on is not null from ems.start_group), (select deleted_on is not null from ems.start_group_participant),
		(select deleted_on is not null from ems.event_participant))`
	e.is("f t t t f", marks)
	e.does("delete from ems.event; delete from ems.event")
	e.is("t t t t t", marks)
	e.is("2 2 2 2 2", `select concat_ws(' ', (select version from ems.event), (select version from ems.race), (select version from ems.start_group),
		(select version from ems.start_group_participant), (select version from ems.event_participant))`)
	e.does("delete from ems.person") // who has no participant any more since the event went
	e.is("deleted 3", "select deleted || ' ' || version from entity where kind = 'event.person'")
	// A purge takes what is marked, and only that.
	e.person("")
	e.inTx("select set_config('ems.purge', 'on', true)", "delete from ems.start_group_participant", "delete from ems.start_group",
		"delete from ems.event_participant", "delete from ems.race", "delete from ems.event", "delete from ems.person")
	e.is("0 0 1 1", `select concat_ws(' ', (select count(*) from ems.start_group_participant), (select count(*) from ems.event),
		(select count(*) from ems.person), (select count(*) from ems.person where deleted_on is not null))`)
}

func TestEMSIsShownAsItChanges(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.club()
	id := e.person("first_name=Els,email= Els@Example.org ,phone=+31612345678")
	e.see("Els/els@example.org/+31612345678/unknown//", id, "first_name", "email", "phone", "consent", "membership", "memberships")
	for i, c := range []struct{ sql, field, want string }{
		{"update ems.person set city = 'Utrecht'", "city", "Utrecht"},
		{"insert into ems.contact_preference (person_id, channel, state) values (" + id + ", 'EMAIL', 'OPTED_IN')", "consent", "opted_in"},
		{"update ems.contact_preference set state = 'OPTED_OUT'", "consent", "opted_out"},
		{"insert into ems.membership (person_id, period_id, status, valid_from) values (" + id + ", 1, 'ACTIVE', '2020-01-01')", "memberships", "senior:active"},
		{"update ems.membership_type set name = 'Veteraan'", "memberships", "veteraan:active"},
		{"update ems.membership set status = 'REVOKED'", "membership", "revoked"},
		{"delete from ems.membership", "membership", ""},
		{"delete from ems.contact_preference", "consent", "unknown"},
	} {
		e.does(c.sql)
		e.see(c.want, id, c.field)
		e.is(fmt.Sprint(i+2, " hub"), "select version || ' ' || (provenance -> $2 ->> 0) from entity where kind = 'event.person' and key = $1", id, c.field)
	}
}

func TestEMSWritesNothingForNothing(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.club()
	id := e.person("email=els@example.org,date_of_birth=" + today(-365*10))
	e.does("insert into ems.membership (person_id, period_id, status, valid_from, valid_to) values ($1::bigint, 1, 'ACTIVE', '2020-01-01', '2099-01-01')", id)
	e.does("insert into ems.contact_preference (person_id, channel, state) values ($1::bigint, 'EMAIL', 'OPTED_IN')", id)
	e.does("insert into ems.conversation (number, person_id, status) values ('17', $1::bigint, 'OPEN')", id)
	const rows = "select string_agg(x, ' ' order by x) from (select kind || xmin::text as x from entity union all select 'due' || xmin from ems.person_shown) r"
	const versions = `select concat_ws(' ', (select sum(version) from entity), (select sum(version) from ems.person), (select sum(version) from ems.membership),
		(select sum(version) from ems.membership_type), (select sum(version) from ems.contact_preference), (select sum(version) from ems.conversation))`
	before, was := e.text(rows), e.text(versions)
	for _, sql := range []string{
		"update ems.person set email = email, city = city", "update ems.membership set status = status",
		"update ems.membership_type set name = name", "update ems.membership_period set name = name",
		"update ems.contact_preference set state = state", "update ems.conversation set status = status",
	} {
		e.does(sql)
		e.is(before, rows)
		e.is(was, versions)
	}
	// What no system sees is a change of EMS only.
	const entities = "select string_agg(xmin::text, ' ' order by id) from entity"
	before = e.text(entities)
	e.does("update ems.person set identity_number = 'X1', street = 'Laan 1'")
	e.is(before, entities)
}

func TestEMSOwnerOfASharedAddress(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	const mine, other = "fam@example.org/false", "/true"
	owner := func(want string, ids ...string) {
		e.Helper()
		for _, id := range ids {
			if id == want {
				e.see(mine, id, "email", "shared_email")
			} else {
				e.see(other, id, "email", "shared_email")
			}
		}
	}
	grown := time.Now().UTC().AddDate(-18, 0, 20)
	child := e.person("email=fam@example.org,date_of_birth=" + grown.Format(time.DateOnly))
	owner(child, child)
	adult := e.person("email=FAM@example.org,date_of_birth=1980-01-01")
	owner(adult, child, adult)
	second := e.person("email=fam@example.org")
	owner(adult, child, adult, second)
	e.does("update ems.person set email = 'self@example.org' where id = $1::bigint", adult)
	owner(second, child, second)
	e.see("self@example.org/false", adult, "email", "shared_email")
	e.does("update ems.person set email = 'fam@example.org' where id = $1::bigint", adult)
	owner(adult, child, adult, second)
	e.does("delete from ems.person where id = $1::bigint", adult)
	owner(second, child, second)
	// The child comes of age; its id is the lowest.
	e.on(19)
	owner(second, child, second)
	e.on(20)
	owner(child, child, second)
	e.is("0", "select count(*) from ems.person_shown where due_on is not null")
}

func TestEMSMembershipsBeginAndEndByDate(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.club()
	id := e.person("")
	e.show()
	e.does("insert into ems.membership (person_id, period_id, status, valid_from, valid_to) values ($1::bigint, 1, 'ACTIVE', $2::text::date, $3::text::date)", id, today(5), today(9))
	e.see("pending/senior:pending", id, "membership", "memberships")
	for _, c := range []struct {
		day     int
		want    string
		version string
	}{{4, "pending", "2"}, {5, "active", "3"}, {9, "active", "3"}, {10, "expired", "4"}, {11, "expired", "4"}} {
		e.on(c.day)
		e.see(c.want+"/senior:"+c.want, id, "membership", "memberships")
		e.is(c.version, "select version from entity where kind = 'event.person' and key = $1", id)
	}
	e.is("0", "select count(*) from ems.person_shown where due_on is not null")
	e.is("1", "select version from ems.membership")
}

func TestEMSMerge(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.club()
	a, b, c := e.person("email=a@example.org"), e.person("email=b@example.org"), e.person("email=a@example.org")
	for _, sql := range []string{
		"insert into ems.contact_preference (person_id, channel, state, source) values (1, 'EMAIL', 'OPTED_OUT', 'MAILCHIMP'), (2, 'EMAIL', 'OPTED_IN', 'EMS'), (1, 'SMS', 'OPTED_IN', 'EMS'), (1, 'PHONE', 'OPTED_IN', 'EMS'), (2, 'PHONE', 'OPTED_OUT', 'EMS')",
		"insert into ems.membership_period (membership_type_id, valid_from) values (1, '2021-01-01')",
		"insert into ems.membership (person_id, period_id, status, valid_from) values (1, 1, 'ACTIVE', '2020-01-01'), (2, 1, 'ACTIVE', '2020-01-01'), (1, 2, 'ACTIVE', '2020-01-01')",
		"insert into ems.event (organisation_id, name, start_date_time, end_date_time, all_day, timezone) values (1, 'Loop', now(), now(), true, 'UTC')",
		"insert into ems.event_participant (event_id, person_id, last_name, paid, bib) values (1, 1, 'V', true, '10')",
		"insert into ems.tag (person_id) values (1)",
		"insert into ems.bib_tag_mapping (tag_id, person_id, valid_from) values (1, 1, now())",
		"insert into ems.conversation (number, person_id) values ('17', 1)",
	} {
		e.does(sql)
	}
	e.show()
	e.inTx("select set_config('ems.actor', 'user:els', true)", "select ems.merge_person(1, 2)")
	// No column that names a person names the source, where the row is alive.
	rows, err := e.pool.Query(t.Context(), `select table_name::text from information_schema.columns
		join information_schema.tables using (table_schema, table_name)
		where table_schema = 'ems' and column_name = 'person_id' and table_type = 'BASE TABLE' and table_name <> 'person_shown'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) != 7 {
		t.Fatalf("tables %v, %v; want seven that name persons", tables, err)
	}
	for _, name := range tables {
		living := " and deleted_on is null"
		if name == "bib" {
			living = ""
		}
		e.is("0", "select count(*) from ems."+name+" where person_id = 1"+living)
	}
	e.is("EMAIL:OPTED_OUT:MAILCHIMP PHONE:OPTED_OUT:EMS SMS:OPTED_IN:EMS",
		"select string_agg(channel || ':' || state || ':' || source, ' ' order by channel) from ems.contact_preference where person_id = 2 and deleted_on is null")
	e.is("1 2", "select string_agg(period_id::text, ' ' order by period_id) from ems.membership where person_id = 2 and deleted_on is null")
	e.see("opted_out", b, "consent")
	e.see(b, e.text("select key from entity where kind = 'event.person' and key = $1", b), "id")
	e.is("merged", "select deleted from entity where kind = 'event.person' and key = $1", a)
	e.is("2", "select to_key from entity_alias where from_key = $1", a)
	e.is("1 2 user:els", "select source_id || ' ' || target_id || ' ' || merged_by from ems.person_merge")
	// The one who stayed is merged as well. Who shares an address with the
	// first shows that one again.
	e.does("select ems.merge_person(2, 3)")
	e.does("update ems.person set city = 'Utrecht' where id = 3")
	e.is("3 3", "select string_agg(to_key, ' ') from entity_alias where from_key in ('1', '2')")
	e.is("3 3", "select string_agg(merged_into_id::text, ' ') from ems.person where deleted_on is not null")
	e.see("a@example.org/false", c, "email", "shared_email")
	for _, pair := range []string{"3, 3", "3, 1", "1, 3", "3, 99"} {
		if _, err := e.pool.Exec(t.Context(), "select ems.merge_person("+pair+")"); err == nil {
			t.Errorf("merge of %s: no error", pair)
		}
	}
}

func TestEMSShowsNothingSensitive(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.club()
	// Every column of a person has a value that can be told from all others.
	rows, err := e.pool.Query(t.Context(), `select column_name::text, data_type::text, coalesce(character_maximum_length, 0) from information_schema.columns
		where table_schema = 'ems' and table_name = 'person' and is_generated = 'NEVER' order by ordinal_position`)
	if err != nil {
		t.Fatal(err)
	}
	never := map[string]string{} // value -> column
	var names, values []string
	var name, kind string
	var most int
	shown := []string{"id", "first_name", "last_name", "date_of_birth", "gender", "email", "phone", "language", "city", "country"}
	if _, err := pgx.ForEachRow(rows, []any{&name, &kind, &most}, func() error {
		if kind != "character varying" || most <= 7 || slices.Contains([]string{"identity_type", "modified_by", "phone", "email", "language"}, name) {
			return nil
		}
		value := fmt.Sprintf("q%02dq", len(names))
		names, values = append(names, name), append(values, "'"+value+"'")
		if !slices.Contains(shown, name) {
			never[value] = name
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	names, values = append(names, "language"), append(values, "'nl'")
	for name, value := range map[string]string{"identity_type": "PASSPORT", "identity_country": "QQ", "nationality": "QZ"} {
		names, values, never[value] = append(names, name), append(values, "'"+value+"'"), name
	}
	e.does("insert into ems.person (" + strings.Join(names, ", ") + ") values (" + strings.Join(values, ", ") + ")")
	text := e.text("select fields::text || provenance::text from entity where kind = 'event.person'")
	for value, name := range never {
		if strings.Contains(text, value) {
			t.Errorf("the column %s is shown", name)
		}
	}
	for _, name := range []string{"identity_type", "identity_number", "identity_country", "emergency_contact_name", "emergency_contact_number"} {
		if !slices.Contains(slices.Collect(maps.Values(never)), name) {
			t.Errorf("the column %s was not tried", name)
		}
	}
	e.is("birth_date city consent country deleted email entered first_name gender id language last_name membership memberships phone shared_email sms_consent",
		"select string_agg(k, ' ' order by k) from entity, jsonb_object_keys(fields) k where kind = 'event.person'")
}
