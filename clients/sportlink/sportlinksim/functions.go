package sportlinksim

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/invent"
)

// The lists of the tab functions (docs/systems/sportlink.md, "The tabs of a member",
// 2026-04). Where somebody has a single function the site may give it without a list.

func functionsOf(p invent.Pages) any {
	return listOf(p, "Function", false, func(d invent.Duty) map[string]any {
		return map[string]any{"FunctionDescription": text(d.Role)}
	})
}

func (s *Sim) committeesOf(p invent.Pages) any {
	return listOf(p, "Committee", true, func(d invent.Duty) map[string]any {
		return map[string]any{
			"PublicCommitteeId": "C" + s.clubID + strconv.Itoa(len(d.Committee)), "CommitteeName": d.Committee,
			"CommitteeFunctionName": text(d.Role),
		}
	})
}

func listOf(p invent.Pages, name string, committee bool, row func(invent.Duty) map[string]any) any {
	out := []any{}
	for _, d := range p.Duties {
		if (d.Committee != "") != committee {
			continue
		}
		o := row(d)
		o["RelationStart"], o["RelationEnd"], o["Status"] = text(d.Start), text(d.End), text(d.Status)
		out = append(out, o)
	}
	if len(p.Duties) == 1 && len(out) == 1 {
		return map[string]any{name: out[0]}
	}
	return map[string]any{name: out}
}

// freeFieldsOf are the free fields, all eight.
func freeFieldsOf(p invent.Pages) any {
	free := map[string]any{}
	for n := range 8 {
		name := "Remarks" + strconv.Itoa(n+1)
		free[name] = map[string]any{"Value": p.Free[name]}
	}
	return map[string]any{"FreeFields": free}
}

// Pages returns what the own pages of the members show, by their ids.
func (s *Sim) Pages() map[string]invent.Pages {
	s.Lock()
	defer s.Unlock()
	return maps.Clone(s.pages)
}

// EditPages changes what the own pages of a member show, as another user does. Functions
// and the block move LastUpdate; free fields were seen not to.
func (s *Sim) EditPages(id string, next invent.Pages) error {
	s.Lock()
	defer s.Unlock()
	i := s.index(id)
	if i < 0 {
		return errNoMember
	}
	was := s.pages[id]
	if !slices.Equal(was.Duties, next.Duties) || was.Block != next.Block {
		s.members[i].LastUpdate = s.Now().Format(time.DateOnly)
	}
	s.pages[id] = next
	return nil
}
