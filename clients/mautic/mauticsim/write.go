package mauticsim

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// maxText is how long a text may be.
const maxText = 191

// submit is how a call's values are taken.
type submit struct {
	blank     bool // "" and null clear
	clears    bool // what was not sent is as if it were blank
	keepsZero bool // 0 is taken
}

// outcome is what becomes of one contact.
type outcome struct {
	status int
	id     int
	shown  any
	err    *refusal
}

func headed(name, value string, body any) simkit.Headed {
	return simkit.Headed{Header: http.Header{name: {value}}, Body: body}
}

// truthy is what PHP takes for true.
func truthy(v any) bool {
	t, scalar := text(v)
	return !scalar || t != "" && t != "0"
}

// post is what POST does: the contact that has a unique value of what was sent is
// edited; of several the one that was added last. Single says that it is the call for
// one contact, which clears what was not sent when it may overwrite.
func (s *sim) post(r *http.Request, in map[string]any, single bool) outcome {
	var there *contact
	for f := range s.fields.All() {
		if t, ok := text(in[f.Alias]); f.Unique && ok && t != "" {
			for _, c := range s.contacts.Sharing(key(f.Alias, f.clean(t))) {
				if there == nil || !c.Added.Before(there.Added) {
					there = c
				}
			}
		}
	}
	if there == nil {
		return s.added(r, in, submit{})
	}
	blank := truthy(in["overwriteWithBlank"])
	return s.change(r, there, in, submit{blank: blank, clears: blank && single})
}

// added makes a contact.
func (s *sim) added(r *http.Request, in map[string]any, as submit) outcome {
	c := &contact{Values: map[string]any{}, Added: s.Now(), Modified: s.Now()}
	off, no := s.take(c, in, as)
	if no != nil {
		return outcome{status: no.status, err: no}
	}
	if err := s.contacts.Insert(r, c); err != nil {
		return outcome{status: http.StatusInternalServerError, err: broken()}
	}
	return outcome{status: http.StatusCreated, id: c.ID, shown: s.object(c, how{made: true, off: off})}
}

// change edits a contact. Its time moves only when a value has changed.
func (s *sim) change(r *http.Request, c *contact, in map[string]any, as submit) outcome {
	next := clone(c)
	off, no := s.take(next, in, as)
	if no != nil {
		return outcome{status: no.status, id: c.ID, shown: s.object(c, how{half: true}), err: no}
	}
	if !maps.Equal(next.Values, c.Values) {
		next.Modified = s.Now()
	}
	if !reflect.DeepEqual(next, c) {
		if _, err := s.contacts.Update(r, strconv.Itoa(c.ID), func(row *contact) error { *row = *next; return nil }); err != nil {
			return outcome{status: http.StatusInternalServerError, id: c.ID, err: broken()}
		}
	}
	return outcome{status: http.StatusOK, id: c.ID, shown: s.object(next, how{zeroes: as.blank, off: off})}
}

// take lays what was sent over a contact. What it does not know it passes over.
func (s *sim) take(c *contact, in map[string]any, as submit) (off int, no *refusal) {
	faults := map[string][]string{}
	var order []string
	fault := func(alias, why string) {
		if len(faults[alias]) == 0 {
			order = append(order, alias)
		}
		faults[alias] = append(faults[alias], why)
	}
	for f := range s.fields.All() {
		v, sent := in[f.Alias]
		if !f.Published || f.Alias == "points" || !sent && !as.clears {
			continue
		}
		t, scalar := text(v)
		if !scalar {
			fault(f.Alias, "This value is not valid.")
			continue
		}
		value, why := f.read(f.clean(t))
		switch {
		case why != "":
			fault(f.Alias, why)
		case value == nil && as.blank:
			delete(c.Values, f.Alias)
		case value == nil, zero(value) && !as.keepsZero:
		default:
			c.Values[f.Alias] = value
		}
	}
	code := http.StatusBadRequest
	for f := range s.fields.All() { // the whole contact is looked at, not what was sent
		t, _ := c.Values[f.Alias].(string)
		if !f.Unique || t == "" || len(faults[f.Alias]) > 0 {
			continue
		}
		if slices.ContainsFunc(s.contacts.Sharing(key(f.Alias, t)), func(o *contact) bool { return o.ID != c.ID }) {
			fault(f.Alias, "This field must be unique.")
			code = http.StatusUnprocessableEntity
		}
	}
	if len(order) > 0 {
		var lines []string
		for _, alias := range order {
			lines = append(lines, alias+": "+strings.Join(faults[alias], ", "))
		}
		return 0, &refusal{status: code, message: strings.Join(lines, ", "), details: faults, noType: true}
	}
	off = s.label(c, in["tags"])
	entries, _ := in["doNotContact"].([]any)
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		channel, _ := text(entry["channel"])
		comments, _ := text(entry["comments"])
		if channel == "" {
			channel = "email"
		}
		if reason := reasonOf(entry); reason == 0 {
			allow(c, channel)
		} else {
			s.forbid(c, channel, reason, comments)
		}
	}
	return off, nil
}

var (
	tags      = regexp.MustCompile(`<[^>]*>`)
	noAddress = regexp.MustCompile("[^A-Za-z0-9.!#$%&'*+/=?^_`{|}~@\\[\\]-]")
	address   = regexp.MustCompile(`^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$`)
	locale    = regexp.MustCompile(`^[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?$`)
)

// strip takes out HTML, and blanks at both ends.
func strip(t string) string { return strings.TrimSpace(tags.ReplaceAllString(t, "")) }

// clean is what is left of a text before it is looked at: of an address only what one
// can have.
func (f *field) clean(t string) string {
	if f.Type == "email" {
		return noAddress.ReplaceAllString(strip(t), "")
	}
	return strip(t)
}

// zero reports whether a value is dropped for a 0: also a text that PHP takes for a
// number, when its whole part is 0.
func zero(v any) bool {
	n, ok := v.(float64)
	if t, isText := v.(string); isText {
		var err error
		n, err = strconv.ParseFloat(strings.TrimSpace(t), 64)
		ok = err == nil && !strings.ContainsAny(t, "xXpP_nN")
	}
	return ok && math.Abs(n) < 1
}

// read makes a value of a text; nil is none. Why says why it is refused.
func (f *field) read(t string) (value any, why string) {
	if t == "" {
		return nil, ""
	}
	const badChoice = "The selected choice is invalid."
	switch f.Type {
	case "email":
		if !address.MatchString(t) {
			return nil, t + " is invalid."
		}
	case "number":
		n, err := strconv.ParseFloat(t, 64)
		if err != nil {
			return nil, "Please enter a number."
		}
		return n, ""
	case "date":
		d, err := time.Parse(time.DateOnly, t)
		if err != nil {
			return nil, "Please enter a valid date."
		}
		return d.Format(time.DateOnly), ""
	case "country":
		if !slices.Contains(countries, t) {
			return nil, badChoice
		}
	case "locale":
		if !locale.MatchString(t) {
			return nil, badChoice
		}
	}
	if utf8.RuneCountInString(t) > maxText {
		return nil, fmt.Sprintf("This value is too long. It should have %d characters or less.", maxText)
	}
	return t, ""
}
