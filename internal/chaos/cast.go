package chaos

import (
	"fmt"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// The kind of the stories and its fields.
const (
	kind    record.Kind  = "chaos.person"
	code    record.Field = "code" // the natural key, in any case
	name    record.Field = "name"
	mail    record.Field = "mail"
	phone   record.Field = "phone"
	note    record.Field = "note"
	consent record.Field = "consent"
	former  record.Field = "former"

	optedOut, optedIn = "out", "in"
)

// At is how one system works.
type At struct {
	Keyed  bool          // a create with a known key makes no second record
	Unique bool          // only one record may hold a mail address
	NoFind bool          // a record cannot be looked up by its key
	Stated bool          // a listing states how many records there are
	Many   bool          // makes several records in a call
	Since  bool          // lists what has changed since the reading before
	Leave  policy.Action // what becomes of the record of one who has left
}

// Cast is who plays: the source, and the targets.
type Cast struct {
	Writable bool // the source takes edits from us
	Stated   bool // the source states how many records there are
	Small    bool // two records are decided at a time, and three changes applied
	Targets  []At
}

// String returns the Cast as Go code.
func (c Cast) String() string {
	var targets []string
	for _, a := range c.Targets {
		var on []string
		for _, o := range a.options() {
			on = append(on, o+": true")
		}
		targets = append(targets, fmt.Sprintf("{%s}", strings.Join(append(on, fmt.Sprintf("Leave: %q", a.Leave)), ", ")))
	}
	return fmt.Sprintf("Cast{Writable: %v, Stated: %v, Small: %v, Targets: []At{%s}}", c.Writable, c.Stated, c.Small, strings.Join(targets, ", "))
}

func (a At) options() (out []string) {
	for _, o := range []struct {
		name string
		on   bool
	}{{"Keyed", a.Keyed}, {"Unique", a.Unique}, {"NoFind", a.NoFind}, {"Stated", a.Stated}, {"Since", a.Since}, {"Many", a.Many}} {
		if o.on {
			out = append(out, o.name)
		}
	}
	return out
}

// systems names the systems, the source first.
func (c Cast) systems() []record.System {
	return []record.System{"source", "alpha", "beta", "gamma"}[:len(c.Targets)+1]
}

// place is the one place of a system.
const place = "people"

// shared are the fields that every side may change, by kind of edit.
func (c Cast) shared() []record.Field { return []record.Field{mail, phone} }

// decides reports whether a system may change a field.
func (c Cast) decides(sys record.System, f record.Field) bool {
	switch f {
	case mail, phone, consent:
		return true
	case note:
		return sys == "alpha"
	case code, name:
		return sys == "source"
	}
	return false
}

// carried are the fields of the records of a system.
func (c Cast) carried(sys record.System) []record.Field {
	if sys == "source" {
		return []record.Field{code, name, mail, phone, consent}
	}
	return []record.Field{code, name, mail, phone, note, consent, former}
}

// canonical is the one form of a code.
func canonical(c string) string { return strings.ToUpper(strings.TrimSpace(c)) }

// policies are the pages of the family.
func (c Cast) policies() policy.Set {
	all := c.systems()
	p := &policy.Policy{
		Kind: kind, KeyFields: []record.Field{code}, Key: func(f record.Fields) string { return canonical(f[code]) },
		Sources: []record.System{"source"},
		Fields: map[record.Field]policy.Rule{
			code: policy.Owned("source"), name: policy.Owned("source"), former: policy.Owned("source"),
			mail: policy.Shared(all...), phone: policy.Shared(all...), note: policy.Owned("alpha"),
			consent: policy.Strictest(optedOut, optedIn),
		},
	}
	for i, a := range c.Targets {
		p.Targets = append(p.Targets, policy.TargetAt(all[i+1], place))
		on := policy.OnDelete{System: all[i+1], Action: a.Leave}
		if a.Leave == policy.SetFields {
			on.Fields = record.Fields{former: "true"}
		}
		p.OnDelete = append(p.OnDelete, on)
	}
	return policy.Set{p}
}

// pipeline reads all systems and writes all that take writes.
func (c Cast) pipeline() step.Pipeline {
	p := step.Pipeline{Name: "all", Family: kind.Family()}
	for i, sys := range c.systems() {
		read := step.Read{System: sys, Place: place, View: "all", Needed: true}
		if i > 0 && c.Targets[i-1].Since {
			read.Select = step.Since
		}
		p.Reads = append(p.Reads, read)
		if i > 0 || c.Writable {
			p.Writes = append(p.Writes, step.Write{System: sys, Place: place})
		}
	}
	return p
}

// without returns a copy that lacks target i.
func (c Cast) without(i int) Cast {
	c.Targets = slices.Delete(slices.Clone(c.Targets), i, i+1)
	return c
}
