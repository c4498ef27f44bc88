package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/tag"
)

// EventTag is the page of the timing tags, as persons wear them. EMS decides all of it.
// TagServer holds those of whoever it holds, but for those of events outside the window.
func EventTag() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		tag.ID, tag.Number, tag.Barcode, tag.UUID, tag.EPC, tag.Bib, tag.Person, tag.Event, tag.ValidFrom,
		tag.ValidTo, tag.Entered, tag.InWindow,
	)
	return &Policy{
		Kind:      tag.Kind,
		Key:       tag.Key,
		KeyFields: tag.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets: []Target{{System: tagserver, Stays: true, Place: func(f record.Fields) (place, why string) {
			switch {
			case f[tag.Entered] != "true":
				return "", WhyNotEntered
			case f[tag.InWindow] != "true":
				return "", WhyOutside
			default:
				return "tags", ""
			}
		}}},
		Fields:   fields,
		OnDelete: []OnDelete{{System: tagserver, Action: Delete}},
	}
}
