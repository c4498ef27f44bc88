package match

import (
	"cmp"

	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/policy"
)

// keyOf is the key of the entity that a record which is none's part shows, or else whose a
// person has said that it is.
func keyOf(d *draft.Plan, p *policy.Policy, it *draft.Item) string {
	return cmp.Or(d.StandIns.KeyOf(it, p), said(d, p, it))
}

// said is the key of the entity whose a person has said that a record at a target is which
// shows no key; "" where nobody has. By that it claims nothing.
func said(d *draft.Plan, p *policy.Policy, it *draft.Item) string {
	if it.Collection(p.Kind).Part || p.IsSource(it.Where.System) || d.StandIns.KeyOf(it, p) != "" {
		return ""
	}
	return d.Ask.Whose(it.At(p.Kind, it.ID))
}
