package discipline

import (
	"fmt"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// Types are the classes of the fields of club.discipline_case.
var Types = record.Types{
	Dossier:     {Class: record.ClassIdentifier},
	Person:      {Class: record.ClassSet},
	MatchDate:   {Class: record.ClassDate},
	ProcessedOn: {Class: record.ClassDate},
	Match:       line,
	Team:        line,
	ChargeCodes: {Class: record.ClassSet},
	Charge:      line,
	Sanction:    line,
	Fee:         {Class: record.ClassAmount},
	Season:      {Class: record.ClassSet},
	Charged:     {Class: record.ClassCode, Codes: []string{BySportlink, ByRondo, Exempt}},
}

var line = record.ValueType{Class: record.ClassText, Fold: true}

// seasonBegins is the month in which a season begins.
const seasonBegins = time.August

// SeasonOf returns the season of a date, which runs from 1 August to 31 July; "" for what
// is no date. Example: 2026-03-01 is in 2025-2026.
func SeasonOf(date string) string {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	year := at.Year()
	if at.Month() < seasonBegins {
		year--
	}
	return fmt.Sprintf("%04d-%04d", year, year+1)
}
