package startgroupparticipant

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of event.start_group_participant.
var Types = record.Types{
	ID:          {Class: record.ClassIdentifier},
	StartGroup:  {Class: record.ClassSet},
	Participant: {Class: record.ClassSet},
	Seq:         {Class: record.ClassIdentifier},
	InWindow:    {Class: record.ClassFlag},
}
