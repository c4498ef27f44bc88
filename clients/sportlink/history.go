package sportlink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"regexp"
	"slices"
	"strconv"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// The tab memberships of a member (docs/systems/sportlink.md, "The history of a member",
// 2026-04).
const (
	// History is the view of the tab with the teams of each member, those of before, too.
	History = "memberships"

	historyAPI   = entity + "/member/team/MemberTeams"
	showInactive = `input[name="showInactive"]`
	withInactive = "ShowInactive"
	opHistory    = opVisit + " " + History
)

// historyCalls are the calls of the tab that are read; of its teams it asks twice, first for
// those that are current.
var historyCalls = []string{headerAPI, historyAPI, historyAPI + "?" + withInactive}

// showAll ticks each box of the tab, of which there are one or two, and returns how many
// there are.
const showAll = `() => {
	const all = [...document.querySelectorAll('input[name="showInactive"]')];
	all.filter((b) => !b.checked).forEach((b) => b.click());
	return all.length;
}`

// history is what is offered of the teams that members are and were in.
func (a *account) history() connector.Collection {
	return connector.Collection{
		Kind: person.Kind, Place: Place, View: History, Complete: true, Ordered: true,
		Reads: append(reads(), person.History),
		List:  a.listHistory,
		Visit: a.visitHistories,
	}
}

// visitHistories reads the tab of members, one member after the other. Which teams there are
// is asked before the first, unless that was read a moment ago.
func (a *account) visitHistories(ctx context.Context, ids []record.ExternalID) iter.Seq2[connector.Page, error] {
	one := func(ctx context.Context, s *sitting, id record.ExternalID) (visited, error) {
		if a.Host.Now().Sub(a.knownOn) >= listedFor {
			if err := a.readDirectory(ctx, s); err != nil {
				return visited{}, err
			}
		}
		return a.visitHistory(ctx, s, id)
	}
	return func(yield func(connector.Page, error) bool) {
		if err := a.visitAll(ctx, ids, one, func(v visited) bool { return yield(v.page(), nil) }); err != nil {
			yield(connector.Page{}, err)
		}
	}
}

// listHistory asks who is a member and which teams there are, and reads the tab of each
// member, by their ids from since on.
func (a *account) listHistory(ctx context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
	return a.goOn(ctx, &a.histories, since,
		func(ctx context.Context, p browserworker.Page) (connector.Page, error) {
			if err := a.readDirectory(ctx, p); err != nil {
				return connector.Page{}, err
			}
			return a.searchMembers(ctx, p)
		}, a.visitHistory)
}

// visitHistory asks what the tab of a member shows, or opens it.
func (a *account) visitHistory(ctx context.Context, s *sitting, id record.ExternalID) (visited, error) {
	got, err := a.repeat(ctx, s, ofMember, id, historyCalls)
	if err == nil && got == nil {
		got, err = a.openHistory(ctx, s, id)
	}
	if err != nil {
		return visited{}, a.stepFault(ctx, s, opHistory, err)
	}
	head, err := a.headOf(id, got[0].Body)
	if err != nil || head.left() {
		return visited{id: id, left: true}, err
	}
	read := value.Reading{Fields: record.Fields{person.RelationCode: string(id)}}
	readHistory(&read, got[1].Body, got[2].Body, a.known, a.spec().Options)
	return visited{id: id, item: connector.Item{ID: id, Fields: read.Fields, Unreadable: read.Unreadable, Notes: read.Notes}}, nil
}

// openHistory opens the tab of a member and returns the answers to historyCalls. What it asks
// for at first is what is current; the box makes it ask for all.
func (a *account) openHistory(ctx context.Context, s *sitting, id record.ExternalID) ([]browserworker.Answer, error) {
	left, err := a.Turn(ctx, a.cfg.Timeouts.Page)
	if err != nil {
		return nil, err
	}
	path := a.tabPath(id, History)
	got, err := s.ExpectAll(ctx, a.asked(ofMember, id, headerAPI, historyAPI), func() error { return a.Goto(ctx, s, path, left()) })
	if err == nil {
		err = a.here(ctx, s, opHistory, detailPath, path, got)
	}
	if err != nil {
		return nil, err
	}
	all := got[1]
	if !asksForAll(all.URL) {
		if all, err = a.withEnded(ctx, s, id, path); err != nil {
			return nil, err
		}
	}
	got = append(got, all)
	s.remember(historyCalls, slices.Clone(got))
	return got, nil
}

// asksForAll reports whether a call asks for what has ended as well.
func asksForAll(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Query().Get(withInactive) == "true"
}

// withEnded has the tab show what has ended as well, and returns what it was answered with.
func (a *account) withEnded(ctx context.Context, p browserworker.Page, id record.ExternalID, path string) (browserworker.Answer, error) {
	if err := p.WaitFor(ctx, showInactive, browserworker.Attached, a.cfg.Timeouts.Page); err != nil {
		return browserworker.Answer{}, err
	}
	asked := a.asked(ofMember, id, historyAPI)
	asked[0].Query[withInactive] = "true"
	answer, err := p.Expect(ctx, asked[0], func() error {
		_, err := p.Evaluate(ctx, showAll, nil)
		return err
	})
	if err != nil {
		return browserworker.Answer{}, err
	}
	return answer, a.here(ctx, p, opHistory, detailPath, path, []browserworker.Answer{answer})
}

// stint is a row of a history (docs/systems/sportlink.md, "The history of a member").
type stint struct {
	PublicTeamId            mapping.Value `json:",omitzero"` //nolint:revive // the site's name
	TeamName                mapping.Value `json:",omitzero"`
	GameTypeDescription     mapping.Value `json:",omitzero"`
	RoleFunctionDescription mapping.Value `json:",omitzero"`
	FunctionDescription     mapping.Value `json:",omitzero"`
	RoleDescription         mapping.Value `json:",omitzero"`
	RelationStart           mapping.Value `json:",omitzero"`
	RelationEnd             mapping.Value `json:",omitzero"`
	SeasonDescription       mapping.Value `json:",omitzero"`
	Status                  mapping.Value `json:",omitzero"`
}

// aPlayer is the role of a row that names none.
const aPlayer = "Teamspeler"

// seasonal is a row with the year in which its season ends; 0 where it names none.
type seasonal struct {
	person.Function

	year int
}

// seasonForm is how a season is written: seizoen 2023/'24.
var seasonForm = regexp.MustCompile(`(\d{4})\s*[/-]\s*['’]?(?:\d{2})?(\d{2})$`)

func seasonOf(text string) (year int, err error) {
	if text == "" {
		return 0, nil
	}
	m := seasonForm.FindStringSubmatch(text)
	if m == nil {
		return 0, errors.New("a season in no known form")
	}
	begins, _ := strconv.Atoi(m[1])
	if ends, _ := strconv.Atoi(m[2]); (begins+1)%100 != ends {
		return 0, errors.New("a season that is not one year")
	}
	return begins + 1, nil
}

// read reads a row; the team is "" where no list has it.
func (row stint) read(teams directory, o value.Options) (s seasonal, err error) {
	if s.Committee = teams.team(row); s.Committee == "" {
		if _, err = oneOf("TeamName", row.TeamName); err != nil {
			return s, err
		}
	}
	role, err := oneOf("RoleFunctionDescription", row.RoleDescription, row.FunctionDescription, row.RoleFunctionDescription)
	if err != nil {
		return s, err
	}
	s.Role = cmp.Or(role, aPlayer)
	if s.Start, s.End, err = period(row.RelationStart, row.RelationEnd, o); err != nil {
		return s, err
	}
	if s.year, err = seasonOf(plain(row.SeasonDescription)); err != nil {
		return s, err
	}
	s.Current, err = isCurrent(row.Status, s.End, o)
	return s, err
}

// closed is the row as it stands once nothing newer says that it goes on: of a season that
// is over, it has ended with that.
func (s seasonal) closed(today string) person.Function {
	if last := fmt.Sprintf("%04d-06-30", s.year); s.End == "" && s.year > 0 && last < today {
		s.End, s.Current = max(last, s.Start), false
	}
	return s.Function
}

// readHistory reads the teams that a member is and was in. A row that cannot be read makes
// all of them unreadable: a history that lacks one says that it never was.
func readHistory(r *value.Reading, current, all []byte, teams directory, o value.Options) {
	stints, unknown, err := stintsOf(current, all, teams, o)
	if err != nil {
		r.Refuse(person.History, err.Error())
		return
	}
	set, err := value.Set(record.SetMembers(person.FunctionSet(stints)), person.Types[person.History])
	if err != nil {
		r.Refuse(person.History, value.Why(err))
		return
	}
	r.Fields[person.History] = set
	if unknown > 0 {
		r.Notes = map[record.Field]string{person.History: strconv.Itoa(unknown) + " of teams that are in no list left out"}
	}
}

// stintsOf reads the rows of an answer with all, of which another one had the current ones.
// A stint that goes on is there once for each season: the newest says how it stands.
func stintsOf(current, all []byte, teams directory, o value.Options) (out []person.Function, unknown int, err error) {
	now, err := rowsOf[stint](current, "Team")
	if err != nil {
		return nil, 0, err
	}
	rows, err := rowsOf[stint](all, "Team")
	if err != nil {
		return nil, 0, err
	}
	if len(rows) < len(now) {
		return nil, 0, errors.New("all teams are fewer than the current ones")
	}
	newest := map[string]seasonal{}
	for _, row := range rows {
		s, err := row.read(teams, o)
		name := record.NewRow(s.Committee, s.Role, s.Start)
		was, twice := newest[name]
		switch {
		case err != nil:
			return nil, 0, err
		case s.Committee == "":
			unknown++
		case !twice, s.year > was.year, s.year == was.year && s.Current && !was.Current:
			newest[name] = s
		}
	}
	for _, s := range newest {
		out = append(out, s.closed(o.Today))
	}
	return out, unknown, nil
}
