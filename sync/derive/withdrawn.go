package derive

import (
	"strconv"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/discipline"
	"github.com/touchline-sync/touchline/sync/record/task"
)

// Withdrawn makes a task of a discipline case that is no more: its invoice is to be looked
// at. A group is a case. While there is one its task is awaited, and knows of whom it would
// be; of a case that names nobody, or somebody whom we do not know, there is none. Once the
// case is gone the task is due, and stays; a case that comes back and goes again is another
// task.
func Withdrawn() Rule {
	return Rule{
		Name:   "withdrawn",
		From:   []record.Kind{discipline.Kind},
		Makes:  []record.Kind{task.Kind},
		Groups: caseGroup,
		Make:   makeWithdrawn,
	}
}

func caseGroup(e record.Entity) []string {
	if e.Deleted != "" || e.Fields[discipline.Dossier] == "" {
		return nil
	}
	return []string{e.Fields[discipline.Dossier]}
}

func makeWithdrawn(g Group) Made {
	var out Made
	add := func(f record.Fields) {
		out.Entities = append(out.Entities, Entity{Kind: task.Kind, Key: f[task.Event], Fields: f})
	}
	due := 0
	for _, e := range g.Before {
		switch {
		case e.Fields[task.Awaited] != "true":
			due++
			add(e.Fields)
		case len(g.Members) == 0:
			f := e.Fields.Clone()
			f[task.Awaited] = "false"
			add(f)
		}
	}
	for _, m := range g.Members { // of one number there is one
		if who := m.Fields[discipline.Person]; who != "" && !record.RefersElsewhere(who) {
			add(record.Fields{
				task.Event:  g.Key + "/" + task.Withdrawn + "/" + strconv.Itoa(due+1),
				task.Person: who, task.Why: task.Withdrawn, task.Awaited: "true",
			})
		}
	}
	return out
}
