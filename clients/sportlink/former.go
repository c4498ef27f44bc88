package sportlink

import (
	"cmp"
	"context"
	"slices"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// Inactive is the view of those who have left.
const Inactive = "inactive"

// search is whom a search asks for.
type search struct {
	status map[string]bool // the chips that are on, by their ids
	teams  bool            // also the teams of the union
	former bool            // who is listed has left
	twins  bool            // a row may stand there twice
}

// The searches (docs/systems/sportlink.md, "The search for members" and "Who has left",
// 2026-04).
var (
	current = search{status: map[string]bool{"ACTIVE": true, "ELIGABLE_FOR_REMOVE": true}, teams: true}
	former  = search{status: map[string]bool{"INACTIVE": true}, former: true, twins: true}
)

// teamFields are what the search for those who have left says nothing of.
var teamFields = []record.Field{person.UnionTeams, person.ClubTeams, person.Teams}

// formerMembers is what is offered of those who have left. Who is not among them may be
// anything.
func (a *account) formerMembers() connector.Collection {
	keys := wireKeys()
	for key, fields := range keys {
		if slices.Contains(teamFields, fields[0]) {
			delete(keys, key)
		}
	}
	return connector.Collection{
		Kind: person.Kind, Place: Place, View: Inactive, Keys: keys,
		Reads: slices.DeleteFunc(reads(), isTeams),
		List:  a.List(a.searchFormer),
	}
}

func isTeams(f record.Field) bool { return slices.Contains(teamFields, f) }

// withoutTeams leaves out the teams: who has left was in some, and the search does not say
// which.
func withoutTeams(r *value.Reading) {
	for _, f := range teamFields {
		delete(r.Fields, f)
		delete(r.Unreadable, f)
		delete(r.Notes, f)
	}
}

// searchFormer asks who has left, and then who is a member. Whoever is on both lists has
// come back meanwhile, and is a member; where it cannot be told who is one, nobody has left.
func (a *account) searchFormer(ctx context.Context, p browserworker.Page) (connector.Page, error) {
	left, err := a.search(ctx, p, former)
	if err != nil {
		return connector.Page{}, err
	}
	members, err := a.search(ctx, p, current)
	if err != nil {
		return connector.Page{}, err
	}
	left.Evidence.Contradiction = cmp.Or(left.Evidence.Contradiction, unsure(left), unsure(members), members.Evidence.Contradiction, nobody(members))
	are := map[record.ExternalID]bool{"": true}
	for _, m := range members.Items {
		are[m.ID] = true
	}
	for _, f := range members.Faults {
		are[f.ID] = true
	}
	left.Items = slices.DeleteFunc(left.Items, func(i connector.Item) bool { return are[i.ID] })
	left.Faults = slices.DeleteFunc(left.Faults, func(f connector.Fault) bool { return f.ID != "" && are[f.ID] })
	return left, nil
}

// unsure says what keeps an answer from being about those who were asked for.
func unsure(page connector.Page) string {
	if !page.Evidence.Filters {
		return "the filters were not read back as set, so that nobody knows who was asked for"
	}
	return ""
}

// nobody says why an answer does not tell who is a member.
func nobody(page connector.Page) string {
	switch {
	case slices.ContainsFunc(page.Faults, func(f connector.Fault) bool { return f.ID == "" }):
		return "a current member is listed without a readable id, and may be among those who have left: mend it in Sportlink, and run this again"
	case len(page.Items) == 0:
		return "no current member is listed, so that nobody knows who has left"
	}
	return ""
}
