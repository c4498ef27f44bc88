package mautic

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// contact is what is mapped of a contact.
type contact struct {
	Values   resource.Named // by the alias of the field
	Ours     mapping.Value  // the memberships: the tags that are ours
	Consents resource.Named // by the channel of Do-Not-Contact
	Deleted  mapping.Value  // is only written

	forbidden map[string]bool // the channels with an entry of Do-Not-Contact that counts
	moved     bool            // a bounce is of an address before this one
	stale     bool            // there is such a bounce, which counts as no entry
}

const (
	mail, sms       = "email", "sms" // channels of Do-Not-Contact
	bounced, manual = 2, 3           // reasons of it; 1 is that somebody has unsubscribed
	ours, deleted   = "EMS", "EMS: deleted"
)

// entry is an entry of Do-Not-Contact, for one channel.
type entry struct {
	Channel  string `json:"channel"`
	Reason   int    `json:"reason"`
	Comments string `json:"comments"`
}

// The channels that EMS knows, and the reasons that we give by consent.
var (
	channels = []string{mail, sms}
	reasons  = map[string]int{eventperson.OptedOut: manual, eventperson.Bounced: bounced}
)

// UnmarshalJSON reads a contact. Who is not on Do-Not-Contact may never have been asked.
// What we have put there for somebody whom EMS has deleted says nothing of their will, who
// may come back; nor does the bounce of another address, or of a phone.
func (c *contact) UnmarshalJSON(b []byte) error {
	var in struct {
		Fields struct {
			All resource.Named `json:"all"`
		} `json:"fields"`
		Tags resource.PHP[struct {
			Tag string `json:"tag"`
		}] `json:"tags"`
		DNC resource.PHP[entry] `json:"doNotContact"`
	}
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	if in.Fields.All == nil { // as of a refused item of a batch
		return errors.New("no fields")
	}
	*c = contact{Values: in.Fields.All, forbidden: map[string]bool{}}
	for _, channel := range channels {
		*c.Consents.At(channel) = mapping.Of(eventperson.Unknown)
	}
	var members []string
	for _, i := range in.Tags.Keys() {
		c.moved = c.moved || strings.EqualFold(in.Tags[i].Tag, movedTag)
		if name, ok := strings.CutPrefix(strings.ToLower(in.Tags[i].Tag), tagPrefix); ok {
			members = append(members, name)
		}
	}
	c.Ours = mapping.Of(strings.Join(members, "\n"))
	for _, e := range in.DNC {
		stale := c.moved && e.Reason == bounced && e.Channel == mail
		c.stale, c.forbidden[e.Channel] = c.stale || stale, c.forbidden[e.Channel] || !stale
		switch v := c.Consents.At(e.Channel); {
		case e.Reason == manual && e.Comments == deleted, e.Reason == bounced && (c.moved || e.Channel != mail):
			*v = mapping.Value{}
		case e.Reason == bounced:
			*v = mapping.Of(eventperson.Bounced)
		default:
			*v = mapping.Of(eventperson.OptedOut)
		}
	}
	return nil
}

// body is what is sent of a contact over what stands there; a new one
// has nothing to be cleared. Nobody is put on Do-Not-Contact who is there already: Mautic
// would write a manual entry over a bounce. That of an address before is written over, and
// loses its tag: whoever follows that must not make somebody mailable who is not to be.
func (c *contact) body(now *contact) map[string]any {
	out := map[string]any{}
	for alias, v := range c.Values {
		switch {
		case v.Set && v.Text != "":
			out[alias] = v.Text
		case v.Set && now.Values != nil:
			out[alias], out["overwriteWithBlank"] = nil, true
		}
	}
	var tags []string
	if c.Ours.Set {
		come, gone := resource.Changes(now.Ours.Text, c.Ours.Text)
		for _, m := range come {
			tags = append(tags, tagPrefix+m)
		}
		for _, m := range gone {
			tags = append(tags, "-"+tagPrefix+m)
		}
	}
	leaves := now.Consents.At(mail).Text == eventperson.Bounced && out["email"] != nil // its bounce behind
	_, told := reasons[c.Consents.At(mail).Text]
	switch told = told || c.Deleted.Text != ""; {
	case leaves && !told:
		tags = append(tags, movedTag)
	case now.moved && (told || !now.stale):
		tags = append(tags, "-"+movedTag)
	}
	if tags != nil {
		out["tags"] = tags
	}
	var forbid []entry
	for _, channel := range channels {
		reason, told := reasons[c.Consents.At(channel).Text]
		switch {
		case now.forbidden[channel] && (channel != mail || !leaves):
		case c.Deleted.Text != "":
			forbid = append(forbid, entry{channel, manual, deleted})
		case told:
			forbid = append(forbid, entry{channel, reason, ours})
		}
	}
	if forbid != nil {
		out["doNotContact"] = forbid
	}
	return out
}
