package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

func TestOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		at          string
		fresh       time.Duration
		old, before bool // before now
	}{
		{"2026-03-02T07:00:00Z", time.Hour, false, true},
		{"2026-03-02T06:59:59Z", time.Hour, true, true},
		{"2026-03-02T08:00:00+01:00", time.Hour, false, true},
		{"2001-01-01T00:00:00Z", 0, false, true},
		{"2026-03-02T08:00:00Z", time.Hour, false, false},
		{"2026-03-02T09:00:00Z", time.Hour, false, false},
		{"", time.Hour, false, true},
		{"yesterday", time.Hour, false, true},
	} {
		o := &policy.Once{When: "when", Fresh: c.fresh}
		f := record.Fields{"when": c.at}
		if o.Old(f, now) != c.old || o.Before(f, now) != c.before {
			t.Errorf("%q, fresh for %s: old %v, before %v", c.at, c.fresh, o.Old(f, now), o.Before(f, now))
		}
	}
}

// What is made once says when it happened, and ends nowhere.
func TestOnceIsValid(t *testing.T) {
	t.Parallel()
	page := func(change func(*policy.Policy)) policy.Set {
		p := &policy.Policy{
			Kind: "club.note", Key: func(record.Fields) string { return "" }, Sources: []record.System{record.Hub},
			Fields: map[record.Field]policy.Rule{"when": policy.Owned(record.Hub)}, Once: &policy.Once{When: "when"},
		}
		change(p)
		return policy.Set{p}
	}
	systems := map[record.System]string{"rondoclub": "club"}
	for want, change := range map[string]func(*policy.Policy){
		"":                       func(*policy.Policy) {},
		"Once names the field x": func(p *policy.Policy) { p.Once.When = "x" },
		"OnDelete says nothing": func(p *policy.Policy) {
			p.OnDelete = []policy.OnDelete{{System: "rondoclub", Action: policy.Remove}}
		},
		"Remembered names the field y": func(p *policy.Policy) { p.Remembered = []record.Field{"y"} },
	} {
		err := page(change).Validate(systems)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
