package rondoclub

import (
	"errors"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/work"
)

// The row that a refusal counts says which of two addresses it is about; one that is nobody's of
// ours, or that was not sent, leaves the field that has its column.
func TestRefusalInARow(t *testing.T) {
	t.Parallel()
	sent := map[string]any{addresses: []row{
		{addressLabel: quoted("Work")}, {addressLabel: quoted("Home")}, {addressLabel: quoted("factuur")},
	}}
	for params, want := range map[string]record.Field{
		`"fields[addresses][1][city] is too long."`:                      person.City,
		`"fields[addresses][2][city] is too long."`:                      person.InvoiceCity,
		`"acf[addresses][2][street] is too long."`:                       person.InvoiceStreet,
		`"fields[addresses][2][country_code] is too long."`:              person.CountryCode,
		`"fields[addresses][99999999999999999999][city] is not a text."`: person.City,
		`"fields[addresses] is not a list."`:                             "",
		`"fields[first_name] is too long."`:                              person.FirstName,
	} {
		e := judge(400, []byte(`{"code":"rest_invalid_param","data":{"params":{"fields":`+params+`}}}`))
		if got, ok := asError((&shape{}).ofItsRow(e, sent, &post{})); !ok || got.Field != want {
			t.Errorf("%s is about %q, want %q", params, e.Field, want)
		}
	}
	if other := errors.New("other"); !errors.Is((&shape{}).ofItsRow(other, sent, &post{}), other) {
		t.Error("another error is another one afterwards")
	}
}

// A row of work, or of contact, is refused for a field that was set: all else of the person
// can be written without it.
func TestRefusalInAList(t *testing.T) {
	t.Parallel()
	const doing, playing, both, mails, mail2 = "functions", "teams", "both", "mails", "second mail"
	chair := person.Function{Committee: "11", Role: "Voorzitter", Start: "2024-08-01", Current: true}
	coach := person.Function{Committee: "12", Role: "Trainer", Start: "2025-08-01", Current: true}
	is := func(set ...any) *post {
		p := &post{}
		for i := 0; i < len(set); i += 2 {
			*at(set[i].(record.Field))(p) = mapping.Of(set[i+1].(string))
		}
		return p
	}
	sets := map[string]*post{
		doing:   is(work.Functions, person.FunctionSet([]person.Function{chair})),
		playing: is(work.TeamFunctions, person.FunctionSet([]person.Function{coach})),
		both:    is(work.Functions, person.FunctionSet([]person.Function{chair}), work.TeamFunctions, person.FunctionSet([]person.Function{coach})),
		mails:   is(person.Email1, "a@example.org", person.Email2, "b@example.org", person.Phone1, "1"),
		mail2:   is(person.Email2, "b@example.org", person.Phone1, "1"),
	}
	s := &shape{property: "acf", has: map[string]bool{contactInfo: true}}
	sent := map[string]any{
		workHistory: []row{
			{s.team(): quoted("9"), entityType: quoted(aTeam)},
			{s.team(): quoted("8"), entityType: quoted("commissie")},
			{s.team(): quoted("11"), "job_title": quoted(chair.Role), "start_date": quoted(chair.Start)},
			{s.team(): quoted("12"), "job_title": quoted(coach.Role), "start_date": quoted(coach.Start)},
		},
		contactInfo: []row{
			{"contact_type": quoted("email"), "contact_label": quoted("work")},
			contactOf(person.Email1, "a@example.org"),
			contactOf(person.Phone1, "1"), contactOf(person.Email2, "b@example.org"),
			{"contact_type": quoted("website")},
		},
	}
	for _, c := range []struct {
		set, about string
		want       record.Field
	}{
		{doing, "work_history.2.team", work.Functions},
		{doing, "work_history.0.team", work.Functions}, // it is sent for what is set
		{doing, "work_history", work.Functions},
		{playing, "work_history.3.team", work.TeamFunctions},
		{playing, "work_history", work.TeamFunctions},
		{both, "work_history.0.team", work.TeamFunctions},
		{both, "work_history.1.team", work.Functions},
		{both, "work_history.2.team", work.Functions},
		{both, "work_history.3.team", work.TeamFunctions},
		{both, "work_history.99.team", work.Functions},
		{mails, "contact_info.1.contact_value", person.Email1},
		{mails, "contact_info.2.contact_value", person.Phone1},
		{mails, "contact_info.3.contact_value", person.Email2},
		{mails, "contact_info.0.contact_value", person.Email1},
		{mail2, "contact_info.0.contact_value", person.Email2},
		{mail2, "contact_info.4.contact_value", person.Email2},
		{mail2, "contact_info", person.Email2},
		{doing, "contact_info.0.contact_value", ""},
	} {
		e := judge(400, []byte(`{"code":"rondo_invalid_field","data":{"field":"fields.`+c.about+`"}}`))
		if got, ok := asError(s.ofItsRow(e, sent, sets[c.set])); !ok || got.Class != connector.Rejected || got.Field != c.want {
			t.Errorf("%s, where %s is set, is about %+v, want %q", c.about, c.set, got, c.want)
		}
	}
}
