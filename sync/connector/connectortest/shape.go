package connectortest

import (
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// shape asks whether what the connector says of itself holds together.
var shape = []testCase{
	{"collections", func(t *testing.T, b *Bench, _ connector.Collection) {
		type spot struct {
			kind              record.Kind
			place, view, what string
		}
		seen := map[spot]bool{}
		all := b.Connector.Collections()
		for _, c := range all {
			at := spot{c.Kind, c.Place, c.View, c.Scope}
			switch {
			case c.Kind.Family() == "" || c.Kind.Family() == string(c.Kind) || c.Place == "":
				t.Errorf("%+v: no family or no place", at)
			case seen[at]:
				t.Errorf("%+v is there twice", at)
			case c.Part && (c.List != nil || c.Get != nil || c.Create != nil || c.Update != nil || c.Delete != nil || c.WriteMany != nil):
				t.Errorf("%+v: a part has functions of its own", at)
			case c.Complete && c.List == nil:
				t.Errorf("%+v: counts as whole without a listing", at)
			case (c.WriteMany != nil) != (c.Batch > 0):
				t.Errorf("%+v: Batch and WriteMany do not agree", at)
			case !c.Part && c.Update != nil && len(c.Writes) == 0:
				t.Errorf("%+v: an update that takes no field", at)
			}
			seen[at] = true
			if !c.Part {
				continue
			}
			if !slices.ContainsFunc(all, func(h connector.Collection) bool { return !h.Part && h.Place == c.Place }) {
				t.Errorf("%+v: a part without a host", at)
			}
		}
		for _, a := range all {
			for _, c := range all {
				if a.Place != c.Place || a.Kind >= c.Kind || a.Scope != c.Scope {
					continue
				}
				for _, f := range a.Writes {
					if slices.Contains(c.Writes, f) {
						t.Errorf("%s: both %s and %s write %s", a.Place, a.Kind, c.Kind, f)
					}
				}
			}
		}
	}},
	{"check", func(t *testing.T, b *Bench, _ connector.Collection) {
		first, err := b.Connector.Check(t.Context())
		if err != nil || first == "" {
			t.Fatalf("check: fingerprint %q, %v", first, err)
		}
		need(t, "second process", b.Reopen != nil)
		again, err := b.Reopen(t).Check(t.Context())
		if err != nil || again != first {
			t.Errorf("another process sees another account: %v", err)
		}
	}},
}
