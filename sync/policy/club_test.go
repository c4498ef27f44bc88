package policy_test

import (
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/access"
	"github.com/touchline-sync/touchline/sync/record/activity"
	"github.com/touchline-sync/touchline/sync/record/committee"
	"github.com/touchline-sync/touchline/sync/record/contribution"
	"github.com/touchline-sync/touchline/sync/record/customer"
	"github.com/touchline-sync/touchline/sync/record/discipline"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/photo"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
	"github.com/touchline-sync/touchline/sync/record/task"
	"github.com/touchline-sync/touchline/sync/record/team"
	"github.com/touchline-sync/touchline/sync/record/work"
)

var club = families(policy.Club(4), "sportlink", "nikki")

// parts are the kinds whose key is that of the record that they are parts of.
var parts = []record.Kind{family.Kind, work.Kind, work.InTeams, contribution.Kind, invoice.Kind, photo.Kind}

// families has the family of each target of some pages, and of sources. That targets
// are systems of the registry, and of their family, is held where it is known.
func families(pages policy.Set, sources ...record.System) map[record.System]string {
	out := map[record.System]string{"ems": "event"}
	for _, p := range pages {
		for _, t := range p.Targets {
			out[t.System] = p.Kind.Family()
		}
		for _, s := range sources {
			if out[s] == "" {
				out[s] = p.Kind.Family()
			}
		}
	}
	return out
}

func TestClubIsValid(t *testing.T) {
	t.Parallel()
	policies := policy.Club(4)
	if err := policies.Validate(club); err != nil {
		t.Error(err)
	}
	var order []record.Kind
	for _, p := range policies {
		order = append(order, p.Kind)
	}
	if !slices.Equal(order, []record.Kind{person.Kind, family.Kind, committee.Kind, team.Kind, work.Kind, work.InTeams, access.Kind, contribution.Kind, invoice.Kind, photo.Kind, subscriber.Kind, customer.Kind, customer.Number, activity.Kind, discipline.Kind, task.Kind}) {
		t.Errorf("kinds are decided in the order %v", order)
	}
	for _, p := range policies {
		for _, f := range p.KeyFields {
			if _, ok := p.Fields[f]; !ok && !slices.Contains(parts, p.Kind) {
				t.Errorf("%s: nobody decides the key field %s", p.Kind, f)
			}
		}
	}
	if err := policies.Validate(map[record.System]string{"sportlink": "event", "laposta": "club"}); err == nil {
		t.Error("a system of another family and an unknown one are valid")
	}
}

// TestKeysRoundTrip: what a system carries of a record gives its key again.
func TestKeysRoundTrip(t *testing.T) {
	t.Parallel()
	policies := policy.Club(4)
	for _, c := range []struct {
		kind   record.Kind
		fields record.Fields
		want   string
	}{
		{person.Kind, record.Fields{person.RelationCode: "AA-0001", person.FirstName: "Jo"}, "AA-0001"},
		{person.Kind, record.Fields{person.RelationCode: "abcd12e"}, "ABCD12E"},
		{person.Kind, record.Fields{person.Email1: "Jo@Example.org", person.FirstName: "Jo Smit"}, "parent/jo@example.org/jo smit"},
		{person.Kind, record.Fields{person.FirstName: "Jo Smit"}, ""},
		{photo.Kind, record.Fields{person.RelationCode: "abcd12e"}, "ABCD12E"},
		{family.Kind, record.Fields{person.RelationCode: "AA-0001", family.Children: "7"}, "AA-0001"},
		{family.Kind, record.Fields{family.Children: "7"}, ""},
		{committee.Kind, record.Fields{committee.Name: " Sponsoring  & PR"}, "sponsoring & pr"},
		{team.Kind, record.Fields{team.Number: "T0000000001", team.Name: "JO11-2"}, "T0000000001"},
		{team.Kind, record.Fields{team.Name: "JO11-2"}, ""},
		{work.Kind, record.Fields{person.RelationCode: "abcd12e", work.Functions: "7"}, "ABCD12E"},
		{contribution.Kind, record.Fields{person.RelationCode: "abcd12e"}, "ABCD12E"},
		{contribution.Kind, record.Fields{"balance_2025": "1250"}, ""},
		{subscriber.Kind, record.Fields{subscriber.RelationCode: "aa-0001", subscriber.Email: "Jo@Example.org "}, "AA-0001/jo@example.org"},
		{subscriber.Kind, record.Fields{subscriber.RelationCode: "", subscriber.Email: "Jo@Example.org"}, "parent/jo@example.org"},
		{subscriber.Kind, record.Fields{subscriber.RelationCode: "AA-0001"}, "AA-0001/"},
		{subscriber.Kind, nil, ""},
		{customer.Kind, record.Fields{customer.RelationCode: "aa-0001", customer.Email: "jo@example.org"}, "AA-0001"},
		{customer.Kind, record.Fields{customer.Email: "jo@example.org"}, ""},
	} {
		p := policies.Of(c.kind)
		if got := p.Key(c.fields); got != c.want {
			t.Errorf("%s: key %q, want %q", c.kind, got, c.want)
		}
		if !slices.Contains(parts, c.kind) {
			if got := p.Key(c.fields.Only(p.KeyFields)); got != c.want {
				t.Errorf("%s: key %q of the key fields alone, want %q", c.kind, got, c.want)
			}
		}
	}
}

func TestSubscriberPlace(t *testing.T) {
	t.Parallel()
	place := policy.ClubSubscriber(2).Target("laposta").Place
	for _, c := range []struct{ list, email, place, why string }{
		{"1", "jo@example.org", "list-1", ""},
		{"2", "jo@example.org", "list-2", ""},
		{"3", "jo@example.org", "", policy.WhyNoList},
		{"01", "jo@example.org", "", policy.WhyNoList},
		{"", "jo@example.org", "", policy.WhyNoList},
		{"", "", "", policy.WhyNoAddress},
		{subscriber.OptedOut, "jo@example.org", "", policy.WhyOptedOut},
	} {
		at, why := place(record.Fields{subscriber.List: c.list, subscriber.Email: c.email})
		if at != c.place || why != c.why {
			t.Errorf("list %q: place %q (%s), want %q (%s)", c.list, at, why, c.place, c.why)
		}
	}
}

func TestClubGone(t *testing.T) {
	t.Parallel()
	policies := policy.Club(4)
	for _, c := range []struct {
		name   string
		kind   record.Kind
		system record.System
		fields record.Fields
		want   policy.Action
	}{
		{"member", person.Kind, "rondoclub", record.Fields{person.RelationCode: "AA-0001"}, policy.SetFields},
		{"parent", person.Kind, "rondoclub", record.Fields{person.FirstName: "Jo"}, policy.Detach},
		{"member at the origin", person.Kind, "sportlink", record.Fields{person.RelationCode: "AA-0001"}, policy.Detach},
		{"family", family.Kind, "rondoclub", nil, policy.Detach},
		{"no line any longer", contribution.Kind, "rondoclub", nil, policy.Empty},
		{"no line any longer, at the origin", contribution.Kind, "nikki", nil, policy.Detach},
		{"reader", subscriber.Kind, "laposta", record.Fields{subscriber.State: "active"}, policy.Delete},
		{"state unknown", subscriber.Kind, "laposta", nil, policy.Delete},
		{"unsubscribed", subscriber.Kind, "laposta", record.Fields{subscriber.State: "unsubscribed"}, policy.Detach},
		{"bounced", subscriber.Kind, "laposta", record.Fields{subscriber.State: "cleaned"}, policy.Detach},
		{"customer", customer.Kind, "freescout", nil, policy.Detach},
		{"number of the customer", customer.Kind, "rondoclub", nil, policy.Detach},
		{"not confirmed", subscriber.Kind, "laposta", record.Fields{subscriber.State: "unconfirmed"}, policy.Delete},
	} {
		g := policies.Of(c.kind).WhenDeleted(c.system, record.Absent, c.fields)
		if g.Action != c.want {
			t.Errorf("%s: %s, want %s", c.name, g.Action, c.want)
		}
		if c.want == policy.SetFields && g.Fields[person.FormerMember] != "true" {
			t.Errorf("%s: is not marked as former", c.name)
		}
	}
}

// TestClubDecides spot-checks who decides what.
func TestClubDecides(t *testing.T) {
	t.Parallel()
	policies := policy.Club(4)
	for _, c := range []struct {
		kind   record.Kind
		field  record.Field
		system record.System
		want   bool
	}{
		{person.Kind, person.FirstName, "sportlink", true},
		{person.Kind, person.FirstName, record.Hub, true},
		{person.Kind, person.FirstName, "rondoclub", false},
		{person.Kind, person.RelationCode, "rondoclub", false},
		{person.Kind, person.Email1, "rondoclub", true},
		{person.Kind, person.CountryCode, "rondoclub", true},
		{person.Kind, person.Country, "rondoclub", false},
		{person.Kind, person.Parent1Name, "rondoclub", false},
		{person.Kind, person.FormerMember, "rondoclub", false},
		{person.Kind, person.Volunteer, "rondoclub", true},
		{person.Kind, person.Volunteer, "sportlink", false},
		{family.Kind, family.Children, "rondoclub", false},
		{family.Kind, family.Children, record.Hub, true},
		{subscriber.Kind, subscriber.FirstName, "laposta", false},
		{subscriber.Kind, subscriber.State, "laposta", true},
		{customer.Kind, customer.FirstName, "freescout", false},
		{customer.Kind, customer.Email, record.Hub, true},
		{customer.Kind, customer.HelpdeskID, "freescout", true},
		{customer.Kind, customer.HelpdeskID, "rondoclub", false},
	} {
		if got := policies.Of(c.kind).Fields[c.field].Decides(c.system); got != c.want {
			t.Errorf("%s %s: %s decides %v, want %v", c.kind, c.field, c.system, got, c.want)
		}
	}
	if r := policies.Of(person.Kind).Fields[person.Email1]; r.Rank("sportlink") >= r.Rank("rondoclub") {
		t.Error("Rondo Club comes before Sportlink")
	}
}
