package person_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

func TestKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields record.Fields
		want   string
	}{
		"member":          {record.Fields{person.RelationCode: " abcd12e ", person.Email1: "a@example.org"}, "ABCD12E"},
		"parent":          {record.Fields{person.Email1: " Jo@Example.org", person.FirstName: "Jo  van 't Hof"}, "parent/jo@example.org/jo van t hof"},
		"name in parts":   {record.Fields{person.Email1: "jo@example.org", person.FirstName: "Jo", person.Infix: "van 't", person.LastName: "Hof"}, "parent/jo@example.org/jo van t hof"},
		"no name":         {record.Fields{person.Email1: "jo@example.org"}, ""},
		"no address":      {record.Fields{person.FirstName: "Jo"}, ""},
		"address unfit":   {record.Fields{person.FirstName: "Jo", person.Email1: "none"}, ""},
		"nothing":         {nil, ""},
		"name of symbols": {record.Fields{person.FirstName: "???", person.Email1: "jo@example.org"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := person.Key(c.fields); got != c.want {
				t.Errorf("Key = %q, want %q", got, c.want)
			}
		})
	}
}

func TestNormalName(t *testing.T) {
	t.Parallel()
	same := []string{
		"Zoë van 't Hof-Ünal", "zoe van t hof unal", " ZOË  VAN ’T HOF - ÜNAL",
		"Zoe\u0308 van 't Hof-U\u0308nal", "Zo\u200bë van 't Hof-Ünal 🦊",
	}
	for _, s := range same {
		if got := person.NormalName(s); got != "zoe van t hof unal" {
			t.Errorf("NormalName(%q) = %q", s, got)
		}
	}
	for _, s := range []string{"Z. van 't Hof-Ünal", "Zoë Ünal", ""} {
		if person.NormalName(s) == "zoe van t hof unal" {
			t.Errorf("NormalName(%q) is another's", s)
		}
	}
	if got := person.NormalName("Жанна 李"); got != "жанна 李" {
		t.Errorf("other scripts: %q", got)
	}
}

func TestNormalAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" Jo@Example.ORG\n": "jo@example.org", "jo": "", "": "", " ": "",
	} {
		if got := person.NormalAddress(in); got != want {
			t.Errorf("NormalAddress(%q) = %q, want %q", in, got, want)
		}
	}
}
