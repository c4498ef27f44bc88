package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// ShapeChanged is why a run stops whose site is not as it was when it was bound, and
// the cause of the finding that a person accepts.
const ShapeChanged = "SHAPE_CHANGED"

// TakeShapes cuts what the systems offer by the shapes of the sites that this
// database was made with.
func (r *Remotes) TakeShapes(ctx context.Context) error {
	if !slices.ContainsFunc(r.Names(), func(name record.System) bool { _, ok := r.Get(name).Connector.(connector.Shaped); return ok }) {
		return nil
	}
	rows, err := r.store.ListShapes(ctx)
	if err != nil {
		return fmt.Errorf("read the shapes of the sites: %w", err)
	}
	for _, row := range rows {
		if s := r.Get(record.System(row.System)); s != nil {
			s.take(row.Shape)
		}
	}
	return nil
}

// take cuts what a system offers by a shape. One that the connector does not know,
// such as of another version of it, is left to the next check.
func (s *System) take(shape string) {
	shaped, ok := s.Connector.(connector.Shaped)
	if !ok || shape == s.Shape() {
		return
	}
	if all := shaped.CollectionsIn(shape); len(all) > 0 {
		s.offer.Store(&offer{shape: shape, all: all})
	}
}

// keepsShape compares how a site is with how it was when it was bound. What it offers
// then is what all has been agreed on with it; another shape waits for a person, and
// nothing is read or written until then. A site that is not bound yet is taken as it
// is.
func (r *Remotes) keepsShape(ctx context.Context, s *System, was string, bound bool) error {
	shaped, ok := s.Connector.(connector.Shaped)
	if !ok || shaped.Shape() == "" {
		return nil
	}
	is := shaped.Shape()
	switch {
	case !bound:
		s.take(is)
		return nil
	case was == is:
		s.take(is)
		return r.forgetShapes(ctx, s)
	}
	id := shapeID(s, is)
	if was != "" {
		accepted, err := r.store.ShapeFinding(ctx, string(s.Name), id)
		if err != nil {
			return fmt.Errorf("read what was accepted of %s: %w", s.Name, err)
		}
		if !accepted {
			return r.changedShape(ctx, s, id, was, is)
		}
	}
	if err := r.store.KeepShape(ctx, is, string(s.Name)); err != nil {
		return fmt.Errorf("keep the shape of %s: %w", s.Name, err)
	}
	s.take(is)
	return r.forgetShapes(ctx, s)
}

// Bind notes, unless it is noted already, that this database belongs to an account
// and to a site of its shape.
func (r *Remotes) Bind(ctx context.Context, q *store.Queries, s *System, fingerprint string) error {
	err := q.BindSystem(ctx, store.BindSystemParams{System: string(s.Name), Fingerprint: fingerprint, Shape: s.Shape(), Now: r.now()})
	if err != nil {
		return fmt.Errorf("bind %s: %w", s.Name, err)
	}
	return nil
}

// forgetShapes drops what was found when the site was otherwise.
func (r *Remotes) forgetShapes(ctx context.Context, s *System) error {
	if err := r.store.ForgetShapes(ctx, string(s.Name), ShapeChanged); err != nil {
		return fmt.Errorf("forget that %s was otherwise: %w", s.Name, err)
	}
	return nil
}

// changedShape stores a finding, by which a person can accept what is there now, and
// returns the error with which the run stops.
func (r *Remotes) changedShape(ctx context.Context, s *System, id, was, is string) error {
	text := fmt.Sprintf("the site of %s is not as it was: %s", s.Name, difference(was, is))
	finding, err := json.Marshal(map[string]any{"id": id, "cause": ShapeChanged, "text": text})
	if err != nil {
		return fmt.Errorf("store the shape of %s: %w", s.Name, err)
	}
	host := s.Collections()[0]
	key := store.GetListingParams{System: string(s.Name), Place: host.Place, Scope: host.Scope, View: host.View}
	if err := r.store.EnsureListing(ctx, store.EnsureListingParams(key)); err != nil {
		return fmt.Errorf("store the shape of %s: %w", s.Name, err)
	}
	listing, err := r.store.GetListing(ctx, key)
	if err != nil {
		return fmt.Errorf("store the shape of %s: %w", s.Name, err)
	}
	err = r.store.PutFinding(ctx, store.PutFindingParams{Listing: listing.ID, ID: id, FoundOn: r.now(), Finding: finding})
	if err != nil {
		return fmt.Errorf("store the shape of %s: %w", s.Name, err)
	}
	return &step.Stop{Outcome: step.Drifted, Reason: ShapeChanged, Detail: fmt.Sprintf(
		"%s; nothing is read or written until it is as before, or \"touchline findings accept %s\" says that this is how it is now", text, id)}
}

// shapeID names a shape of a site, for a person to accept.
func shapeID(s *System, shape string) string {
	sum := sha256.Sum256([]byte(string(s.Name) + "\n" + shape))
	return hex.EncodeToString(sum[:4])
}

// difference says in what two shapes differ, by their words.
func difference(was, is string) string {
	before, now := strings.Fields(was), strings.Fields(is)
	without := func(all, others []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(all), func(w string) bool { return slices.Contains(others, w) }), " ")
	}
	var out []string
	if gone := without(before, now); gone != "" {
		out = append(out, "no longer "+gone)
	}
	if added := without(now, before); added != "" {
		out = append(out, "now "+added)
	}
	return strings.Join(out, "; ")
}
