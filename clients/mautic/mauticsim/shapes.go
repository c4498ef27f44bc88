package mauticsim

import (
	"encoding/json"
	"strconv"
)

// how an answer shows a contact.
type how struct {
	made   bool // the answer of a create: ids of fields are numbers
	zeroes bool // numbers that are unset show 0, after an edit that may empty
	half   bool // without fields.all, as a refused item of a batch
	gone   bool // without its id, after a delete
	off    int  // so many entries of lists were taken off before the first that is left
}

// object is a contact on the wire.
func (s *sim) object(c *contact, h how) map[string]any {
	groups := map[string]any{"core": map[string]any{}, "social": map[string]any{}, "personal": []any{}, "professional": []any{}}
	all := map[string]any{"id": strconv.Itoa(c.ID), "points": c.Points}
	for f := range s.fields.All() {
		if !f.Published {
			continue
		}
		v := c.Values[f.Alias]
		if f.Alias == "points" {
			v = c.Points
		}
		if v == nil && h.zeroes && f.Type == "number" {
			v = 0.0
		}
		all[f.Alias] = v
		groups[f.group()].(map[string]any)[f.Alias] = f.shown(v, h.made)
	}
	for name, group := range groups {
		if of, ok := group.(map[string]any); ok && len(of) == 0 {
			groups[name] = []any{}
		}
	}
	if !h.half {
		groups["all"] = all
	}
	tags, entries := map[int]map[string]any{}, map[int]map[string]any{}
	for i, t := range c.Tags {
		tags[i+h.off] = map[string]any{"id": t.ID, "tag": t.Name, "description": nil}
	}
	for i, d := range c.DNC {
		entries[i] = map[string]any{"id": d.ID, "reason": d.Reason, "comments": d.Comments, "channel": d.Channel, "channelId": nil}
	}
	o := map[string]any{
		"isPublished": true, "dateAdded": instant(c.Added), "dateModified": instant(c.Modified),
		"createdBy": 1, "createdByUser": "A B", "modifiedBy": 1, "modifiedByUser": "A B",
		"id": c.ID, "points": c.Points, "color": nil, "fields": groups,
		"lastActive": nil, "owner": nil, "ipAddresses": []any{}, "tags": php(tags), "utmtags": []any{}, "stage": nil,
		"dateIdentified": instant(c.Added), "preferredProfileImage": nil, "doNotContact": php(entries), "frequencyRules": []any{},
	}
	if h.gone {
		o["id"] = nil
	}
	return o
}

// shown is a field of a contact. The answer of a create has it otherwise than all
// others.
func (f *field) shown(v any, made bool) map[string]any {
	normal := v
	if v == nil {
		normal = ""
	}
	o := map[string]any{"label": f.Label, "alias": f.Alias, "type": f.Type, "group": f.group(), "value": v, "normalizedValue": normal}
	if made {
		o["id"], o["properties"] = f.ID, []any{}
		return o
	}
	o["id"], o["object"], o["is_fixed"], o["properties"], o["default_value"] = strconv.Itoa(f.ID), "lead", "0", "a:0:{}", nil
	if f.ID < 44 {
		o["is_fixed"] = "1"
	}
	return o
}

// text is a scalar of JSON as PHP would make it a text.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool:
		if v {
			return "1", true
		}
		return "", true
	case nil:
		return "", true
	}
	return "", false
}
