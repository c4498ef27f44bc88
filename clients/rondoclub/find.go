package rondoclub

import (
	"context"
	"net/url"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// find looks a person up by relation code, or by e-mail and name where there
// is no code. The e-mail is asked for first; the site has no filter on codes,
// so that otherwise the whole list is read.
func (s *site) find(ctx context.Context, want record.Fields) (connector.Item, error) {
	const op = "find person"
	if person.Key(want) == "" {
		return connector.Item{}, s.fail(op, connector.Rejected, person.RelationCode, "nothing to look for")
	}
	t, err := s.terms(ctx, op)
	if err != nil {
		return connector.Item{}, err
	}
	found, err := s.byEmail(ctx, op, want, t)
	if err != nil {
		return connector.Item{}, err
	}
	if len(found) == 0 {
		if found, err = s.byReading(ctx, op, want, t); err != nil {
			return connector.Item{}, err
		}
	}
	switch len(found) {
	case 0:
		return connector.Item{}, s.fail(op, connector.NotFound, "", whyMissing)
	case 1:
		return found[0], nil
	}
	return connector.Item{}, s.fail(op, connector.Rejected, person.RelationCode, "more than one such person")
}

// byEmail asks the theme. An older one names a single person, and not all
// accounts may ask; then the list decides.
func (s *site) byEmail(ctx context.Context, op string, want record.Fields, t terms) ([]connector.Item, error) {
	if want[person.Email1] == "" {
		return nil, nil
	}
	var answer struct {
		ID      int64
		Matches []struct{ ID int64 }
	}
	_, err := s.call(ctx, rest.Call{
		Op: op, Path: "/rondo/v1/people/find-by-email", Query: url.Values{"email": {want[person.Email1]}}, Into: &answer,
	})
	switch connector.ClassOf(err) {
	case connector.Denied, connector.Rejected, connector.NotFound, connector.Drifted:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ids := map[int64]bool{answer.ID: true}
	for _, m := range answer.Matches {
		ids[m.ID] = true
	}
	delete(ids, 0)
	var found []connector.Item
	for id := range ids {
		p, err := s.fetch(ctx, op, record.ExternalID(strconv.FormatInt(id, 10)))
		switch connector.ClassOf(err) {
		case connector.NotFound, connector.Rejected:
			continue // in the trash, or not to be seen
		}
		if err != nil {
			return nil, err
		}
		if item, err := s.item(op, p, t); err == nil && matches(item.Fields, want) {
			found = append(found, item)
		}
	}
	return found, nil
}

// byReading reads all persons, with the sign-in proved before and after.
func (s *site) byReading(ctx context.Context, op string, want record.Fields, t terms) ([]connector.Item, error) {
	if err := s.signedIn(ctx, op); err != nil {
		return nil, err
	}
	var found []connector.Item
	for number, last := 1, false; !last; number++ {
		page, _, end, err := s.page(ctx, op, number, t)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			if matches(item.Fields, want) {
				found = append(found, item)
			}
		}
		last = end
	}
	return found, s.signedIn(ctx, op)
}
