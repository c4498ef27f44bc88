package policy

import (
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/task"
)

// ClubTask is the page of what somebody of the club is to look after: a reader of the
// mailing lists wants no mail any more, or their address takes none; a discipline case is no
// more. There is one task at Rondo Club for each person and event, and its people close it.
// What happened more than a month before it was seen makes none: at the first sync of a list
// that is all that ever happened. One that waits for its event is not there yet.
func ClubTask() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub), task.Event, task.Person, task.Why, task.HappenedOn, task.Over, task.Awaited)
	return &Policy{
		Kind:      task.Kind,
		Key:       task.Key,
		KeyFields: task.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{onceItHappens("todos", task.Awaited)},
		Fields:    fields,
		Once:      &Once{When: task.HappenedOn, Fresh: 31 * 24 * time.Hour},
	}
}
