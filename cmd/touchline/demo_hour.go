package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/clients"
)

// hour is an hour in which people work at all three sides at once.
type hour struct {
	db                  *pgxpool.Pool
	chatwoot, mailchimp clients.SimRemote
}

// edits makes the edits of the hour.
func (h hour) edits(ctx context.Context) error {
	for _, part := range []func(context.Context) error{h.atMailChimp, h.atChatWoot, h.inEMS} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	// All webhooks that are not lost have come.
	return h.chatwoot.Call(ctx, http.MethodGet, "/deliveries?wait=1", nil, nil)
}

// inEMS is a program that writes plain SQL: new persons, a changed phone and
// name, an opt-out, a person deleted, two merged, two who exchange addresses.
func (h hour) inEMS(ctx context.Context) error {
	for _, q := range []string{
		`insert into ems.person (first_name, last_name, email, phone) values
			('Quirijn', 'Nieuwkoop', 'new1@example.org', '+31620000001'), ('Rosa', 'Nieuwkoop', 'new2@example.org', null)`,
		`update ems.person set phone = '+31630000002' where id = 2`,
		`update ems.person set last_name = 'Aalders-Brons' where id = 3`,
		`insert into ems.contact_preference (person_id, channel, state, consent_on) values (4, 'EMAIL', 'OPTED_OUT', now())`,
		`delete from ems.person where id = 5`,
		`select ems.merge_person(6, 7)`,
		`update ems.person set email = case id when 8 then 'runner9@example.org' else 'runner8@example.org' end where id in (8, 9)`,
		`update ems.person set phone = '+31630000013' where id = 13`,
		`update ems.membership set status = 'REVOKED' where person_id = 17`,
		`update ems.person set first_name = 'Saar' where id = 22`,
	} {
		if _, err := h.db.Exec(ctx, q); err != nil {
			return fmt.Errorf("edit EMS: %w", err)
		}
	}
	return nil
}

// atChatWoot are agents: phones and an address changed, one of them that EMS
// changes, too; a conversation; a contact merged into a visitor's.
func (h hour) atChatWoot(ctx context.Context) error {
	call := func(method, path string, body any) error { return h.chatwoot.Call(ctx, method, path, body, nil) }
	phone := func(id int) error {
		return call(http.MethodPatch, fmt.Sprintf("/contacts/ems:%d", id), map[string]any{"phone_number": fmt.Sprintf("+3164%07d", id)})
	}
	fault := func(name string) error {
		return call(http.MethodPost, "/faults", map[string]any{
			"match": map[string]any{"part": "webhooks"}, "times": 1, "do": map[string]any{"kind": "named", "name": name},
		})
	}
	for _, edit := range []func() error{
		func() error { return phone(13) },
		func() error { return phone(14) },
		func() error { return fault("webhook-lost") },
		func() error { return phone(15) },
		func() error { return fault("webhook-doubled") },
		func() error { return phone(16) },
		func() error {
			return call(http.MethodPatch, "/contacts/ems:24", map[string]any{"email": "moved24@example.org"})
		},
		func() error {
			return call(http.MethodPatch, "/contacts/ems:25", map[string]any{"name": "An agent's idea"})
		},
		func() error {
			var visitor struct{ ID int }
			err := h.chatwoot.Call(ctx, http.MethodPost, "/contacts", map[string]any{"name": "A visitor", "phone_number": "+31650000001"}, &visitor)
			if err != nil {
				return err
			}
			if err := call(http.MethodPost, "/conversations", map[string]any{"contact_id": visitor.ID, "message": "Is there a late entry?"}); err != nil {
				return err
			}
			return call(http.MethodPost, "/contacts/ems:32/merge", map[string]any{"into": visitor.ID})
		},
	} {
		if err := edit(); err != nil {
			return fmt.Errorf("edit ChatWoot: %w", err)
		}
	}
	return nil
}

// atMailChimp is a reader who has had enough.
func (h hour) atMailChimp(ctx context.Context) error {
	err := h.mailchimp.Call(ctx, http.MethodPatch, "/members/runner22@example.org", map[string]any{"status": "unsubscribed"}, nil)
	if err != nil {
		return fmt.Errorf("edit MailChimp: %w", err)
	}
	return nil
}
