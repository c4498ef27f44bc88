package mauticsim

import (
	"net/http"
	"strconv"
	"strings"
)

// at is the contact that an id means: one that was merged answers as what it was merged
// into.
func (s *sim) at(id string) *contact {
	for range s.merges.Len() + 1 {
		if c := s.contacts.Get(id); c != nil {
			return c
		}
		m := s.merges.Get(id)
		if m == nil {
			break
		}
		id = strconv.Itoa(m.Into)
	}
	return nil
}

func (s *sim) get(r *http.Request) (int, any, error) {
	c := s.at(r.PathValue("id"))
	if c == nil {
		return 0, nil, notFound()
	}
	return one(http.StatusOK, s.object(c, how{}))
}

func one(status int, contact any) (int, any, error) {
	return status, map[string]any{"contact": contact}, nil
}

// create makes a contact, or edits the one that has a unique value of it.
func (s *sim) create(r *http.Request) (int, any, error) {
	in := map[string]any{}
	if err := body(r, &in); err != nil {
		return 0, nil, err
	}
	o := s.post(r, in, true)
	if o.err != nil {
		return 0, nil, o.err
	}
	status, shown, _ := one(o.status, o.shown)
	if status != http.StatusCreated {
		return status, shown, nil
	}
	return status, headed("Location", "/api/contacts/"+strconv.Itoa(o.id), shown), nil
}

// edit changes the contact that a path names. PUT makes it where there is none, and
// clears what was not sent.
func (s *sim) edit(r *http.Request) (int, any, error) {
	in := map[string]any{}
	if err := body(r, &in); err != nil {
		return 0, nil, err
	}
	put := r.Method == http.MethodPut
	c := s.at(r.PathValue("id"))
	var o outcome
	switch {
	case c == nil && !put:
		return 0, nil, notFound()
	case c == nil:
		o = s.added(r, in, submit{keepsZero: true})
	default:
		o = s.change(r, c, in, submit{blank: put || truthy(in["overwriteWithBlank"]), clears: put, keepsZero: put})
	}
	if o.err != nil {
		return 0, nil, o.err
	}
	return one(o.status, o.shown)
}

// remove deletes a contact: of one that was merged, what it was merged into.
func (s *sim) remove(r *http.Request) (int, any, error) {
	c := s.at(r.PathValue("id"))
	if c == nil {
		return 0, nil, notFound()
	}
	if _, err := s.contacts.Delete(r, strconv.Itoa(c.ID)); err != nil {
		return 0, nil, err
	}
	return one(http.StatusOK, s.object(c, how{gone: true}))
}

// The reasons of Do-Not-Contact that its calls take.
const (
	unsubscribed = 1
	manual       = 3
)

// forbid adds an entry of Do-Not-Contact to a contact. One that is there gets the new
// reason, unless the person has unsubscribed.
func (s *sim) forbid(c *contact, channel string, reason int, comments string) {
	for i, d := range c.DNC {
		if d.Channel != channel {
			continue
		}
		if d.Reason != unsubscribed && d.Reason != reason {
			c.DNC[i].Reason, c.DNC[i].Comments, c.DNC[i].Added = reason, comments, s.Now()
		}
		return
	}
	c.DNC = append(c.DNC, dnc{ID: s.store.Number(), Channel: channel, Reason: reason, Comments: comments, Added: s.Now()})
}

// allow takes an entry off, and reports whether there was one.
func allow(c *contact, channel string) bool {
	for i, d := range c.DNC {
		if d.Channel == channel {
			c.DNC = append(c.DNC[:i:i], c.DNC[i+1:]...)
			return true
		}
	}
	return false
}

// reasonOf is the reason that a call gives, manual where it gives none.
func reasonOf(in map[string]any) int {
	v, sent := in["reason"]
	if t, scalar := text(v); sent && scalar {
		return atoi(t)
	}
	return manual
}

func (s *sim) addDNC(r *http.Request) (int, any, error) {
	c := s.at(r.PathValue("id"))
	if c == nil {
		return 0, nil, notFound()
	}
	in := map[string]any{}
	if err := body(r, &in); err != nil {
		return 0, nil, err
	}
	reason := reasonOf(in)
	if reason < unsubscribed || reason > manual {
		return 0, nil, &refusal{
			status: http.StatusBadRequest, message: "Invalid reason code given", noType: true,
			details: []string{"Reason code needs to be an integer and higher than 0."},
		}
	}
	comments, _ := text(in["comments"])
	c, err := s.contacts.Update(r, strconv.Itoa(c.ID), func(c *contact) error {
		s.forbid(c, r.PathValue("channel"), reason, strip(comments))
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	o := s.object(c, how{})
	entries := make([]any, 0, len(c.DNC))
	for _, d := range c.DNC { // without channelId, and with the date
		entries = append(entries, map[string]any{"id": d.ID, "dateAdded": instant(d.Added), "reason": d.Reason, "comments": d.Comments, "channel": d.Channel})
	}
	o["doNotContact"] = entries
	return one(http.StatusOK, o)
}

func (s *sim) removeDNC(r *http.Request) (int, any, error) {
	c := s.at(r.PathValue("id"))
	if c == nil {
		return 0, nil, notFound()
	}
	found := allow(clone(c), r.PathValue("channel"))
	if found {
		_, err := s.contacts.Update(r, strconv.Itoa(c.ID), func(c *contact) error {
			allow(c, r.PathValue("channel"))
			return nil
		})
		if err != nil {
			return 0, nil, err
		}
	}
	return http.StatusOK, map[string]any{"recordFound": found, "contact": []any{}}, nil
}

// label makes a contact's tags what a call says: "-" before a name takes one off. It
// returns how many were taken off before the first that is left.
func (s *sim) label(c *contact, in any) (off int) {
	var names []string
	switch in := in.(type) {
	case string:
		names = strings.Split(in, ",")
	case []any:
		for _, v := range in {
			if t, ok := text(v); ok {
				names = append(names, t)
			}
		}
	}
	for _, name := range names {
		name, minus := strings.CutPrefix(strip(name), "-")
		at := -1
		for i, t := range c.Tags {
			if strings.EqualFold(t.Name, name) {
				at = i
			}
		}
		switch {
		case name == "":
		case minus && at >= 0:
			if at == 0 {
				off++
			}
			c.Tags = append(c.Tags[:at:at], c.Tags[at+1:]...)
		case !minus && at < 0:
			if s.tags[strings.ToLower(name)] == 0 {
				s.tags[strings.ToLower(name)] = len(s.tags) + 1
			}
			c.Tags = append(c.Tags, tag{s.tags[strings.ToLower(name)], name})
		}
	}
	return off
}
