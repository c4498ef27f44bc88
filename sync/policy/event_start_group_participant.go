package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/startgroupparticipant"
)

// EventStartGroupParticipant is the page of the places of participants in start groups. EMS decides all of it.
func EventStartGroupParticipant() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		startgroupparticipant.ID, startgroupparticipant.StartGroup, startgroupparticipant.Participant,
		startgroupparticipant.Seq, startgroupparticipant.InWindow,
	)
	return &Policy{
		Kind:      startgroupparticipant.Kind,
		Key:       startgroupparticipant.Key,
		KeyFields: startgroupparticipant.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetOf(tagserver, "start-group-participants", startgroupparticipant.InWindow, WhyOutside)},
		Fields:    fields,
		OnDelete:  []OnDelete{{System: tagserver, Action: Delete}},
	}
}
