package derive

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
	"github.com/touchline-sync/touchline/sync/record/task"
)

// Deliverability makes a task of a reader who wants no mail any more, and of an address
// that takes none (docs/policy.md, "Mailing lists"). A group is a person. Several entries of
// one person in the same state are one event, and it lasts until none is: only then the same
// can happen again. A task that was made once stays, whatever becomes of the entries.
func Deliverability() Rule {
	return Rule{
		Name:   "deliverability",
		From:   []record.Kind{subscriber.Kind},
		Makes:  []record.Kind{task.Kind},
		Groups: taskGroup,
		Make:   makeTasks,
	}
}

func taskGroup(e record.Entity) []string {
	who := reader(e.Fields)
	if e.Deleted != "" || who == "" || trouble[e.Fields[subscriber.State]] == "" {
		return nil
	}
	return []string{who}
}

// trouble are the states of an entry that somebody is to look after.
var trouble = map[string]string{subscriber.Unsubscribed: task.Unsubscribed, subscriber.Cleaned: task.Cleaned}

// reader is the key of the person whose entry it is: of a member, or of a parent with a
// name. Of an address without a name nobody knows whose it is.
func reader(f record.Fields) string {
	if code := person.NormalCode(f[subscriber.RelationCode]); code != "" {
		return code
	}
	name, address := subscriber.NormalName(f), person.NormalAddress(f[subscriber.Email])
	if name == "" || address == "" || strings.HasPrefix(f[subscriber.FirstName], unnamed) {
		return ""
	}
	return person.ParentKey(address, name)
}

func makeTasks(g Group) Made {
	made, open, times := map[string]record.Fields{}, map[string]string{}, map[string]int{}
	for _, e := range g.Before {
		made[e.Key] = e.Fields.Clone()
		times[e.Fields[task.Why]]++
		if e.Fields[task.Over] != "true" {
			open[e.Fields[task.Why]] = e.Key
		}
	}
	since := map[string]string{} // by what has happened, when it was seen last
	for _, m := range g.Members {
		why := trouble[m.Fields[subscriber.State]]
		since[why] = max(since[why], m.Fields[subscriber.StateOn])
	}
	for why, at := range since {
		if open[why] == "" {
			key := g.Key + "/" + why + "/" + strconv.Itoa(times[why]+1)
			made[key] = record.Fields{
				task.Event: key, task.Person: record.SetValue([]string{g.Key}), task.Why: why, task.HappenedOn: at, task.Over: "false",
			}
		}
	}
	for why, key := range open {
		if _, still := since[why]; !still {
			made[key][task.Over] = "true"
		}
	}
	var out Made
	for _, key := range slices.SortedFunc(maps.Keys(made), cmp.Compare[string]) {
		out.Entities = append(out.Entities, Entity{Kind: task.Kind, Key: key, Fields: made[key]})
	}
	return out
}
