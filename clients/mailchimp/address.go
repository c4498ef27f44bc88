package mailchimp

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// moved goes on after a change of address that was refused: when the new
// address is on the list already, and is nobody else's, its contact gets all
// that is known of the person and the old one is archived. A crash between the
// two is repaired by the next update, which comes here again. An opt-out goes
// along; a bounce stays with the address that bounced.
func (a *audience) moved(ctx context.Context, op string, ch resource.Change[contact], stated mapping.Value, now setup, refusal error) (json.RawMessage, error) {
	raw, err := a.fetch(ctx, op, hash(ch.Set.Email.Text))
	if is(err, connector.NotFound) {
		return nil, refusal // the address itself was refused
	} else if err != nil {
		return nil, err
	}
	item, other, fault := a.contacts.Decode(raw)
	old := ch.Now
	switch {
	case fault != nil:
		return nil, wrong(connector.Rejected, op, fault.Why, fault.Field)
	case item.ID == record.ExternalID(old.ContactID):
		return nil, refusal
	}
	next := old.over(ch.Set)
	if other.status != archived && unmanaged(item.Fields, next.Merge.At("EMSID").Text) {
		return nil, unsent(connector.Rejected, op, "the address is somebody else's", eventperson.Email)
	}
	if next.Status = stated; old.status == unsubscribed {
		next.Status = mapping.Of(unsubscribed)
	}
	status := ""
	if next.Status.Set && other.status != archived {
		status = newStatus(next.Status.Text, other.status, now.doubleOptIn)
	}
	if !next.Status.Set && old.status != cleaned {
		next.Status = mapping.Of(old.status) // for one who comes back from the archive
	}
	merged, err := a.put(ctx, op, next, status)
	if err != nil {
		return nil, err
	}
	if err := a.delete(ctx, op, record.ExternalID(old.ContactID)); err != nil && !is(err, connector.NotFound) {
		return nil, err
	}
	a.host.Log().InfoContext(ctx, "merged into the contact that has the new address", "from", old.ContactID, "into", string(item.ID))
	return merged, nil
}

// over is what is sent of a contact when all of it is, with set in place of what
// stands there.
func (c *contact) over(set *contact) *contact {
	out := contact{Email: c.Email, Language: c.Language, Ours: c.Ours}
	for _, of := range []*contact{c, set} {
		for name := range columns {
			if v := of.Merge.At(name); v.Set && v.Wrong == "" {
				*out.Merge.At(name) = *v
			}
		}
	}
	for at, v := range map[*mapping.Value]mapping.Value{&out.Email: set.Email, &out.Language: set.Language, &out.Ours: set.Ours} {
		if v.Set {
			*at = v
		}
	}
	return &out
}

// placeholder recognises an address that only holds the place of one.
var placeholder = regexp.MustCompile(`\+ems-released-[0-9a-f]{8}@`)

// placeOf is the address of a contact that lets go of its own, so that another of
// ours can have it: two persons may exchange theirs. A contact cannot be without
// one, so it gets a subaddress of the same mailbox, which reads back as none. It is
// for the moments until the contact's own new address is written.
func placeOf(c *contact) string {
	local, domain, _ := strings.Cut(c.Email.Text, "@")
	suffix := "+ems-released-" + hash(c.ContactID)[:8]
	return local[:min(len(local), 64-len(suffix))] + suffix + "@" + domain // 64 is the most that a local part may have
}

// readAddress reads an address; one that only holds a place is none.
func readAddress(s string) (string, error) {
	if s = mailbox(s); placeholder.MatchString(s) {
		return "", nil
	}
	return s, nil
}
