package sportlink

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/team"
	"github.com/touchline-sync/touchline/sync/value"
)

// The collection of teams, and its pages (docs/systems/sportlink.md, "Teams", 2026-04): a
// list of the federation's, one of the club's own, and who is in each.
const (
	TeamPlace = "teams"
	TeamView  = "members"

	teamDetailPath = "/teams/team-details/"
	rosterAPI      = entity + "/team/teamperson/"
	ofTeam         = "PublicTeamId"
	opTeams        = "read teams"
)

// teamLists are the pages of the lists, what they ask for, and how the calls about a team
// of each begin.
var teamLists = []struct{ path, api, kind string }{
	{"/teams/union-teams", entity + "/team/UnionTeams", "Union"},
	{"/teams/club-teams", entity + "/team/ClubTeams", "Club"},
}

// teamRow is a team in either list.
type teamRow struct {
	PublicTeamId            mapping.Value `json:",omitzero"` //nolint:revive // the site's name
	TeamName                mapping.Value `json:",omitzero"`
	Name                    mapping.Value `json:",omitzero"`
	GameActivityDescription mapping.Value `json:",omitzero"`
	Gender                  mapping.Value `json:",omitzero"`
	HasUnionTeamConnection  mapping.Value `json:",omitzero"`
	PlayerCount             mapping.Value `json:",omitzero"`
}

// teamMember is somebody in a team, as a player or beside the field.
type teamMember struct {
	PublicPersonId          mapping.Value `json:",omitzero"` //nolint:revive // the site's name
	RoleFunctionDescription mapping.Value `json:",omitzero"`
	FunctionDescription     mapping.Value `json:",omitzero"`
}

// listedTeam is what a list says of a team, and its page does not.
type listedTeam struct {
	kind    string
	players int // -1: it does not say how many
}

// teamID is the form of a PublicTeamId.
var teamID = regexp.MustCompile(`^[A-Za-z0-9-]{1,40}$`)

// teams is what is offered of the teams.
func (a *account) teams() connector.Collection {
	return connector.Collection{
		Kind: team.Kind, Place: TeamPlace, View: TeamView, Complete: true, Ordered: true,
		Reads: []record.Field{team.Number, team.Name, team.Activity, team.Gender, team.Members},
		List:  a.listTeams,
	}
}

// listTeams reads both lists, and who is in each team, by their ids from since on.
func (a *account) listTeams(ctx context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
	return a.goOn(ctx, &a.rosters, since,
		func(ctx context.Context, p browserworker.Page) (connector.Page, error) {
			a.listed = map[record.ExternalID]listedTeam{}
			return a.readTeamLists(ctx, p, a.listed)
		}, a.visitTeam)
}

// readTeamLists opens both lists. Each is one answer: what it has is how many there are.
func (a *account) readTeamLists(ctx context.Context, p browserworker.Page, teams map[record.ExternalID]listedTeam) (connector.Page, error) {
	page := connector.Page{Evidence: connector.Evidence{SignedIn: true, Filters: true, End: true, Stated: true}}
	seen := map[record.ExternalID]int{}
	for _, list := range teamLists {
		answer, err := p.Expect(ctx, browserworker.Match{
			Method: "GET", Path: list.api, Within: a.cfg.Timeouts.Answer, Elsewhere: a.isAuth,
		}, func() error {
			_, err := a.Open(ctx, p, list.path, a.cfg.Timeouts.Page)
			return err
		})
		if err == nil {
			err = a.here(ctx, p, opTeams, "/teams/", list.path, []browserworker.Answer{answer})
		}
		if err != nil {
			return connector.Page{}, a.stepFault(ctx, p, opTeams, err)
		}
		rows, err := rowsOf[teamRow](answer.Body, "Team")
		if err != nil {
			if errors.Is(notJSON(answer.Body), errSignIn) {
				err = errSignIn
			}
			return connector.Page{}, a.answerFault(opTeams, answer, err)
		}
		for _, row := range rows {
			if list.kind == "Club" && row.HasUnionTeamConnection.Text == "true" {
				continue // the federation's list has it
			}
			item, why := a.parseTeam(row)
			if why != "" {
				page.Faults = append(page.Faults, connector.Fault{ID: item.ID, Field: team.Number, Why: why})
				continue
			}
			if seen[item.ID]++; seen[item.ID] == 1 {
				page.Items = append(page.Items, item)
				teams[item.ID] = listedTeam{list.kind, players(row.PlayerCount)}
			}
		}
	}
	page.Evidence.Count = len(page.Items) + len(page.Faults)
	return withoutTwins(page, seen, team.Number), nil
}

// players is how many a list says that play in a team.
func players(v mapping.Value) int {
	n, err := strconv.Atoi(v.Text)
	if err != nil || v.Wrong != "" {
		return -1
	}
	return n
}

// parseTeam reads a row of a list. Why says that it is no team that anybody could know
// again.
func (a *account) parseTeam(row teamRow) (_ connector.Item, why string) {
	id := plain(row.PublicTeamId)
	if !teamID.MatchString(id) {
		return connector.Item{}, "no id of the known form"
	}
	item := connector.Item{ID: record.ExternalID(id)}
	name := plain(row.TeamName)
	if name == "" {
		name = plain(row.Name)
	}
	if name == "" {
		return item, "a team without a name"
	}
	activity, err := oneOf("GameActivityDescription", row.GameActivityDescription)
	read := value.Spec{Types: team.Types, Options: a.spec().Options}.Fields(record.Fields{
		team.Number: id, team.Name: name, team.Activity: activity,
	})
	if err != nil {
		read.Refuse(team.Activity, err.Error())
	}
	switch strings.ToLower(plain(row.Gender)) {
	case "mannen":
		read.Fields[team.Gender] = "male"
	case "vrouwen":
		read.Fields[team.Gender] = "female"
	case "gemengd":
		read.Fields[team.Gender] = ""
	case "":
	default:
		read.Refuse(team.Gender, "unknown code")
	}
	item.Fields, item.Unreadable = read.Fields, read.Unreadable
	return item, ""
}

// rosterOf asks for those in a team, or opens its page.
func (a *account) rosterOf(ctx context.Context, s *sitting, id record.ExternalID, kind string) ([]browserworker.Answer, error) {
	calls := []string{rosterAPI + kind + "TeamPlayers", rosterAPI + kind + "TeamNonPlayers"}
	got, err := a.repeat(ctx, s, ofTeam, id, calls)
	if err != nil || got != nil {
		return got, a.stepFault(ctx, s, opTeams, err)
	}
	left, err := a.Turn(ctx, a.cfg.Timeouts.Page)
	if err != nil {
		return nil, err
	}
	path := teamDetailPath + url.PathEscape(string(id)) + "/members"
	got, err = s.ExpectAll(ctx, a.asked(ofTeam, id, calls...), func() error { return a.Goto(ctx, s, path, left()) })
	if err == nil {
		err = a.here(ctx, s, opTeams, teamDetailPath, path, got)
	}
	if err == nil {
		s.remember(calls, slices.Clone(got))
	}
	return got, a.stepFault(ctx, s, opTeams, err)
}

// visitTeam reads who is in a team.
func (a *account) visitTeam(ctx context.Context, s *sitting, id record.ExternalID) (visited, error) {
	listed := a.listed[id]
	got, err := a.rosterOf(ctx, s, id, listed.kind)
	if err != nil {
		return visited{}, err
	}
	for _, answer := range got {
		if errors.Is(notJSON(answer.Body), errSignIn) {
			return visited{}, browserworker.ErrSignedOut
		}
	}
	read := value.Reading{Fields: record.Fields{}}
	readMembers(&read, got[0].Body, got[1].Body, listed.players)
	return visited{id: id, item: connector.Item{ID: id, Fields: read.Fields, Unreadable: read.Unreadable, Notes: read.Notes}}, nil
}

// readMembers reads players and those beside the field. A list that may lack somebody makes
// all of it unreadable: who is not in it would have left.
func readMembers(r *value.Reading, onField, beside []byte, stated int) {
	var all []team.Member
	nameless := 0
	for i, body := range [][]byte{onField, beside} {
		rows, err := rowsOf[teamMember](body, "Person")
		switch {
		case err != nil:
			r.Refuse(team.Members, err.Error())
			return
		case i == 0 && (len(rows) < stated || len(rows) == 0 && stated < 0):
			r.Refuse(team.Members, "fewer players than the list of teams says, or none and no word of how many")
			return
		}
		for _, row := range rows {
			code, role, err := row.read(i > 0)
			switch {
			case err != nil:
				r.Refuse(team.Members, err.Error())
				return
			case code == "" || role == "":
				nameless++
			case !relationCode.MatchString(code):
				r.Refuse(team.Members, "a member with an id of no known form")
				return
			default:
				all = append(all, team.Member{Code: code, Role: role})
			}
		}
	}
	set, err := value.Set(record.SetMembers(team.MemberSet(all)), team.Types[team.Members])
	if err != nil {
		r.Refuse(team.Members, value.Why(err))
		return
	}
	r.Fields[team.Members] = set
	if nameless > 0 {
		r.Notes = map[record.Field]string{team.Members: fmt.Sprintf("%d without an id or a role left out", nameless)}
	}
}

// read reads a row. A player's role stands under another key than that of somebody beside
// the field.
func (row teamMember) read(beside bool) (code, role string, err error) {
	if code, err = oneOf("PublicPersonId", row.PublicPersonId); err != nil {
		return "", "", err
	}
	if beside {
		role, err = oneOf("FunctionDescription", row.FunctionDescription)
	} else {
		role, err = oneOf("RoleFunctionDescription", row.RoleFunctionDescription)
	}
	return person.NormalCode(code), role, err
}
