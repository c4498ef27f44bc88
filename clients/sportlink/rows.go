package sportlink

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// rowsOf takes a list apart: the site may give a single row without a list. Its errors
// hold no value.
func rowsOf[R any](body []byte, key string) ([]R, error) {
	env, contradiction, err := openEnvelope(body)
	switch {
	case err != nil:
		return nil, errors.New("the answer " + key + " is not JSON")
	case contradiction != "" || env.trouble() != "":
		return nil, errors.New("the answer " + key + " contradicts itself")
	}
	raw := env[strings.ToLower(key)]
	var rows []R
	if len(raw) > 0 && raw[0] == '{' {
		rows = make([]R, 1)
		err = json.Unmarshal(raw, &rows[0])
	} else {
		err = json.Unmarshal(raw, &rows)
	}
	switch {
	case err != nil || rows == nil:
		return nil, errors.New("the answer has no list " + key)
	case env.contradiction(len(rows)) != "":
		return nil, errors.New("the answer " + key + " is not the whole list")
	}
	return rows, nil
}

// oneOf returns the last text of some keys that is not empty, and refuses a row that has
// none of the keys, or no text in one: the site may have changed its name or form.
func oneOf(key string, values ...mapping.Value) (text string, err error) {
	there := false
	for _, v := range values {
		if v.Wrong != "" {
			return "", errors.New(key + " is not a text")
		}
		there = there || v.Set
		text = cmp.Or(plain(v), text)
	}
	if !there {
		return "", errors.New("a row without the key " + key)
	}
	return text, nil
}

// period reads from when to when something was. A row has both keys, if only with null.
func period(from, to mapping.Value, o value.Options) (start, end string, err error) {
	for _, d := range []struct {
		into *string
		from mapping.Value
		what string
	}{{&start, from, "RelationStart"}, {&end, to, "RelationEnd"}} {
		date, _, err := value.Canon(record.ValueType{Class: record.ClassDate}, d.from.Text, o)
		switch {
		case !d.from.Set:
			return "", "", errors.New("a row without the key " + d.what)
		case err != nil || d.from.Wrong != "":
			return "", "", errors.New(d.what + " is not a date")
		}
		*d.into = date
	}
	return start, end, nil
}

// states say whether a function is current.
var states = map[string]bool{"ACTIVE": true, "ACTIEF": true, "INACTIVE": false, "INACTIEF": false}

// isCurrent reports whether a row lasts, by its status or, where it has none, by its end.
func isCurrent(status mapping.Value, end string, o value.Options) (bool, error) {
	word := strings.ToUpper(plain(status))
	is, known := states[word]
	switch {
	case status.Wrong != "":
		return false, errors.New("a Status that is not a text")
	case known:
		return is, nil
	case word != "":
		return false, errors.New("a Status with a word that is not known")
	}
	return end == "" || end >= o.Today, nil
}

// plain is a text without blanks around it, or within it more than one.
func plain(v mapping.Value) string { return strings.Join(strings.Fields(v.Text), " ") }
