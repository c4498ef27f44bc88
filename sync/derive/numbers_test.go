package derive_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// TestNumbers: a number that is stated counts until the helpdesk has one; one that is stated no
// longer is empty, and that of who has left stays.
func TestNumbers(t *testing.T) {
	t.Parallel()
	states := func(number string, more ...string) record.Entity {
		return member("B2", append([]string{string(person.HelpdeskID), number}, more...)...)
	}
	there := func(number string) record.Entity {
		return record.Entity{Kind: customer.Kind, Key: "B2", Fields: record.Fields{customer.RelationCode: "B2", customer.HelpdeskID: number}}
	}
	before := []record.Entity{{Kind: customer.Number, Key: "B2", Fields: record.Fields{customer.RelationCode: "B2", customer.HelpdeskID: "41"}}}
	none := "none"
	for name, c := range map[string]struct {
		all    []record.Entity
		before []record.Entity
		want   string
	}{
		"stated":                   {[]record.Entity{states("41")}, nil, "41"},
		"nothing stated":           {[]record.Entity{states("")}, nil, none},
		"not read":                 {[]record.Entity{member("B2")}, before, none}, // let go: what stands there stays
		"emptied":                  {[]record.Entity{states("")}, before, ""},
		"another":                  {[]record.Entity{states("42")}, before, "42"},
		"the helpdesk has one":     {[]record.Entity{states("41"), there("7")}, before, "7"},
		"a customer without one":   {[]record.Entity{states("41"), there("")}, nil, "41"},
		"a member who has left":    {[]record.Entity{states("41", "former_member", "true")}, before, none},
		"a customer alone":         {[]record.Entity{there("7")}, nil, "7"},
		"a parent has no number":   {[]record.Entity{{Kind: person.Kind, Key: "parent/x", Fields: record.Fields{person.HelpdeskID: "41"}}}, nil, none},
		"stated, as it was before": {[]record.Entity{states("41")}, before, "41"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := none
			for _, e := range madeOf(derive.Numbers(), "B2", c.all, c.before) {
				got = e.Fields[customer.HelpdeskID]
				if e.Key != "B2" || e.Kind != customer.Number || e.Fields[customer.RelationCode] != "B2" {
					t.Errorf("made %s %s", e.Kind, e.Key)
				}
			}
			if got != c.want {
				t.Errorf("the number is %q, want %q", got, c.want)
			}
		})
	}
}
