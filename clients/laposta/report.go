package laposta

import (
	"encoding/json"
	"errors"

	"github.com/touchline-sync/touchline/sync/connector"
)

// reportLine is what a bulk report says about one subscriber. The report's form
// is known from its counts alone (docs/systems/laposta.md, 2026-04: clients in
// the wild and the machine-readable description differ), so it is read
// leniently: the lines may stand beside or within "report", with the entry's
// own keys at the top or below "member", and with the error at the top or below
// "error".
type reportLine struct {
	outcome string
	Address string           `json:"email"`
	ID      string           `json:"member_id"`
	Member  *json.RawMessage `json:"member"`
	Error   *json.RawMessage `json:"error"`
	whole   json.RawMessage
}

func (r reportLine) inner() (m struct {
	Email string `json:"email"`
	ID    string `json:"member_id"`
},
) {
	if r.Member != nil {
		_ = json.Unmarshal(*r.Member, &m)
	}
	return m
}

func (r reportLine) email() string {
	if r.Address != "" {
		return r.Address
	}
	return r.inner().Email
}

func (r reportLine) id() string {
	if r.ID != "" {
		return r.ID
	}
	return r.inner().ID
}

// problem is the error of a line, in the form of an error body.
func (r reportLine) problem() (p problem) {
	if r.Error != nil {
		_ = json.Unmarshal(r.whole, &p)
	} else {
		_ = json.Unmarshal(r.whole, &p.Error)
	}
	return p
}

// readReport returns the lines of a report. What cannot be read is left out,
// and its subscriber stays uncertain.
func readReport(data json.RawMessage) []reportLine {
	var top map[string]json.RawMessage
	if json.Unmarshal(data, &top) != nil {
		return nil
	}
	var within map[string]json.RawMessage
	_ = json.Unmarshal(top["report"], &within)
	var lines []reportLine
	for _, outcome := range []string{"added", "edited", "skipped", "errors"} {
		for _, level := range []map[string]json.RawMessage{within, top} {
			var raws []json.RawMessage
			if json.Unmarshal(level[outcome], &raws) != nil {
				continue // a count, or nothing
			}
			for _, raw := range raws {
				line := reportLine{outcome: outcome, whole: raw}
				var address string
				if json.Unmarshal(raw, &address) == nil {
					line.Address = address
				} else if json.Unmarshal(raw, &line) != nil {
					continue
				}
				lines = append(lines, line)
			}
		}
	}
	return lines
}

func asWaiting(err error) *connector.Error {
	e, ok := errors.AsType[*connector.Error](err)
	if !ok || e.Class != connector.Waiting {
		return nil
	}
	return e
}
