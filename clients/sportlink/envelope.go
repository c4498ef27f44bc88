package sportlink

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// envelope is what stands around the members of one answer.
type envelope map[string]json.RawMessage

// openEnvelope reads the keys around the members, in lower case, and how the
// answer contradicts itself: a key that stands there twice, in one spelling or
// two, may have been read either way.
func openEnvelope(body []byte) (_ envelope, contradiction string, err error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, "", errors.New("not an object")
	}
	env := envelope{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, "", errors.New("not an object")
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, "", errors.New("not an object")
		}
		key := strings.ToLower(fmt.Sprint(t))
		if _, twice := env[key]; twice {
			contradiction = cmp.Or(contradiction, twiceThere(key))
		}
		env[key] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, "", errors.New("not an object")
	}
	return env, contradiction, nil
}

// twiceThere says which key stands there twice. A key that we do not know is not
// named: what it holds is not known either.
func twiceThere(key string) string {
	switch {
	case key == "members":
		return "the answer has its members twice"
	case slices.Contains(known, key):
		return "the answer has " + key + " twice"
	}
	return "the answer has a key beside its members twice"
}

// The keys beside the members that can speak against them, whichever of them the site has:
// an answer that it has cut short, or could not finish, may say so under any of these names.
var (
	troubles = []string{"error", "errors", "message", "exception", "warning", "warnings"}
	more     = []string{
		"hasmore", "hasmoreresults", "moreresults", "more", "nextpage", "next", "nextlink", "truncated", "istruncated", "incomplete", "partial",
	}
	totals = []string{
		"total", "totalcount", "totalresults", "totalrecords", "totalmembers", "count", "membercount", "numberofmembers", "numberofresults",
	}
	known = slices.Concat(troubles, more, totals)
)

// contradiction says how what stands around so many rows speaks against
// them; "" when it does not (docs/systems/sportlink.md, "The search for
// members", 2026-11).
func (e envelope) contradiction(rows int) string {
	if key := e.trouble(); key != "" {
		return spelt(key) + " stands beside the rows"
	}
	if slices.ContainsFunc(more, e.says) {
		return "the answer says that there are more rows"
	}
	for _, key := range totals {
		total, ok := e[key]
		if !ok {
			continue
		}
		var n *float64 // nil where it says null, which is no total
		switch err := json.Unmarshal(total, &n); {
		case err != nil:
			return spelt(key) + " is not a number"
		case n != nil && *n != float64(rows):
			return spelt(key) + " is not the number of rows"
		}
	}
	return ""
}

// trouble is the key by which an answer says that something went wrong, or "".
func (e envelope) trouble() string {
	if i := slices.IndexFunc(troubles, e.says); i >= 0 {
		return troubles[i]
	}
	return ""
}

// spelt is a key as a sentence begins with it.
func spelt(key string) string { return strings.ToUpper(key[:1]) + key[1:] }

// says reports whether a key has a value that is not empty.
func (e envelope) says(key string) bool {
	value, there := e[key]
	if !there {
		return false
	}
	switch string(bytes.TrimSpace(value)) {
	case "null", "false", `""`, "0", "[]", "{}":
		return false
	}
	return true
}

// outside reports whether a member's status is one that was filtered out. A
// status that is not known, or not told, contradicts nothing.
func outside(row map[string]json.RawMessage, who search) bool {
	var status string
	if json.Unmarshal(row["MemberStatus"], &status) != nil {
		return false
	}
	for _, c := range chips {
		if c.id == status {
			return !who.status[c.id]
		}
	}
	return false
}
