package policy_test

import (
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

func runner(first, last, birth, mail string) record.Fields {
	return record.Fields{eventperson.FirstName: first, eventperson.LastName: last, eventperson.BirthDate: birth, eventperson.Email: mail}
}

// Whether somebody who registers is a person of EMS.
func TestNewcomerIsPerson(t *testing.T) {
	t.Parallel()
	n := policy.EventPerson().Newcomers
	ours := runner("Zoë", "Ünal", "1990-01-02", "z@x")
	for name, c := range map[string]struct {
		ours, shown record.Fields
		want        policy.Likeness
	}{
		"the same":                        {ours, ours, policy.Same},
		"in capitals, at another address": {ours, runner("ZOË", "ÜNAL", "1990-01-02", "other@x"), policy.Same},
		"without a first name":            {ours, runner("", "Ünal", "1990-01-02", "z@x"), policy.Same},
		"a twin":                          {ours, runner("Ela", "Ünal", "1990-01-02", "z@x"), policy.Maybe},
		"a twin with an address":          {ours, runner("Ela", "Ünal", "1990-01-02", "ela@x"), policy.Different},
		"a twin, and ours has no address": {runner("Zoë", "Ünal", "1990-01-02", ""), runner("Ela", "Ünal", "1990-01-02", "z@x"), policy.Different},
		"another birth":                   {ours, runner("Zoë", "Ünal", "1990-02-01", "z@x"), policy.Maybe},
		"a namesake":                      {ours, runner("Zoë", "Ünal", "1970-01-01", "other@x"), policy.Different},
		"ours has no birth":               {runner("Zoë", "Ünal", "", "z@x"), ours, policy.Maybe},
		"ours has neither":                {runner("Zoë", "Ünal", "", ""), ours, policy.Maybe},
		"ours has another address alone":  {runner("Zoë", "Ünal", "", "other@x"), ours, policy.Different},
		"the family's address":            {ours, runner("Zoë", "De Vries", "1990-01-02", "z@x"), policy.Different},
	} {
		if got := n.Compare(c.ours, c.shown); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		shares := slices.ContainsFunc(n.Common(c.ours), func(k string) bool { return slices.Contains(n.Common(c.shown), k) })
		if c.want != policy.Different && !shares {
			t.Errorf("%s: they share nothing by which they are found", name)
		}
	}
	if got := n.Missing(runner("Zoë", "Ünal", "", "z@x")); !slices.Equal(got, []record.Field{eventperson.BirthDate}) {
		t.Errorf("missing: %v", got)
	}
}

// Whether a registration is an entry of EMS.
func TestNewcomerIsParticipant(t *testing.T) {
	t.Parallel()
	n := policy.EventParticipant().Newcomers
	entry := func(person, race, active string) record.Fields {
		return record.Fields{
			participant.Event: "12", participant.Person: person, participant.Race: race, participant.Active: active,
			participant.FirstName: "Zoë", participant.LastName: "Ünal", participant.BirthDate: "1990-01-02",
		}
	}
	shown := entry("7", "31", "true")
	for name, c := range map[string]struct {
		ours record.Fields
		want policy.Likeness
	}{
		"the same":         {shown, policy.Same},
		"no race yet":      {entry("7", "", "true"), policy.Same},
		"another race":     {entry("7", "32", "true"), policy.Different},
		"withdrawn":        {entry("7", "31", "false"), policy.Different},
		"another person":   {entry("8", "31", "true"), policy.Maybe},
		"of another event": {shown.Over(record.Fields{participant.Event: "13"}), policy.Different},
		"somebody else":    {entry("8", "31", "true").Over(record.Fields{participant.LastName: "De Vries"}), policy.Different},
	} {
		if got := n.Compare(c.ours, shown); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if got := n.Missing(shown.Over(record.Fields{participant.Person: "?900123"})); !slices.Equal(got, []record.Field{participant.Person}) {
		t.Errorf("missing: %v", got)
	}
	if !n.Over(entry("7", "31", "false")) || n.Over(shown) {
		t.Error("who is over and who is not")
	}
}
