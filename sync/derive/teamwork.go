package derive

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/team"
	"github.com/touchline-sync/touchline/sync/record/work"
)

// TeamWork makes the work of members in teams out of who is in each team, and of their own
// history. A group is a member. A team does not say since when somebody is in it; their
// history does, and is read less often (docs/policy.md, "Teams").
func TeamWork() Rule {
	return Rule{
		Name:  "team-work",
		From:  []record.Kind{team.Kind, person.Kind},
		Makes: []record.Kind{work.InTeams},
		Groups: func(e record.Entity) []string {
			var out []string
			switch {
			case e.Kind == person.Kind && isMember(e) && e.Fields.Has(person.History):
				out = append(out, code(e))
			case e.Kind == team.Kind:
				for _, m := range members(e) {
					out = append(out, person.NormalCode(m.Code))
				}
			}
			slices.Sort(out)
			return slices.Compact(out)
		},
		Make: makeTeamWork,
	}
}

func makeTeamWork(g Group) Made {
	at := inTeams{before: workBefore(g, work.TeamFunctions), left: workBefore(g, work.Rosters)}
	for _, e := range g.Members {
		if e.Kind == person.Kind {
			at.known, at.history = true, append(at.history, person.FunctionsOf(e.Fields[person.History])...)
			continue
		}
		for _, m := range members(e) {
			if person.NormalCode(m.Code) == g.Key {
				at.rosters = append(at.rosters, person.Function{Committee: e.Key, Role: m.Role, Current: true})
			}
		}
	}
	at.left = slices.DeleteFunc(at.left, func(f person.Function) bool { return slices.Contains(at.rosters, f) })
	made := makeWork(g, work.InTeams, work.TeamFunctions, at.now())
	for _, e := range made.Entities {
		e.Fields[work.Rosters] = person.FunctionSet(at.rosters)
	}
	return made
}

// inTeams is what is known of a member's work in teams.
type inTeams struct {
	before  []person.Function // as it was made
	rosters []person.Function // who is in each team says so now, without a start
	left    []person.Function // said so when it was made last, and does not now
	history []person.Function // their own, with starts
	known   bool              // there is a history, although perhaps an empty one
}

// now is what a member does, and what their history says that they have done. A roster is
// never older than the history: whom it shows no longer has left, on a day that the history
// will say; and whom it alone shows has come since.
func (w inTeams) now() []person.Function {
	var out []person.Function
	for _, f := range w.history {
		if f.Current && w.leftSince(f) {
			f.End, f.Current = "", false
		}
		out = append(out, f)
	}
	for _, f := range w.rosters {
		told := func(h person.Function) bool { return sameRole(f, h) && h.Current }
		if !w.known { // who has left the club has no history any more
			told = func(b person.Function) bool { return sameRole(f, b) && b.Start != "" }
		}
		if !slices.ContainsFunc(slices.Concat(w.history, w.whileUnknown()), told) {
			out = slices.DeleteFunc(out, func(o person.Function) bool { return sameRole(f, o) && o.Start == "" })
			out = append(out, f)
		}
	}
	return out
}

// whileUnknown is what was made before, where there is no history.
func (w inTeams) whileUnknown() []person.Function {
	if w.known {
		return nil
	}
	return w.before
}

// leftSince reports whether a roster that showed somebody does not any more, since their
// history was read: by this reading, or by one before.
func (w inTeams) leftSince(f person.Function) bool {
	in := func(all []person.Function) bool {
		return slices.ContainsFunc(all, func(o person.Function) bool { return sameRole(f, o) })
	}
	return !in(w.rosters) && (in(w.left) || slices.Contains(w.before, person.Function{Committee: f.Committee, Role: f.Role, Start: f.Start}))
}

// members are those of a team; one that is gone has none.
func members(e record.Entity) []team.Member {
	if e.Deleted != "" {
		return nil
	}
	return team.MembersOf(e.Fields[team.Members])
}
