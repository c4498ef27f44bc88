package mailchimp

import (
	"context"
	"maps"
	"regexp"
	"strings"

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
func (a *audience) moved(ctx context.Context, op string, t there, set record.Fields, now setup, refusal error) (connector.Item, error) {
	other, err := a.read(ctx, op, hash(set[eventperson.Email]))
	switch {
	case is(err, connector.NotFound):
		return t.Item, refusal // the address itself was refused
	case err != nil:
		return t.Item, err
	case other.ID == t.ID:
		return t.Item, refusal
	}
	want := t.Fields.Clone()
	maps.Copy(want, set)
	if other.status != archived && unmanaged(other, want[eventperson.ID]) {
		return t.Item, unsent(connector.Rejected, op, "the address is somebody else's", eventperson.Email)
	}
	consent, stated := set[eventperson.Consent]
	if t.status == unsubscribed {
		consent, stated = eventperson.OptedOut, true
	}
	if !stated && t.status != cleaned {
		consent = t.Fields[eventperson.Consent] // for one who comes back from the archive
	}
	want[eventperson.Consent] = consent
	status := ""
	if stated && other.status != archived {
		status = newStatus(consent, other.status, now.doubleOptIn)
	}
	next, err := a.put(ctx, op, want, status)
	if err != nil {
		return next.Item, err
	}
	if err := a.delete(ctx, t.ID); err != nil {
		return next.Item, err
	}
	a.host.Log().InfoContext(ctx, "merged into the contact that has the new address", "from", string(t.ID), "into", string(next.ID))
	return next.Item, nil
}

// placeholder recognises an address that only holds the place of one.
var placeholder = regexp.MustCompile(`\+ems-released-[0-9a-f]{8}@`)

// release makes a contact let go of its address, so that another of ours can
// have it: two persons may exchange theirs. A contact cannot be without one, so
// it gets a subaddress of the same mailbox, which reads back as none. It is for
// the moments until the contact's own new address is written.
func (a *audience) release(ctx context.Context, op string, t there) (connector.Item, error) {
	if placeholder.MatchString(t.address) {
		return t.Item, nil
	}
	local, domain, _ := strings.Cut(t.address, "@")
	suffix := "+ems-released-" + hash(string(t.ID))[:8]
	local = local[:min(len(local), 64-len(suffix))] // the most that a local part may have
	next, err := a.patch(ctx, op, t.ID, &contact{Email: mapping.Of(local + suffix + "@" + domain)})
	return next.Item, err
}

// readAddress reads an address; one that only holds a place is none.
func readAddress(s string) (string, error) {
	if s = mailbox(s); placeholder.MatchString(s) {
		return "", nil
	}
	return s, nil
}
