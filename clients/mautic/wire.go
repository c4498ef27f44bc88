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
	Values  resource.Named // by the alias of the field
	Ours    mapping.Value  // the memberships: the tags that are ours
	Consent mapping.Value
	Deleted mapping.Value // is only written

	forbidden bool // there is an entry of Do-Not-Contact for mail
	moved     bool // it is of a bounce of an address before this one
}

const bounced, manual = 2, 3 // reasons of Do-Not-Contact; 1 is that somebody has unsubscribed

// entry is an entry of Do-Not-Contact, for one channel.
type entry struct {
	Channel  string `json:"channel"`
	Reason   int    `json:"reason"`
	Comments string `json:"comments"`
}

// The entries that we make: by consent, and of somebody whom EMS has deleted.
var (
	entries = map[string]entry{
		eventperson.OptedOut: {channel, manual, "EMS"}, eventperson.Bounced: {channel, bounced, "EMS"},
	}
	deleted = entry{channel, manual, "EMS: deleted"}
)

// UnmarshalJSON reads a contact. Who is not on Do-Not-Contact may never have been asked.
// What we have put there for somebody whom EMS has deleted says nothing of their will: they
// may come back. Nor does the bounce of another address say anything of this one.
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
	*c = contact{Values: in.Fields.All, Consent: mapping.Of(eventperson.Unknown)}
	var ours []string
	for _, i := range in.Tags.Keys() {
		c.moved = c.moved || strings.EqualFold(in.Tags[i].Tag, movedTag)
		if name, ok := strings.CutPrefix(strings.ToLower(in.Tags[i].Tag), tagPrefix); ok {
			ours = append(ours, name)
		}
	}
	c.Ours = mapping.Of(strings.Join(ours, "\n"))
	for _, e := range in.DNC {
		if e.Channel != channel {
			continue
		}
		switch c.forbidden = true; {
		case e == deleted, e.Reason == bounced && c.moved:
			c.Consent = mapping.Value{}
		case e.Reason == bounced:
			c.Consent = mapping.Of(eventperson.Bounced)
		default:
			c.Consent = mapping.Of(eventperson.OptedOut)
		}
	}
	return nil
}

// body is what is sent of a contact over what stands there; a new one
// has nothing to be cleared. Nobody is put on Do-Not-Contact who is there already: Mautic
// would write a manual entry over a bounce.
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
	if now.Consent.Text == eventperson.Bounced && out["email"] != nil {
		tags = append(tags, movedTag)
	} else if now.moved && !now.forbidden {
		tags = append(tags, "-"+movedTag)
	}
	if tags != nil {
		out["tags"] = tags
	}
	e, forbid := entries[c.Consent.Text]
	if c.Deleted.Text != "" {
		e, forbid = deleted, true
	}
	if forbid && !now.forbidden {
		out["doNotContact"] = []entry{e}
	}
	return out
}
