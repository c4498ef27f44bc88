package derive_test

import (
	"maps"
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/activity"
	"github.com/touchline-sync/touchline/sync/record/customer"
)

// A conversation is told of the one member whose number it has; what was told stays as it
// was, and nothing is told of several.
func TestActivities(t *testing.T) {
	t.Parallel()
	rule := derive.Activities()
	who := func(code string) record.Entity {
		return record.Entity{Kind: customer.Kind, Key: code, Fields: record.Fields{customer.RelationCode: code, customer.HelpdeskID: "17"}}
	}
	said := func(id, subject string) derive.Unmanaged {
		u := derive.Unmanaged{System: "freescout", ID: record.ExternalID(id), Fields: record.Fields{activity.Customer: "17", activity.Link: "l" + id}}
		if subject != "" {
			u.Fields[activity.Subject] = subject
		}
		return u
	}
	told := func(id, code string, more ...string) record.Fields {
		f := record.Fields{activity.Event: "freescout/" + id, activity.Person: code, activity.Customer: "17", activity.Link: "l" + id}
		if len(more) > 0 {
			f[activity.Subject] = more[0]
		}
		return f
	}
	before := record.Entity{Kind: activity.Kind, Key: "freescout/1", Fields: told("1", "A1", "as it was")}
	gone := said("1", "")
	gone.Absent = true
	for name, c := range map[string]struct {
		group derive.Group
		want  []record.Fields
	}{
		"nobody":            {derive.Group{Unmanaged: []derive.Unmanaged{said("1", "x")}}, nil},
		"a member":          {derive.Group{Members: []record.Entity{who("A1")}, Unmanaged: []derive.Unmanaged{said("2", ""), said("1", "x")}}, []record.Fields{told("1", "A1", "x"), told("2", "A1")}},
		"two members":       {derive.Group{Members: []record.Entity{who("A1"), who("B2")}, Unmanaged: []derive.Unmanaged{said("1", "x")}}, nil},
		"told before":       {derive.Group{Members: []record.Entity{who("B2")}, Before: []record.Entity{before}, Unmanaged: []derive.Unmanaged{said("1", "x")}}, []record.Fields{before.Fields}},
		"the member left":   {derive.Group{Before: []record.Entity{before}, Unmanaged: []derive.Unmanaged{said("1", "x")}}, []record.Fields{before.Fields}},
		"thrown away":       {derive.Group{Members: []record.Entity{who("A1")}, Unmanaged: []derive.Unmanaged{gone}}, nil},
		"told, thrown away": {derive.Group{Members: []record.Entity{who("A1")}, Before: []record.Entity{before}, Unmanaged: []derive.Unmanaged{gone}}, []record.Fields{before.Fields}},
		"nothing was said":  {derive.Group{Members: []record.Entity{who("A1")}}, nil},
		"of another system": {derive.Group{Members: []record.Entity{who("A1")}, Unmanaged: []derive.Unmanaged{{System: "other", ID: "1", Fields: record.Fields{}}}}, []record.Fields{{activity.Event: "other/1", activity.Person: "A1"}}},
	} {
		got := rule.Make(c.group).Entities
		ok := len(got) == len(c.want)
		for i := 0; ok && i < len(got); i++ {
			ok = maps.Equal(got[i].Fields, c.want[i]) && got[i].Key == c.want[i][activity.Event]
		}
		if !ok {
			t.Errorf("%s: %+v, want %v", name, got, c.want)
		}
	}
	for _, e := range []record.Entity{{Deleted: record.Absent, Fields: who("A1").Fields}, {Fields: record.Fields{customer.RelationCode: "A1"}}} {
		if g := rule.Groups(e); g != nil {
			t.Errorf("%+v is in %v", e, g)
		}
	}
}
