package rondoclub_test

import (
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	refused := func(code, data string) string {
		return `{"code":"` + code + `","message":"zoe@example.org","data":{"status":400,` + data + `}}`
	}
	const notice = "<br />\n<b>Deprecated</b>:  x in /srv/y.php on line 3<br />\n"
	cases := map[string]struct {
		status int
		body   string
		class  connector.Class
		field  record.Field
	}{
		"schema":                  {400, refused("rest_invalid_param", `"params":{"fields":"fields[lid_tot] is not of type string,null."}`), connector.Rejected, person.MemberUntil},
		"row":                     {400, refused("rest_invalid_param", `"params":{"fields":"fields[addresses][0][city] is not of type string."}`), connector.Rejected, person.City},
		"theme":                   {400, refused("rondo_invalid_field", `"field":"fields.gender","detail":"fields.gender contains an unknown choice."`), connector.Rejected, person.Gender},
		"unknown key":             {400, refused("rondo_invalid_field", `"field":"fields.spelactiviteit","detail":"fields.spelactiviteit: Field person.spelactiviteit is unresolved."`), connector.Drifted, person.GameActivity},
		"meta":                    {400, refused("rest_invalid_type", `"params":{"meta":"meta.team is not of type integer."}`), connector.Rejected, ""},
		"other property":          {400, refused("removed_acf_payload", `"x":1`), connector.Drifted, ""},
		"no route":                {404, refused("rest_no_route", `"x":1`), connector.Drifted, ""},
		"a page":                  {403, "<html>zoe@example.org</html>", connector.Drifted, ""},
		"a broken site":           {500, "<html>zoe@example.org</html>", connector.Transient, ""},
		"a broken call":           {500, refused("internal_server_error", `"x":1`), connector.Transient, ""},
		"too many":                {429, "", connector.Throttled, ""},
		"a company":               {400, refused("rondo_company_only_contact_required", `"x":1`), connector.Rejected, person.FirstName},
		"a rule of the theme's":   {400, refused("rondo_sponsor_pass_variant_required", `"x":1`), connector.Rejected, ""},
		"a page's limit":          {429, refused("too_many_requests", `"x":1`), connector.Throttled, ""},
		"one record":              {403, refused("rest_forbidden", `"x":1`), connector.Rejected, ""},
		"gone, behind a notice":   {404, notice + refused("rest_post_invalid_id", `"x":1`), connector.NotFound, ""},
		"gone, behind a mark":     {404, "\xef\xbb\xbf" + refused("rest_post_invalid_id", `"x":1`), connector.NotFound, ""},
		"schema, behind a notice": {400, notice + refused("rest_invalid_param", `"params":{"fields":"fields[email_1] is not a valid email."}`), connector.Rejected, person.Email1},
	}
	b := setup(t, rondosim.Options{})
	id := b.create(zoe()).ID
	for name, c := range cases {
		b.inject(simkit.Fault{Match: simkit.Match{Method: "PUT"}, Times: 1, Do: simkit.Do{Kind: simkit.FaultStatus, Status: c.status, Body: c.body}})
		_, err := b.people.Update(b.ctx(), id, connector.Patch{Set: record.Fields{person.City: "Elders"}})
		if e := b.class(err, c.class); e.Field != c.field {
			t.Errorf("%s: field %q, want %q", name, e.Field, c.field)
		} else if strings.Contains(name, "rule of") && !strings.Contains(e.Why, "rondo_sponsor_pass_variant_required") {
			t.Errorf("%s: which rule is not told: %s", name, e.Why)
		} else if strings.Contains(name, "behind") && !strings.Contains(e.Why, "before the JSON") {
			t.Errorf("%s: what stands before the JSON is not told: %s", name, e.Why)
		}
		b.kit.ClearFaults()
	}
	b.inject(simkit.Fault{Match: simkit.Match{Method: "PUT"}, Do: simkit.Do{Kind: simkit.FaultNamed, Name: "swallow"}})
	_, err := b.people.Update(b.ctx(), id, connector.Patch{Set: record.Fields{person.City: "Elders"}})
	if e := b.class(err, connector.Rejected); e.Field != person.City {
		t.Fatalf("%+v", e)
	}
	b.kit.ClearFaults()
	b.cfg.AppPassword = "wrong"
	b.open()
	_, err = b.people.Update(b.ctx(), id, connector.Patch{Set: record.Fields{person.City: "Elders"}})
	b.class(err, connector.Denied)
	_, err = b.people.Create(b.ctx(), zoe())
	b.class(err, connector.Denied)
	_, err = b.people.Find(b.ctx(), zoe())
	b.class(err, connector.Denied)
	if strings.Contains(b.host.Logged(), "Zoë") {
		t.Fatal("a value in the log")
	}
}
