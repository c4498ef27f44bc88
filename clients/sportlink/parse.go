package sportlink

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// errSignIn means that an answer is the identity provider's page.
var errSignIn = errors.New("the answer is a sign-in page")

// signInWords are in the provider's pages and in no answer (2026-04).
var signInWords = [][]byte{[]byte(`id="kc-login"`), []byte(`id="username"`), []byte(`name="password"`)}

// member is one record of SearchMembers: the keys that we know.
type member map[string]mapping.Value

// relationCode is the form of a PublicPersonId: AAAA11A or AA-1234
// (sportlink.md 0, 2026-04).
var relationCode = regexp.MustCompile(`^[A-Z0-9-]{4,10}$`)

// parseMembers reads the answer of SearchMembers. Its errors hold no value.
// An answer that contradicts itself or the question says so in its evidence. A
// member that cannot be read is a Fault of the page; when that is so of more
// than max(3, 2 %), the answer as a whole is not what this was built for.
func parseMembers(body []byte) (connector.Page, error) {
	if !json.Valid(body) {
		return connector.Page{}, notJSON(body)
	}
	env, contradiction, err := openEnvelope(body)
	if err != nil {
		return connector.Page{}, notJSON(body)
	}
	if len(env["members"]) == 0 {
		return connector.Page{}, errors.New("Members is missing")
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(env["members"], &rows); err != nil || rows == nil {
		return connector.Page{}, errors.New("Members is not a list")
	}
	page := connector.Page{Items: make([]connector.Item, 0, len(rows))}
	page.Evidence.Contradiction = cmp.Or(contradiction, env.contradiction(len(rows)))
	others := 0
	seen := make(map[record.ExternalID]int, len(rows))
	carried := map[string]bool{}
	for _, row := range rows {
		item, fault := parseMember(row, carried, &others)
		switch {
		case fault != nil:
			page.Faults = append(page.Faults, *fault)
		case seen[item.ID] == 0:
			page.Items = append(page.Items, item)
		}
		if item.ID != "" {
			seen[item.ID]++
		}
	}
	if others > 0 && page.Evidence.Contradiction == "" {
		page.Evidence.Contradiction = fmt.Sprintf("%d members have a status that was filtered out", others)
	}
	if page.Evidence.Contradiction != "" {
		return page, nil
	}
	if n := len(page.Faults); n > max(3, len(rows)/50) {
		return connector.Page{}, fmt.Errorf("%d of %d members cannot be read", n, len(rows))
	}
	for _, key := range expected {
		if len(rows) > 0 && !carried[key] {
			return connector.Page{}, fmt.Errorf("no member has the key %s", key)
		}
	}
	return withoutTwins(page, seen), nil
}

// withoutTwins makes one fault of an id that came more than once: which of its
// records is right cannot be told.
func withoutTwins(page connector.Page, seen map[record.ExternalID]int) connector.Page {
	echo := map[record.ExternalID]bool{}
	for _, f := range page.Faults {
		echo[f.ID] = true
	}
	items := page.Items[:0]
	for _, item := range page.Items {
		if seen[item.ID] == 1 {
			items = append(items, item)
			continue
		}
		if !echo[item.ID] {
			page.Faults = append(page.Faults, connector.Fault{ID: item.ID, Field: person.RelationCode, Why: "the id came more than once"})
		}
	}
	page.Items = items
	return page
}

// parseMember reads one record. The item's ID is set as soon as it is known,
// even when there is a fault. others counts those that were filtered out.
func parseMember(row json.RawMessage, carried map[string]bool, others *int) (connector.Item, *connector.Fault) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(row, &raw); err != nil || raw == nil {
		return connector.Item{}, &connector.Fault{Why: "not an object"}
	}
	if outside(raw) {
		*others++
	}
	m := make(member, len(columns))
	var fault *connector.Fault
	for _, c := range columns {
		b, ok := raw[c.key]
		if !ok {
			continue
		}
		carried[c.key] = true
		v, err := c.read(b)
		if err != nil {
			if fault == nil {
				fault = &connector.Fault{Field: c.field, Why: err.Error()}
			}
			continue
		}
		m[c.key] = v
	}
	var item connector.Item
	if code := m["PublicPersonId"].Text; relationCode.MatchString(code) {
		item.ID = record.ExternalID(code)
	} else {
		return item, &connector.Fault{Field: person.RelationCode, Why: "no id of the known form"}
	}
	if fault == nil && strings.TrimSpace(m["FirstName"].Text) == "" {
		fault = &connector.Fault{Field: person.FirstName, Why: "is empty"}
	}
	if fault == nil {
		fields, err := table.Decode(&m)
		if e := (*mapping.Error)(nil); errors.As(err, &e) {
			fault = &connector.Fault{Field: e.Field, Why: e.Why}
		}
		fields[person.FormerMember] = "false" // who is listed is a member
		oneTeam(fields)
		item.Fields = fields
	}
	if fault != nil {
		fault.ID, item.Fields = item.ID, nil
	}
	return item, fault
}

func notJSON(body []byte) error {
	text := bytes.TrimSpace(body)
	switch {
	case len(text) == 0:
		return errors.New("the answer is empty")
	case text[0] != '<':
		return errors.New("the answer is not JSON")
	}
	for _, w := range signInWords {
		if bytes.Contains(text, w) {
			return errSignIn
		}
	}
	return errors.New("the answer is a page, not JSON")
}

// answerFault gives an answer that could not be read its class.
func (a *account) answerFault(answer browserworker.Answer, err error) error {
	if errors.Is(err, errSignIn) {
		return browserworker.ErrSignedOut
	}
	kind, _, _ := strings.Cut(answer.Header["content-type"], ";")
	return a.drifted("search members", err.Error()+" ("+kind+")")
}
