package sportlink

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/discipline"
	"github.com/touchline-sync/touchline/sync/value"
)

// caseRow is one discipline case (docs/systems/sportlink.md, "Discipline cases", 2026-04).
//
//nolint:revive // the site's names
type caseRow struct {
	DossierId           mapping.Value `json:",omitzero"`
	PublicPersonId      mapping.Value `json:",omitzero"`
	MatchDate           mapping.Value `json:",omitzero"`
	ProcessingDate      mapping.Value `json:",omitzero"`
	MatchDescription    mapping.Value `json:",omitzero"`
	TeamName            mapping.Value `json:",omitzero"`
	ChargeDescription   mapping.Value `json:",omitzero"`
	SanctionDescription mapping.Value `json:",omitzero"`
	AdministrativeFee   mapping.Value `json:",omitzero"`
	IsCharged           mapping.Value `json:",omitzero"`

	ChargeCodes json.RawMessage
}

var caseTable = mapping.Table[caseRow]{
	mapping.Text(discipline.Dossier, func(c *caseRow) *mapping.Value { return &c.DossierId }),
	mapping.Convert(discipline.Person, whose, nil, func(c *caseRow) *mapping.Value { return &c.PublicPersonId }),
	mapping.Text(discipline.MatchDate, func(c *caseRow) *mapping.Value { return &c.MatchDate }),
	mapping.Text(discipline.ProcessedOn, func(c *caseRow) *mapping.Value { return &c.ProcessingDate }),
	mapping.Text(discipline.Match, func(c *caseRow) *mapping.Value { return &c.MatchDescription }),
	mapping.Text(discipline.Team, func(c *caseRow) *mapping.Value { return &c.TeamName }),
	mapping.Text(discipline.Charge, func(c *caseRow) *mapping.Value { return &c.ChargeDescription }),
	mapping.Text(discipline.Sanction, func(c *caseRow) *mapping.Value { return &c.SanctionDescription }),
	mapping.Convert(discipline.Fee, value.AmountOf, nil, func(c *caseRow) *mapping.Value { return &c.AdministrativeFee }),
	mapping.Convert(discipline.Charged, charged, nil, func(c *caseRow) *mapping.Value { return &c.IsCharged }),
}.ReadOnly()

// whose takes an id of a person.
func whose(s string) (string, error) {
	if s != "" && !relationCode.MatchString(s) {
		return "", errors.New("no id of the known form")
	}
	return s, nil
}

// charged reads whether Sportlink has charged the fee on.
func charged(s string) (string, error) {
	switch s {
	case "true":
		return discipline.BySportlink, nil
	case "", "false":
		return "", nil
	}
	return "", errors.New("neither true nor false")
}

// parseCases reads the answer, and how many rows it has. Its errors hold no value.
func parseCases(body []byte, spec value.Spec) (page connector.Page, rows int, err error) {
	raw, contradiction, err := caseRows(body)
	if err != nil {
		return page, 0, err
	}
	page.Evidence.Contradiction = contradiction
	seen := map[record.ExternalID]int{}
	for _, r := range raw {
		item, fault := parseCase(r, value.Spec{Types: discipline.Types, Options: spec.Options})
		switch {
		case fault != nil:
			page.Faults = append(page.Faults, *fault)
			continue
		case seen[item.ID] == 0:
			page.Items = append(page.Items, item)
		}
		seen[item.ID]++
	}
	if n := len(page.Faults); n > max(3, len(raw)/50) {
		return connector.Page{}, 0, fmt.Errorf("%d of %d cases cannot be read", n, len(raw))
	}
	return withoutTwins(page, seen, discipline.Dossier), len(raw), nil
}

// parseCase reads one case. Of one that Sportlink has not charged on nothing is said: who
// else has is Rondo Club's to say.
func parseCase(raw json.RawMessage, spec value.Spec) (connector.Item, *connector.Fault) {
	var c caseRow
	if json.Unmarshal(raw, &c) != nil {
		return connector.Item{}, &connector.Fault{Why: "not an object"}
	}
	read := caseTable.Decode(&c, spec)
	number := read.Fields[discipline.Dossier]
	if number == "" {
		return connector.Item{}, &connector.Fault{Field: discipline.Dossier, Why: "no number of a case"}
	}
	if read.Fields[discipline.Charged] == "" {
		delete(read.Fields, discipline.Charged)
	}
	readCodes(&read, c.ChargeCodes)
	if why, bad := read.Unreadable[discipline.MatchDate]; bad {
		read.Refuse(discipline.Season, why)
	} else if date, told := read.Fields[discipline.MatchDate]; told {
		read.Fields[discipline.Season] = discipline.SeasonOf(date)
	}
	return connector.Item{ID: record.ExternalID(number), Fields: read.Fields, Unreadable: read.Unreadable, Notes: read.Notes}, nil
}

// readCodes reads what somebody is charged with: a list, or a single text.
func readCodes(r *value.Reading, raw json.RawMessage) {
	if len(raw) == 0 {
		return
	}
	var one *string
	var all []string
	switch {
	case json.Unmarshal(raw, &one) == nil:
		if one != nil && *one != "" {
			all = []string{*one}
		}
	case json.Unmarshal(raw, &all) != nil:
		r.Refuse(discipline.ChargeCodes, "neither a text nor a list of texts")
		return
	}
	set, err := value.Set(all, discipline.Types[discipline.ChargeCodes])
	if err != nil {
		r.Refuse(discipline.ChargeCodes, value.Why(err))
		return
	}
	r.Fields[discipline.ChargeCodes] = set
}
