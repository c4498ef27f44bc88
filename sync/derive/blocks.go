package derive

import (
	"strconv"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/activity"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Blocks makes an activity of each time that the financial block of a member is set or lifted
// (docs/policy.md, "Functions and committees"). A group is a member. The next change is
// awaited, and is told once the block is otherwise than that one awaits; which way it stood
// when it was first known nobody has changed. What was told once stays.
func Blocks() Rule {
	return Rule{
		Name:  "blocks",
		From:  []record.Kind{person.Kind},
		Makes: []record.Kind{activity.Kind},
		Groups: func(e record.Entity) []string {
			if !isMember(e) || next[e.Fields[person.FinancialBlock]] == "" {
				return nil
			}
			return []string{e.Key}
		},
		Make: makeBlocks,
	}
}

// next is what changes next, by whether there is a block.
var next = map[string]string{"false": activity.Blocked, "true": activity.Unblocked}

func makeBlocks(g Group) Made {
	var out Made
	add := func(f record.Fields) {
		out.Entities = append(out.Entities, Entity{Kind: activity.Kind, Key: f[activity.Event], Fields: f})
	}
	awaits := ""
	for _, m := range g.Members { // of one code there is one
		awaits = next[m.Fields[person.FinancialBlock]]
	}
	told := 0
	for _, e := range g.Before {
		f := e.Fields.Clone()
		switch {
		case f[activity.Awaited] != "true":
		case awaits == "":
			continue // who is no member is told nothing
		case f[activity.Change] == awaits:
			awaits = "" // still
		default:
			f[activity.Awaited] = "false"
		}
		told++
		add(f)
	}
	if awaits != "" {
		add(record.Fields{
			activity.Event:  g.Key + "/block/" + strconv.Itoa(told+1),
			activity.Person: record.SetValue([]string{g.Key}), activity.Change: awaits, activity.Awaited: "true",
		})
	}
	return out
}
