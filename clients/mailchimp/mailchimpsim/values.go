package mailchimpsim

import (
	"fmt"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// languages are the codes that MailChimp knows (from memory, 2026-11). Others
// are passed over.
var languages = strings.Fields(`en ar af be bg ca zh hr cs da nl et fa fi fr fr_CA de el he hi hu is id ga it ja km ko
	lv lt ms mt mk no pl pt pt_PT ro ru sr sk sl es es_ES sw sv ta th tr uk vi`)

// roles are local parts that are nobody's own.
var roles = []string{"abuse", "admin", "noc", "postmaster", "root", "spam", "webmaster"}

// checkAddress refuses what is no address, looks invented (below
// fake.invalid), is a role's, was deleted for good, or has signed up too often.
func (s *sim) checkAddress(email string) error {
	email = strings.TrimSpace(email)
	local, domain, _ := strings.Cut(email, "@")
	a, err := mail.ParseAddress(email)
	switch {
	case s.Busy[hashOf(email)]:
		return refuse(http.StatusBadRequest, "Invalid Resource",
			email+" has signed up to a lot of lists very recently; we're not allowing more signups for now")
	case err != nil || a.Address != email || !strings.Contains(domain, "."):
		return refuse(http.StatusBadRequest, "Invalid Resource", "Please provide a valid email address.")
	case strings.HasSuffix(strings.ToLower(domain), "fake.invalid"):
		return refuse(http.StatusBadRequest, "Invalid Resource", email+" looks fake or invalid, please enter a real email address.")
	case slices.Contains(roles, strings.ToLower(local)):
		return refuse(http.StatusBadRequest, "Invalid Resource", email+" is a role-based email address and cannot be imported.")
	case s.Forgotten[hashOf(email)]:
		return refuse(http.StatusBadRequest, "Forgotten Email Not Subscribed",
			email+" was permanently deleted and cannot be re-imported. The contact must re-subscribe to get back on the list.")
	}
	return nil
}

// set puts values and tags on a member. A name that is no merge field of the list
// is dropped without a word.
func (s *sim) set(l *list, m *member, in input, skip bool) error {
	if in.Language != nil && (*in.Language == "" || slices.Contains(languages, *in.Language)) {
		m.Language = *in.Language
	}
	if in.VIP != nil {
		m.VIP = *in.VIP
	}
	var wrong []fieldError
	for _, f := range l.Fields {
		v, sent := in.Merge[f.Tag]
		if sent {
			fit, why := f.fit(v)
			if why != "" {
				wrong = append(wrong, fieldError{f.Tag, why})
				continue
			}
			m.Merge[f.Tag] = fit
		}
		if there := m.Merge[f.Tag]; f.Required && !skip && (there == nil || there == "") {
			wrong = append(wrong, fieldError{f.Tag, "This field is required"})
		}
	}
	if len(wrong) > 0 {
		return refuse(http.StatusBadRequest, "Invalid Resource", "Your merge fields were invalid.", wrong...)
	}
	for _, name := range in.Tags {
		s.tag(l, &m.Tags, name)
	}
	return nil
}

var american = regexp.MustCompile(`^\(?[0-9]{3}\)?[- ]?[0-9]{3}[- ]?[0-9]{4}$`)

// fit returns a value in the form that is stored, or what is wrong with it.
func (f mergeField) fit(v any) (any, string) {
	value, isText := v.(string)
	if number, ok := v.(float64); ok {
		value, isText = strconv.FormatFloat(number, 'f', -1, 64), true
	}
	switch {
	case f.Type == "address":
		_, isMap := v.(map[string]any)
		if isMap || v == "" {
			return v, ""
		}
		return nil, "Please enter a complete address"
	case !isText:
		return nil, "Data did not match any of the schemas described in anyOf."
	case value == "":
		return "", ""
	}
	switch f.Type {
	case "number":
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, "Please enter a number"
		}
		return number, ""
	case "phone":
		if f.Phone == "US" && !american.MatchString(value) {
			return nil, "Please enter a valid phone number"
		}
	case "radio", "dropdown":
		if !slices.Contains(f.Choices, value) {
			return nil, "Please choose one of the options"
		}
	case "text":
		if len(value) > 255 {
			return nil, fmt.Sprintf("Please enter a value with no more than %d characters", 255)
		}
	}
	return value, ""
}
