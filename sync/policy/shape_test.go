package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

func TestShapes(t *testing.T) {
	t.Parallel()
	for kind, want := range map[record.Kind][]record.Field{
		"club.person":        {person.FirstName, person.LastName, person.BirthDate, person.Gender},
		"club.family":        nil,
		"club.subscriber":    nil,
		"event.person":       {eventperson.FirstName, eventperson.LastName, eventperson.BirthDate},
		"event.conversation": nil,
	} {
		if got := slices.Concat(policy.Club(4), policy.Event()).Of(kind).Identity; !slices.Equal(got, want) {
			t.Errorf("identity of %s: %v, want %v", kind, got, want)
		}
	}
	p := policy.ClubPerson()
	for _, f := range []record.Field{person.Teams, person.AgeClass, person.GameActivity} {
		if !slices.Contains(p.MovesForAll, f) {
			t.Errorf("%s does not move for all", f)
		}
	}
	for _, pair := range [][2]record.Field{
		{person.FirstName, person.LastName},
		{person.PostalCode, person.Street},
		{person.Parent1Name, person.Parent1Email},
	} {
		if !slices.ContainsFunc(p.Groups, func(g []record.Field) bool {
			return slices.Contains(g, pair[0]) && slices.Contains(g, pair[1])
		}) {
			t.Errorf("%v are in no group together", pair)
		}
	}
}

// TestConsents: which consents are there, and what do they belong to?
func TestConsents(t *testing.T) {
	t.Parallel()
	got := map[string]policy.Rule{}
	for _, p := range slices.Concat(policy.Club(4), policy.Event()) {
		for f, r := range p.Fields {
			if len(r.Strict) > 0 {
				got[string(p.Kind)+" "+string(f)] = r
			}
		}
	}
	want := map[string]record.Field{
		"club.subscriber state": subscriber.Email, "event.person consent": eventperson.Email, "event.person sms_consent": eventperson.Phone,
	}
	for name, with := range want {
		if r, ok := got[name]; !ok || !slices.Equal(r.With, []record.Field{with}) {
			t.Errorf("the consent %s belongs to %v, want %s", name, r.With, with)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d consents, want %d", len(got), len(want))
	}
	if behind := got["event.person consent"].Behind; !slices.Equal(behind, []string{eventperson.Bounced}) {
		t.Errorf("%v stay behind with an address", behind)
	}
}

// TestShapeFaults: a page that names a field wrongly in what a profile goes by
// is refused at start.
func TestShapeFaults(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*policy.Policy){
		"Identity names the field nickname, which nobody decides":    func(p *policy.Policy) { p.Identity = append(p.Identity, "nickname") },
		"MovesForAll names the field nickname, which nobody decides": func(p *policy.Policy) { p.MovesForAll = append(p.MovesForAll, "nickname") },
		"Groups names the field nickname, which nobody decides": func(p *policy.Policy) {
			p.Groups = append(p.Groups, []record.Field{person.Mobile1, "nickname"})
		},
		"Groups names the field city twice": func(p *policy.Policy) {
			p.Groups = append(p.Groups, []record.Field{person.City, person.Mobile1})
		},
		"Identity names the field gender twice": func(p *policy.Policy) { p.Identity = append(p.Identity, person.Gender) },
		"a group needs two fields or more":      func(p *policy.Policy) { p.Groups = append(p.Groups, []record.Field{person.Mobile1}) },
	} {
		p := policy.ClubPerson()
		spoil(p)
		if err := (policy.Set{p}).Validate(club); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err := policy.Event().Validate(families(policy.Event())); err != nil {
		t.Error(err)
	}
}
