package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/photo"
)

// ClubPhoto is the page of the photos of members. Sportlink decides them; at Rondo Club a
// photo is a part of the member's record, and whom Rondo Club does not hold is left out.
//
// A photo that somebody has put in place of ours is put back. One that Sportlink has no
// more is taken away, when its own page says so: that a page does not come, or a photo
// cannot be read, takes nothing away. Whoever leaves keeps the photo that is there.
func ClubPhoto() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(sportlink), photo.Photo, photo.Date)
	return &Policy{
		Kind:      photo.Kind,
		Key:       photo.Key,
		KeyFields: photo.KeyFields,
		Sources:   []record.System{sportlink},
		Targets:   []Target{TargetAt(rondoclub, people)},
		Fields:    fields,
		OnDelete:  []OnDelete{{System: rondoclub, Action: Detach}},
	}
}
