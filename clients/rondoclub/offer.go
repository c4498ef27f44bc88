package rondoclub

import (
	"context"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Collections returns the persons and, as parts of them, their children, their work, their
// number at the helpdesk, what they are to pay, where their invoices go and their photo: all
// fields that a site may have; the committees, the teams, what stands in timelines, and
// what members may do at the site.
func (s *site) Collections() []connector.Collection { return s.offer(nil) }

// CollectionsIn returns the same with the fields that a site of this shape has.
func (s *site) CollectionsIn(text string) []connector.Collection {
	known := parseShape(text)
	if known == nil {
		return nil
	}
	return s.offer(known)
}

func (s *site) offer(known *shape) []connector.Collection {
	host := s.people.Offer()
	create := host.Create
	host.Create = func(ctx context.Context, want record.Fields) (connector.Item, error) {
		// What the site has no place for is left out before anything is sent.
		if _, _, err := s.ready(ctx, "create person"); err != nil {
			return connector.Item{}, err
		}
		item, err := create(ctx, want)
		if err != nil {
			return item, err
		}
		return s.withPhoto(ctx, item, want), nil
	}
	update := host.Update
	host.Update = func(ctx context.Context, id record.ExternalID, p connector.Patch) (connector.Item, error) {
		item, err := update(ctx, id, p)
		if err != nil {
			return item, err
		}
		return s.putPhoto(ctx, item, p)
	}
	host.Reads, host.Writes = without(host.Reads), without(host.Writes)
	if known != nil {
		host.Reads, host.Writes = known.cut(host.Reads, false), known.cut(host.Writes, true)
	}
	out := []connector.Collection{host}
	for _, p := range parts {
		c := connector.Collection{Kind: p.kind, Place: Place, View: "people", Part: true, Reads: p.fields, Writes: p.fields, Refs: p.refs}
		if known != nil {
			c.Reads, c.Writes = known.cut(p.fields, false), known.cut(p.fields, true)
		}
		out = append(out, c)
	}
	for _, g := range s.grouped {
		out = append(out, g.kit.Offer())
	}
	return append(out, s.offerCases(known), s.activities(), s.todos(), s.capabilities())
}
