package migrations_test

import (
	"testing"

	"github.com/touchline-sync/touchline/internal/pgtest"
)

// Of who is erased nothing is left but ids: in no column of theirs, of what hangs on
// them, of whoever was merged into them, nor of what was shown.
func TestEMSErasure(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.club()
	all := `first_name = 'Marker', last_name = 'Marker', date_of_birth = '1987-06-05', gender = 'FEMALE', phone = '+31612345601', language = 'nl', nationality = 'NL',
		street = 'Marker', city = 'Marker', province = 'Marker', postal_code = 'Marker', country = 'NL', identity_type = 'PASSPORT', identity_number = 'Marker',
		identity_country = 'NL', emergency_contact_name = 'Marker', emergency_contact_number = 'Marker', email_bounced_on = now(), bounced_email = 'marker@example.org'`
	erased, _, sister := e.person("email=marker@example.org"), e.person("email=other@example.org"), e.person("email=marker@example.org")
	for _, sql := range []string{
		"update ems.person set " + all + " where id in (1, 2)",
		"insert into ems.contact_preference (person_id, channel, state, consent_ip) values (1, 'EMAIL', 'OPTED_IN', 'marker')",
		"insert into ems.membership (person_id, period_id, number, status, valid_from) values (1, 1, 'Marker', 'ACTIVE', '2020-01-01')",
		"insert into ems.event (organisation_id, name, start_date_time, end_date_time, all_day, timezone) values (1, 'Loop', now(), now(), true, 'UTC')",
		`insert into ems.event_participant (event_id, person_id, first_name, last_name, email, date_of_birth, gender, age, team_name, category_name, paid, bib, deleted_on) values
			(1, 1, 'Marker', 'Marker', 'marker@example.org', '1987-06-05', 'FEMALE', 39, 'Marker', 'Marker', true, 'Marker', null),
			(1, 1, 'Marker', 'Marker', 'marker@example.org', '1987-06-05', 'FEMALE', 39, 'Marker', 'Marker', true, 'Marker2', now())`,
		"insert into ems.tag (person_id) values (1)",
		"insert into ems.bib_tag_mapping (tag_id, person_id, bib, valid_from) values (1, 1, 'Marker', now())",
		"insert into ems.conversation (number, person_id) values ('17', 1)",
		"select ems.merge_person(2, 1)",
	} {
		e.does(sql)
	}
	e.see("/true", sister, "email", "shared_email")
	e.does("update ems.person set erased_on = now() where id = 1")
	e.does("update ems.person set " + all + ", email = 'marker@example.org', erased_on = null, deleted_on = null where id = 1")
	e.see("marker@example.org/false", sister, "email", "shared_email")
	e.does("update ems.person set email = null where id = 3")
	e.show()
	if in := pgtest.Holding(t, e.pool, "marker", "1987-06-05", "+31612345601"); len(in) > 0 {
		t.Errorf("what was erased stands in %q", in)
	}
	// What is not named here has been emptied; a column that is added is, too.
	e.is("created_on deleted_on erased_on id last_name modified_by modified_on version",
		"select string_agg(j.key, ' ' order by j.key) from ems.person p, jsonb_each(to_jsonb(p)) j where p.id = 1 and j.value <> 'null'")
	e.is("erased", "select deleted from entity where kind = 'event.person' and key = $1", erased)
	e.is("{1,2}", "select array_agg(id order by id) from ems.person where erased_on is not null and deleted_on is not null")
	e.is("erased", "select distinct deleted from entity where kind = 'event.participant'")
	e.is("person 1", "select 'person ' || (fields ->> 'person') from entity where kind = 'event.participant' and fields ? 'event'")
	for _, table := range []string{"contact_preference", "membership", "event_participant", "bib_tag_mapping"} {
		e.is("0", "select count(*) from ems."+table+" where deleted_on is null")
	}
	e.is("0", "select count(*) from ems.bib")
	e.is("2", "select count(*) from (select person_id from ems.tag union all select person_id from ems.conversation) n where person_id is null")
	// Nothing changes when it is erased again.
	version := e.text("select version from ems.person where id = 1")
	e.does("update ems.person set erased_on = now() where id = 1")
	e.is(version, "select version from ems.person where id = 1")
}
