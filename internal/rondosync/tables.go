// Package rondosync takes over what rondo-sync, a program that clubs have run before, knows
// of whose a remote record is. It keeps that in SQLite files (docs/import-rondo-sync.md),
// which are read and never trusted: a record becomes somebody's only if its own system shows
// it and says nothing else.
package rondosync

import (
	"encoding/json"
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/committee"
	"github.com/touchline-sync/touchline/sync/record/customer"
	"github.com/touchline-sync/touchline/sync/record/discipline"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/team"
)

// The systems whose records rondo-sync knows, and where members come from.
const (
	rondoclub record.System = "rondoclub"
	freescout record.System = "freescout"
	sportlink record.System = "sportlink"
)

// table says of a table which remote ids it has, and for whom.
type table struct {
	files []string // where it is, by version
	name  string
	id    string   // the column of the remote id
	of    []string // the columns that say whose it is

	system   record.System
	place    string
	kind     record.Kind
	pipeline string // by which the place is read
	// key is the key of the entity, or why there is none.
	key func(of []string) (key, why string)
	// known is the kind whose keys say that somebody is there; none is not asked.
	known record.Kind
	// yields says that a record which another table has for somebody else is theirs.
	yields bool
}

// tables are those that are taken over. A table before another one comes first.
var tables = []table{
	{
		files: []string{"rondo-sync.sqlite"}, name: "rondo_club_members", id: "rondo_club_id", of: []string{"knvb_id"},
		system: rondoclub, place: "people", kind: person.Kind, pipeline: "people", key: code, known: person.Kind,
	},
	{
		files: []string{"rondo-sync.sqlite"}, name: "rondo_club_parents", id: "rondo_club_id", of: []string{"email", "data_json"},
		system: rondoclub, place: "people", kind: person.Kind, pipeline: "people", key: parent, yields: true,
	},
	{
		files: []string{"rondo-sync.sqlite"}, name: "rondo_club_teams", id: "rondo_club_id", of: []string{"sportlink_id"},
		system: rondoclub, place: "teams", kind: team.Kind, pipeline: "teams", key: plain, known: team.Kind,
	},
	{
		files: []string{"rondo-sync.sqlite"}, name: "rondo_club_commissies", id: "rondo_club_id", of: []string{"commissie_name"},
		system: rondoclub, place: "commissies", kind: committee.Kind, pipeline: "functions-full", key: named,
	},
	{
		files: []string{"discipline-sync.sqlite", "rondo-sync.sqlite"}, name: "discipline_cases", id: "rondo_club_id", of: []string{"dossier_id"},
		system: rondoclub, place: "discipline-cases", kind: discipline.Kind, pipeline: "discipline", key: plain, known: discipline.Kind,
	},
	{
		files: []string{"freescout-sync.sqlite"}, name: "freescout_customers", id: "freescout_id", of: []string{"knvb_id"},
		system: freescout, place: "customers", kind: customer.Kind, pipeline: "freescout", key: code, known: person.Kind,
	},
}

// left are the tables with remote ids that are not taken over, and why.
var left = []struct {
	files         []string
	name, id, why string
}{
	{
		[]string{"rondo-sync.sqlite"},
		"rondo_club_work_history", "rondo_club_work_history_id",
		"an index, and not an id: work is known by what its row says",
	},
	{
		[]string{"rondo-sync.sqlite"},
		"rondo_club_commissie_work_history", "rondo_club_work_history_id",
		"an index, and not an id: work is known by what its row says",
	},
	{
		[]string{"freescout-conversations.sqlite"},
		"freescout_conversations", "rondo_club_activity_id",
		"an activity is found by its link before one is made",
	},
	{
		[]string{"laposta-sync.sqlite"},
		"member_deliverability_events", "rondo_todo_id",
		"tasks are people's once they are made; one of an address that bounces still may be made once more",
	},
}

// code is the key of a member.
func code(of []string) (key, why string) {
	if key = person.NormalCode(of[0]); key == "" {
		return "", "without a relation code"
	}
	return key, ""
}

// plain is the key that a system gives by itself.
func plain(of []string) (key, why string) {
	if key = strings.TrimSpace(of[0]); key == "" {
		return "", "without the number that Sportlink knows it by"
	}
	return key, ""
}

// named is the key of a committee.
func named(of []string) (key, why string) {
	if key = person.CommitteeKey(of[0]); key == "" {
		return "", "without a name"
	}
	return key, ""
}

// parent is the key of a parent: the address, and the name that rondo-sync wants to stand
// there.
func parent(of []string) (key, why string) {
	var wanted struct {
		Data struct {
			ACF struct {
				First string `json:"first_name"`
				Infix string `json:"infix"`
				Last  string `json:"last_name"`
			} `json:"acf"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(of[1]), &wanted); err != nil {
		return "", "a parent whose data cannot be read"
	}
	name := wanted.Data.ACF
	full := person.FullName(record.Fields{person.FirstName: name.First, person.Infix: name.Infix, person.LastName: name.Last})
	if key = person.ParentKey(of[0], full); key == "" {
		return "", "a parent without an address or a name"
	}
	return key, ""
}
