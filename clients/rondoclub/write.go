package rondoclub

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// accepts tells what the theme would refuse: a person without a first name,
// and values in no form of its own.
func accepts(want record.Fields) error {
	const op = "write person"
	if v, ok := want[person.FirstName]; ok && strings.TrimSpace(v) == "" {
		return &connector.Error{Class: connector.Rejected, System: System, Op: op, Field: person.FirstName, Why: "a person needs a first name"}
	}
	var w wire
	if err := encodeScalars(want, &w); err != nil {
		f, why := fault(err)
		return &connector.Error{Class: connector.Rejected, System: System, Op: op, Field: f, Why: why}
	}
	return nil
}

// create makes a published person. What the answer says of the title is not
// looked at: it is still the one of an empty post (docs/systems/rondoclub.md,
// measured 5).
func (s *site) create(ctx context.Context, want record.Fields) (connector.Item, error) {
	const op = "create person"
	if strings.TrimSpace(want[person.FirstName]) == "" {
		return connector.Item{}, s.unsent(op, connector.Rejected, person.FirstName, "a person needs a first name")
	}
	t, err := s.terms(ctx, op)
	if err != nil {
		return connector.Item{}, err
	}
	// What is empty anyway is not sent; the names always are.
	filled := delivery.Sent(want)
	maps.DeleteFunc(filled, func(f record.Field, v string) bool {
		return v == "" && f != person.FirstName && f != person.LastName
	})
	w, err := s.codec.merge(wire{}, "", filled, t)
	if err != nil {
		f, why := fault(err)
		return connector.Item{}, s.unsent(op, connector.Rejected, f, why)
	}
	body, err := s.codec.encode(w, "publish")
	if err != nil {
		return connector.Item{}, err
	}
	var p post
	_, err = s.call(ctx, rest.Call{
		Op: op, Method: http.MethodPost, Path: "/wp/v2/people", Query: s.wanted(), JSON: body, Into: &p,
	})
	if err != nil {
		return connector.Item{}, err
	}
	if p.ID == 0 {
		return connector.Item{}, s.fail(op, connector.Drifted, "", "no id in the answer")
	}
	item, err := s.item(op, p, t)
	if err != nil {
		// The person is there: to fail now would have it made again.
		s.host.Log().Warn("created person reads in an unexpected form", "op", op, "id", item.ID)
	}
	return item, nil
}

func (s *site) unsent(op string, class connector.Class, f record.Field, why string) *connector.Error {
	e := s.fail(op, class, f, why)
	e.Unsent = true
	return e
}

// update reads the person, checks who it is, and writes what differs. The
// state of the post is never sent: that would take it out of the trash.
func (s *site) update(ctx context.Context, id record.ExternalID, patch connector.Patch) (connector.Item, error) {
	const op = "update person"
	if err := accepts(patch.Set); err != nil {
		return connector.Item{}, err
	}
	t, err := s.terms(ctx, op)
	if err != nil {
		return connector.Item{}, err
	}
	p, err := s.fetch(ctx, op, id)
	if err != nil {
		return connector.Item{}, err
	}
	now, err := s.codec.decode(p)
	if err != nil {
		f, why := fault(err)
		return connector.Item{}, s.fail(op, connector.Drifted, f, why)
	}
	// A field that cannot be read is absent here: it is written over.
	there := itemOf(id, s.codec.fields(now, t, s.spec()))
	current := there.Fields
	patch.Set = delivery.Sent(patch.Set)
	if !now.FirstName.Set || !now.LastName.Set || now.FirstName.Wrong+now.LastName.Wrong != "" {
		return connector.Item{}, s.fail(op, connector.Drifted, "", "a person without the keys of its names")
	}
	if !now.Team.Set {
		// This site does not know teams as text: nothing to write them to.
		delete(patch.Set, person.Teams)
	}
	if why := stale(current, patch); why != "" {
		return connector.Item{}, s.fail(op, connector.Stale, "", why)
	}
	next, err := s.codec.merge(now, string(id), patch.Set, t)
	if err != nil {
		f, why := fault(err)
		return connector.Item{}, s.fail(op, connector.Rejected, f, why)
	}
	want := s.codec.fields(next, t, delivery).Fields
	changed := differing(patch.Set.Names(), current, want)
	if len(changed) == 0 {
		return there, nil
	}
	return s.put(ctx, op, id, next, current, want, changed, t)
}

// put makes the one write of an update and looks in the answer for what was
// stored.
func (s *site) put(ctx context.Context, op string, id record.ExternalID, next wire, current, want record.Fields, changed []record.Field, t terms) (connector.Item, error) {
	w, err := payload(next, want, changed)
	if err != nil {
		f, why := fault(err)
		return connector.Item{}, s.fail(op, connector.Rejected, f, why)
	}
	body, err := s.codec.encode(w, "")
	if err != nil {
		return connector.Item{}, err
	}
	var p post
	_, err = s.call(ctx, rest.Call{
		Op: op, Method: http.MethodPut, Path: "/wp/v2/people/" + string(id), Query: s.wanted(), JSON: body, Into: &p,
	})
	if err != nil {
		return connector.Item{}, s.explain(ctx, op, id, err)
	}
	item, err := s.item(op, p, t)
	if err != nil {
		return item, err
	}
	// A value that the site keeps in a form of its own is stored; one that
	// stands there as before was passed over with 200.
	refused := slices.DeleteFunc(slices.Clone(changed), func(f record.Field) bool {
		got, ok := item.Fields[f]
		return ok && (got != current[f] || tidy(got) == tidy(want[f]))
	})
	if len(refused) > 0 {
		e := s.fail(op, connector.Rejected, refused[0], "accepted but not stored")
		e.Done = item.Fields.Only(slices.DeleteFunc(changed, func(f record.Field) bool { return slices.Contains(refused, f) }))
		return item, e
	}
	return item, nil
}

// differing returns those of the named fields that the site would hold
// otherwise after the write.
func differing(names []record.Field, current, want record.Fields) []record.Field {
	return slices.DeleteFunc(names, func(f record.Field) bool {
		now, known := current[f]
		next, ok := want[f]
		return !ok || known && now == next
	})
}

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }
