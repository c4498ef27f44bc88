package rondoclub

import (
	"context"
	"net/http"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/access"
)

// Capabilities is the place of what members may do at the site, by what they do for the club.
const Capabilities = "capabilities"

// capabilities are told, and cannot be read (docs/systems/rondoclub.md, "Capabilities"). The
// relation code is the id of the record, so that telling twice is telling once.
func (s *site) capabilities() connector.Collection {
	fields := []record.Field{access.Functions, access.RelationCode}
	return connector.Collection{
		Kind: access.Kind, Place: Capabilities, View: Capabilities, IdempotentCreate: true, Required: fields, Reads: fields, Writes: fields,
		Accepts: func(want record.Fields) error {
			if code, given := want[access.RelationCode]; given && code == "" {
				return s.complete("tell capabilities", want, access.KeyFields)
			}
			return nil
		},
		Create: s.tellCapabilities,
		Update: func(ctx context.Context, id record.ExternalID, p connector.Patch) (connector.Item, error) {
			return s.tellCapabilities(ctx, p.Set.Over(record.Fields{access.RelationCode: string(id)}))
		},
	}
}

// What is waited for.
const (
	whyNoAccount = "the member has no account at the site"
	whyLeftAlone = "the account is an administrator's, whose roles the site leaves alone"
	whyNoRoles   = "the theme of the site gives no roles by functions"
)

// tellCapabilities tells the functions of a member. Who has no account yet waits for one; of
// somebody without a function there is nothing to wait for.
func (s *site) tellCapabilities(ctx context.Context, want record.Fields) (connector.Item, error) {
	const op = "tell capabilities"
	if err := s.complete(op, want, access.KeyFields); err != nil {
		return connector.Item{}, err
	}
	wait := func(why string) error { return s.fail(op, connector.Waiting, "", why) }
	if s.noRoles.Load() {
		return connector.Item{}, wait(whyNoRoles)
	}
	told := connector.Item{
		ID:     record.ExternalID(want[access.RelationCode]),
		Fields: want.Only([]record.Field{access.Functions, access.RelationCode}),
	}
	functions := record.SetMembers(want[access.Functions])
	var answer struct {
		Status string `json:"status"`
	}
	_, err := s.call(ctx, rest.Call{
		Op: op, Method: http.MethodPost, Path: "/rondo/v1/capability-sync", Into: &answer,
		JSON: map[string]any{"knvb_id": want[access.RelationCode], "functies": append([]string{}, functions...)},
	})
	if e, ok := asError(err); ok && e.Why == "rest_no_route" {
		s.noRoles.Store(true) // it is not asked again by this process
		return connector.Item{}, wait(whyNoRoles)
	}
	switch {
	case err != nil:
		return connector.Item{}, err
	case answer.Status == "synced":
		return told, nil
	case answer.Status == "no_user" && len(functions) == 0:
		return told, nil
	case answer.Status == "no_user":
		return connector.Item{}, wait(whyNoAccount)
	case answer.Status == "skipped":
		return connector.Item{}, wait(whyLeftAlone)
	}
	return connector.Item{}, s.fail(op, connector.Drifted, "", "an answer with a status that is not known")
}
