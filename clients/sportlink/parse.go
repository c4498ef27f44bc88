package sportlink

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// errSignIn means that an answer is the identity provider's page.
var errSignIn = errors.New("the answer is a sign-in page")

// signInWords are in the provider's pages and in no answer (2026-04).
var signInWords = [][]byte{[]byte(`id="kc-login"`), []byte(`id="username"`), []byte(`name="password"`)}

// member is one record of SearchMembers: the keys that we know.
type member map[string]mapping.Value

// relationCode is the form of a PublicPersonId: AAAA11A or AA-1234
// (docs/systems/sportlink.md, "Addresses", 2026-04).
var relationCode = regexp.MustCompile(`^[A-Z0-9-]{4,10}$`)

// parseMembers reads the answer of a search for current members.
func parseMembers(body []byte, spec value.Spec) (connector.Page, error) {
	return parseSearch(body, spec, current)
}

// parseSearch reads the answer of SearchMembers. Its errors hold no value.
// An answer that contradicts itself or the question says so in its evidence. A
// member without a usable id or first name is a Fault of the page; when that is
// so of more than max(3, 2 %), the answer as a whole is not what this was built
// for.
func parseSearch(body []byte, spec value.Spec, who search) (connector.Page, error) {
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
	at := map[record.ExternalID]int{}
	for _, row := range rows {
		item, fault := parseMember(row, carried, &others, spec, who)
		switch {
		case fault == nil && who.twins && twin(page.Items, at, item):
			continue
		case fault != nil:
			page.Faults = append(page.Faults, *fault)
		case seen[item.ID] == 0:
			at[item.ID] = len(page.Items)
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
		if key == "UnionTeams" && !who.teams {
			continue
		}
		if len(rows) > 0 && !carried[key] {
			return connector.Page{}, fmt.Errorf("no member has the key %s", key)
		}
	}
	return withoutTwins(page, seen, person.RelationCode), nil
}

// twin reports whether an item stands among others already, and is the same there.
func twin(all []connector.Item, at map[record.ExternalID]int, item connector.Item) bool {
	i, ok := at[item.ID]
	return ok && maps.Equal(all[i].Fields, item.Fields) && maps.Equal(all[i].Unreadable, item.Unreadable)
}

// withoutTwins makes one fault of an id that came more than once: which of its
// records is right cannot be told.
func withoutTwins(page connector.Page, seen map[record.ExternalID]int, id record.Field) connector.Page {
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
			page.Faults = append(page.Faults, connector.Fault{ID: item.ID, Field: id, Why: "the id came more than once"})
		}
	}
	page.Items = items
	return page
}

// parseMember reads one record. The item's ID is set as soon as it is known,
// even when there is a fault. others counts those that were filtered out.
func parseMember(row json.RawMessage, carried map[string]bool, others *int, spec value.Spec, who search) (connector.Item, *connector.Fault) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(row, &raw); err != nil || raw == nil {
		return connector.Item{}, &connector.Fault{Why: "not an object"}
	}
	if outside(raw, who) {
		*others++
	}
	m := make(member, len(columns))
	for _, c := range columns {
		if b, ok := raw[c.key]; ok {
			carried[c.key] = true
			m[c.key] = c.read(b)
		}
	}
	read := table.Decode(&m, spec)
	code := read.Fields[person.RelationCode]
	if !relationCode.MatchString(code) {
		return connector.Item{}, &connector.Fault{Field: person.RelationCode, Why: "no id of the known form"}
	}
	item := connector.Item{ID: record.ExternalID(code)}
	if why := nameless(read); why != "" {
		return item, &connector.Fault{ID: item.ID, Field: person.FirstName, Why: why}
	}
	read.Fields[person.FormerMember] = strconv.FormatBool(who.former)
	oneTeam(&read)
	if who.former {
		withoutTeams(&read)
	}
	item.Fields, item.Unreadable, item.Notes = read.Fields, read.Unreadable, read.Notes
	item.Keys = slices.Collect(maps.Keys(raw))
	return item, nil
}

// nameless says why a record has no usable first name: the site asks for one, so
// that a record without it, or with one that nobody can have typed, is broken as
// a whole. A name of which only letters were damaged is a field that cannot be
// read.
func nameless(r value.Reading) string {
	switch why := r.Unreadable[person.FirstName]; {
	case why == value.HasNUL || why == value.TooLong:
		return why
	case why == "" && r.Fields[person.FirstName] == "":
		return "is empty"
	}
	return ""
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
func (a *account) answerFault(op string, answer browserworker.Answer, err error) error {
	if errors.Is(err, errSignIn) {
		return browserworker.ErrSignedOut
	}
	kind, _, _ := strings.Cut(answer.Header["content-type"], ";")
	return a.Drifted(op, err.Error()+" ("+kind+")")
}
