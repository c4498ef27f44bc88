package ems_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/hub/ems"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

func TestTake(t *testing.T) {
	t.Parallel()
	table, _ := ems.TableOf(participant.Kind)
	was := record.Fields{participant.Bib: "118", participant.Gender: "", participant.LastName: "Mokoena", participant.Team: "Karoo"}
	of := func(f record.Field, v string) ems.Change {
		return ems.Change{Kind: participant.Kind, Key: "501", Was: was, Is: was.Over(record.Fields{f: v})}
	}
	for name, c := range map[string]struct {
		change ems.Change
		shown  ems.Shown
		want   map[string]string
	}{
		"a bib":                   {of(participant.Bib, "77"), ems.Shown{Fields: was}, map[string]string{"bib": "77"}},
		"a code":                  {of(participant.Gender, "female"), ems.Shown{Fields: was}, map[string]string{"gender": "FEMALE"}},
		"taken away":              {of(participant.Team, ""), ems.Shown{Fields: was}, map[string]string{"team_name": ""}},
		"too long":                {of(participant.Bib, "12345678901"), ems.Shown{Fields: was}, nil},
		"needed":                  {of(participant.LastName, ""), ems.Shown{Fields: was}, nil},
		"not of others":           {of(participant.Category, "H50"), ems.Shown{Fields: was}, nil},
		"edited here meanwhile":   {of(participant.Bib, "77"), ems.Shown{Fields: was.Over(record.Fields{participant.Bib: "9"})}, nil},
		"deleted here meanwhile":  {of(participant.Bib, "77"), ems.Shown{Fields: was, Deleted: record.Removed}, nil},
		"an entity that is ended": {ems.Change{Was: was, Is: record.Fields{participant.Bib: "77"}, Deleted: record.Removed}, ems.Shown{Fields: was}, nil},
	} {
		got := table.Take(c.change, c.shown)
		if len(got) != len(c.want) {
			t.Errorf("%s: %d columns, want %d", name, len(got), len(c.want))
		}
		for column, want := range c.want {
			v, ok := got[column]
			if !ok || (v == nil) != (want == "") || v != nil && *v != want {
				t.Errorf("%s: %s is not %q", name, column, want)
			}
		}
	}
}
