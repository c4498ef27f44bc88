package rondoclub

import (
	"context"
	"errors"
	"net/url"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// wanted are the properties that an answer is asked for. With context=edit
// WordPress refuses a stranger in place of showing an empty list.
func (s *site) wanted() url.Values {
	return url.Values{"_fields": {"id,status,meta," + s.codec.property}, "context": {"edit"}}
}

// get fetches one person.
func (s *site) get(ctx context.Context, id record.ExternalID) (connector.Item, error) {
	const op = "get person"
	t, err := s.terms(ctx, op)
	if err != nil {
		return connector.Item{}, err
	}
	p, err := s.fetch(ctx, op, id)
	if err != nil {
		return connector.Item{}, err
	}
	return s.item(op, p, t)
}

// fetch reads a post. One that is in the trash or not there is NotFound, with the
// successor when it was merged into another.
func (s *site) fetch(ctx context.Context, op string, id record.ExternalID) (post, error) {
	var p post
	if _, err := postID(string(id)); err != nil {
		return p, s.fail(op, connector.NotFound, "", whyMissing)
	}
	_, err := s.call(ctx, rest.Call{Op: op, Path: "/wp/v2/people/" + string(id), Query: s.wanted(), Into: &p})
	if err != nil {
		return p, s.explain(ctx, op, id, err)
	}
	if p.Status == "trash" {
		return p, s.explain(ctx, op, id, s.fail(op, connector.NotFound, "", whyTrashed))
	}
	if strconv.FormatInt(p.ID, 10) != string(id) {
		return p, s.fail(op, connector.Drifted, "", "another record than asked for")
	}
	return p, nil
}

// explain finds out what is behind an error about one record: a merge behind
// Gone, or a record that may not be seen behind Denied.
func (s *site) explain(ctx context.Context, op string, id record.ExternalID, err error) error {
	e, ok := errors.AsType[*connector.Error](err)
	if !ok {
		return err
	}
	switch e.Class {
	case connector.Denied:
		if err := s.signedIn(ctx, op); err != nil {
			return err
		}
		return s.fail(op, connector.Rejected, "", "this record is not open to the account")
	case connector.NotFound:
		var target struct {
			Into mapping.Value `json:"merged_into_person_id"`
		}
		_, err := s.call(ctx, rest.Call{Op: op, Path: "/rondo/v1/people/" + string(id) + "/merge-target", Into: &target})
		switch connector.ClassOf(err) {
		case connector.NotFound, connector.Drifted, connector.Rejected:
			return e // a theme without that route, or nothing known of the person
		}
		if err != nil {
			return err // to say Gone now would have a merged person made again
		}
		if _, err := postID(target.Into.Text); err == nil {
			e.Successor, e.Why = record.ExternalID(target.Into.Text), "merged"
		}
	}
	return e
}

// item turns a post into an Item. The error is Drifted.
func (s *site) item(op string, p post, t terms) (connector.Item, error) {
	item, err := s.read(p, t)
	if err == nil {
		return item, nil
	}
	f, why := fault(err)
	return item, s.fail(op, connector.Drifted, f, why)
}

// read turns a post into an Item. The error names the relation code where that
// cannot be read, since a person without one would be another: what could be
// read is returned with it.
func (s *site) read(p post, t terms) (connector.Item, error) {
	id := record.ExternalID(strconv.FormatInt(p.ID, 10))
	w, err := s.codec.decode(p)
	if err != nil {
		return connector.Item{ID: id}, err
	}
	item := itemOf(id, s.codec.fields(w, t, s.spec()))
	if why, bad := item.Unreadable[person.RelationCode]; bad {
		return item, &mapping.Error{Field: person.RelationCode, Why: why}
	}
	return item, nil
}

func itemOf(id record.ExternalID, r value.Reading) connector.Item {
	return connector.Item{ID: id, Fields: r.Fields, Unreadable: r.Unreadable, Notes: r.Notes}
}

// fault says which field could not be read and why, without its value.
func fault(err error) (record.Field, string) {
	if e, ok := errors.AsType[*mapping.Error](err); ok {
		return e.Field, e.Why
	}
	if errors.Is(err, errDialect) {
		return "", errDialect.Error()
	}
	return "", "fields in an unexpected form"
}
