package policy

import (
	"errors"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// Set has the policies of a deployment, in the order in which their kinds are
// decided: a derived kind comes after those that it is made from.
type Set []*Policy

// Of returns the policy of a kind, or nil.
func (b Set) Of(k record.Kind) *Policy {
	for _, p := range b {
		if p.Kind == k {
			return p
		}
	}
	return nil
}

// SourceNames names the sources of all kinds, each as SYSTEM KIND, as the database is
// asked for them.
func (b Set) SourceNames() []string {
	out := []string{}
	for _, p := range b {
		for _, s := range p.Sources {
			out = append(out, string(s)+" "+string(p.Kind))
		}
	}
	return out
}

// Validate returns all faults of the policies, joined: a kind twice, a page
// without key or origin, a system of another family, a field that Identity,
// Groups, MovesForAll, Ends or Newcomers names and no rule decides, a group of one, a
// field in two groups. families names each system's family.
func (b Set) Validate(families map[record.System]string) error {
	var faults []error
	seen := map[record.Kind]bool{}
	for _, p := range b {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("policy of %s: "+format, append([]any{p.Kind}, args...)...))
		}
		if seen[p.Kind] {
			fault("stands in the book twice")
		}
		seen[p.Kind] = true
		if p.Key == nil || len(p.Sources) == 0 {
			fault("needs a natural key and an origin")
		}
		for s := range p.systems() {
			if family, ok := families[s]; !ok {
				fault("names the unknown system %q", s)
			} else if family != p.Kind.Family() {
				fault("names %s, a system of the family %q", s, family)
			}
		}
		for f, r := range p.Fields {
			if len(r.Order) == 0 && len(r.Strict) == 0 {
				fault("nobody decides the field %s", f)
			}
			for _, with := range r.With {
				if _, ok := p.Fields[with]; !ok {
					fault("the consent %s belongs to the field %s, which nobody decides", f, with)
				}
			}
			for _, v := range r.Behind {
				if !slices.Contains(r.Strict, v) || len(r.With) == 0 {
					fault("the value %q of %s stays behind with nothing", v, f)
				}
			}
			if slices.Contains(p.Private, f) {
				fault("the field %s never leaves and can have no rule", f)
			}
		}
		p.validateShape(fault)
	}
	return errors.Join(faults...)
}

// validateShape reports what a reading's profile could not use: its rows go by
// these names, and a misspelt one would guard nothing.
func (p *Policy) validateShape(fault func(format string, args ...any)) {
	named := func(what string, fields []record.Field) {
		for i, f := range fields {
			if _, ok := p.Fields[f]; !ok {
				fault("%s names the field %s, which nobody decides", what, f)
			}
			if slices.Contains(fields[:i], f) {
				fault("%s names the field %s twice", what, f)
			}
		}
	}
	named("Identity", p.Identity)
	named("MovesForAll", p.MovesForAll)
	named("Ends", p.Ends)
	named("Groups", slices.Concat(p.Groups...))
	named("Remembered", p.Remembered)
	if o := p.Once; o != nil {
		named("Once", []record.Field{o.When})
		if len(p.OnDelete) > 0 {
			fault("what is made once is people's, and OnDelete says nothing of it")
		}
	}
	if n := p.Newcomers; n != nil {
		named("Newcomers", n.Needs)
		named("Newcomers", n.Undone.Names())
		if len(n.From) == 0 || n.Common == nil || n.Compare == nil {
			fault("Newcomers says not from where, or not whom a newcomer is compared with, and how")
		}
	}
	for _, x := range p.Fixed {
		named("Fixed", x.Fields)
		if x.If == nil || x.Why == "" {
			fault("Fixed says neither when nor why of %v", x.Fields)
		}
	}
	for _, g := range p.Groups {
		if len(g) < 2 {
			fault("a group needs two fields or more, not %v", g)
		}
	}
}

func (p *Policy) systems() map[record.System]bool {
	out := map[record.System]bool{}
	for _, s := range p.Sources {
		out[s] = true
	}
	if p.Newcomers != nil {
		for _, s := range p.Newcomers.From {
			out[s] = true
		}
	}
	for _, h := range p.Targets {
		out[h.System] = true
	}
	for _, r := range p.Fields {
		for _, s := range r.Order {
			out[s] = true
		}
	}
	for _, g := range p.OnDelete {
		out[g.System] = true
	}
	for _, x := range p.Fixed {
		out[x.System] = true
	}
	delete(out, record.Hub)
	return out
}
