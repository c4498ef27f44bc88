package mailchimp

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// move gives a contact another address by making one anew there, since only that of
// a contact who is subscribed can be changed (docs/systems/mailchimp.md, "Upsert
// rules"): all that is known of the person goes to the contact at the new address,
// be it there already, unless it is somebody else's, and the old one is archived. A
// crash between the two is repaired by the next update, which comes here again or
// finds what was made, also at an address that is not the wanted one any more
// (leftBehind). An opt-out goes along; a bounce stays with its address.
func (a *audience) move(ctx context.Context, op string, ch resource.Change[contact], stated mapping.Value) (json.RawMessage, error) {
	other, err := a.at(ctx, op, ch.Set.Email.Text)
	if err != nil {
		return nil, err
	}
	old := ch.Now
	next := old.over(ch.Set)
	if next.person() == "" { // taken from the old one by a try before
		*next.Merge.At(idTag) = mapping.Of(ch.Key[eventperson.ID])
	}
	if other.status != archived && other.person() != "" && other.person() != next.person() {
		return nil, unsent(connector.Rejected, op, "the address is somebody else's", eventperson.Email)
	}
	switch next.Status = stated; {
	case old.status == unsubscribed:
		next.Status = mapping.Of(unsubscribed)
	case !stated.Set && old.status != cleaned:
		next.Status = mapping.Of(old.status)
	}
	status := ""
	if other.status != archived && (stated.Set || old.status == unsubscribed) {
		now, err := a.settings(ctx)
		if err != nil {
			return nil, err
		}
		status = newStatus(next.Status.Text, other.status, now.doubleOptIn)
	}
	made, err := a.put(ctx, op, next, status, other)
	if err != nil {
		return nil, err
	}
	if err := a.leave(ctx, op, old); err != nil && !is(err, connector.NotFound) {
		return nil, err
	}
	ch.Set.Status = mapping.Value{} // who is asked to confirm shows none
	a.host.Log().InfoContext(ctx, "made anew under another address", "from", old.ContactID)
	return made, nil
}

// leftBehind are the contacts of a person at other addresses than the one that theirs
// has now, or is to have, which a move has made whose end nobody has seen.
func (a *audience) leftBehind(ctx context.Context, op string, ch resource.Change[contact]) (left []*contact, err error) {
	for _, sought := range ch.Sought {
		address := mailbox(sought[eventperson.Email])
		if address == "" || address == mailbox(ch.Now.Email.Text) || address == mailbox(ch.Set.Email.Text) {
			continue
		}
		c, err := a.at(ctx, op, address)
		switch {
		case err != nil:
			return nil, err
		case c.status != archived && c.person() == ch.Key[eventperson.ID] && c.ContactID != ch.Now.ContactID && c.person() != "":
			left = append(left, c)
		}
	}
	return left, nil
}

// leave archives a contact that its person has left. One that has opted out is nobody's
// in the archive, so that it is not subscribed for whoever has the address next. One
// that has bounced is nobody's, too, and stays: it cannot be archived.
func (a *audience) leave(ctx context.Context, op string, old *contact) error {
	if optedOut(old.status) {
		if err := a.untie(ctx, op, old.ContactID); err != nil || old.status == cleaned {
			return err
		}
	}
	return a.shelve(ctx, op, record.ExternalID(old.ContactID))
}

// untie makes a contact nobody's that has opted out: from now on the archive is asked.
func (a *audience) untie(ctx context.Context, op, id string) error {
	a.mu.Lock()
	if a.known != nil {
		a.known.left = true
	}
	a.mu.Unlock()
	var c contact
	*c.Merge.At(idTag) = mapping.Of("")
	_, err := a.send(ctx, op, http.MethodPatch, id, &c)
	return err
}

// release makes a contact let go of its address, so that another of ours can have it:
// two persons may exchange theirs. One who is subscribed gets another address for the
// moment. Of any other the address cannot be changed: it is archived, and made anew
// when the person has an address again.
func (a *audience) release(ctx context.Context, op string, ch resource.Change[contact]) (json.RawMessage, error) {
	if ch.Now.status == subscribed {
		ch.Set.Email = mapping.Of(placeOf(ch.Now))
		return a.send(ctx, op, http.MethodPatch, ch.Now.ContactID, ch.Set)
	}
	if err := a.leave(ctx, op, ch.Now); err != nil {
		return nil, err
	}
	return nil, wrong(connector.NotFound, op, "archived: without its address it is nothing", "")
}

// at is the contact at an address, in any status; an empty one where there is none.
func (a *audience) at(ctx context.Context, op, address string) (*contact, error) {
	raw, err := a.fetch(ctx, op, hash(address))
	switch {
	case is(err, connector.NotFound):
		return &contact{}, nil
	case err != nil:
		return nil, err
	}
	_, c, fault := a.contacts.Decode(raw)
	if fault != nil {
		return nil, wrong(connector.Rejected, op, fault.Why, fault.Field)
	}
	return c, nil
}

// person is the id of the person to whom a contact is tied.
func (c *contact) person() string {
	if v := c.Merge[idTag]; v != nil {
		return v.Text
	}
	return ""
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

// placeOf is the address of a contact that lets go of its own: a subaddress of the
// same mailbox, which reads back as none, until the contact's own new one is written.
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
