package draft

import (
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// StandIns are unmanaged records that are an entity's whatever key they show: a rule
// has taken them for what it makes.
type StandIns struct {
	by map[fact.Request]string // the key of the entity
	of map[Claim][]record.ExternalID
}

// Note notes that a record stands for the entity that has the key of the claim. One
// that stands for another already stays with that.
func (s *StandIns) Note(c Claim, id record.ExternalID) {
	at := fact.Remote(c.System, c.Place, c.Scope, c.Kind, id)
	if s.by[at] == "" {
		s.by[at], s.of[c] = c.Key, append(s.of[c], id)
	}
}

// KeyOf is the key of the entity that an item shows, or for which it stands.
func (s *StandIns) KeyOf(it *Item, p *policy.Policy) string {
	if key := s.by[it.At(p.Kind, it.Item.ID)]; key != "" {
		return key
	}
	return p.Key(it.Fields)
}
