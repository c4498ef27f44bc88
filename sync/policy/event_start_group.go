package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/startgroup"
)

// EventStartGroup is the page of the start groups of a race. EMS decides all of it.
func EventStartGroup() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		startgroup.ID, startgroup.Race, startgroup.Name, startgroup.Seq, startgroup.Start, startgroup.InWindow,
	)
	return &Policy{
		Kind:      startgroup.Kind,
		Key:       startgroup.Key,
		KeyFields: startgroup.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetOf(tagserver, "start-groups", startgroup.InWindow, WhyOutside)},
		Fields:    fields,
		OnDelete:  []OnDelete{{System: tagserver, Action: Delete}},
	}
}
