package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/organisation"
)

// EventOrganisation is the page of the organisations of an organiser of events. EMS decides all of it.
func EventOrganisation() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		organisation.ID, organisation.Name, organisation.Parent,
	)
	return &Policy{
		Kind:      organisation.Kind,
		Key:       organisation.Key,
		KeyFields: organisation.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetAt(tagserver, "organisations")},
		Fields:    fields,
		OnDelete:  []OnDelete{{System: tagserver, Action: Delete}},
	}
}
