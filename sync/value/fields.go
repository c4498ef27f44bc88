package value

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/access"
	"github.com/touchline-sync/touchline/sync/record/activity"
	"github.com/touchline-sync/touchline/sync/record/contribution"
	"github.com/touchline-sync/touchline/sync/record/conversation"
	"github.com/touchline-sync/touchline/sync/record/customer"
	"github.com/touchline-sync/touchline/sync/record/discipline"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/organisation"
	"github.com/touchline-sync/touchline/sync/record/participant"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/photo"
	"github.com/touchline-sync/touchline/sync/record/race"
	"github.com/touchline-sync/touchline/sync/record/startgroup"
	"github.com/touchline-sync/touchline/sync/record/startgroupparticipant"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
	"github.com/touchline-sync/touchline/sync/record/tag"
	"github.com/touchline-sync/touchline/sync/record/task"
)

var kinds = map[record.Kind]record.Types{
	person.Kind: person.Types, family.Kind: family.Types, subscriber.Kind: subscriber.Types, customer.Kind: customer.Types, customer.Number: customer.NumberTypes,
	eventperson.Kind: eventperson.Types, conversation.Kind: conversation.Types,
	contribution.Kind: contribution.Types, activity.Kind: activity.Types, photo.Kind: photo.Types, task.Kind: task.Types,
	invoice.Kind: invoice.Types, discipline.Kind: discipline.Types, access.Kind: access.Types,
	organisation.Kind: organisation.Types, event.Kind: event.Types, race.Kind: race.Types, startgroup.Kind: startgroup.Types,
	participant.Kind: participant.Types, startgroupparticipant.Kind: startgroupparticipant.Types, tag.Kind: tag.Types,
}

// TypesOf returns the types of a kind; nil, which makes all fields texts, for
// one that it does not know.
func TypesOf(kind record.Kind) record.Types { return kinds[kind] }

// Reading is what could be read of a record.
type Reading struct {
	// Fields are canonical. A field that could not be read is not in it.
	Fields record.Fields
	// Unreadable says why for each field that was there and could not be read;
	// nil when all could.
	Unreadable map[record.Field]string
	// Notes says of fields that were read what was left out of them; mostly nil.
	Notes map[record.Field]string
}

// Refuse takes a field out of the reading and says why.
func (r *Reading) Refuse(f record.Field, why string) {
	delete(r.Fields, f)
	if r.Unreadable == nil {
		r.Unreadable = map[record.Field]string{}
	}
	r.Unreadable[f] = why
}

// Fields makes the fields of one record canonical. Phones without a country's
// code are from the country that the record itself names, else from s.Region.
// With s.Today a birth or a passing that is not plausible is unreadable; a
// passing is held against the birth of the same record.
func (s Spec) Fields(raw record.Fields) Reading {
	out := Reading{Fields: make(record.Fields, len(raw))}
	var regions []string // found when a phone asks for them
	var births, passings []record.Field
	for f, v := range raw {
		var canon, note string
		var err error
		switch t := s.Types[f]; t.Class {
		case record.ClassPhone:
			if regions == nil {
				regions = s.regions(raw)
			}
			canon, note, err = Phone(v, regions...)
		case record.ClassBirth:
			births = append(births, f)
			canon, note, err = Canon(t, v, s.Options)
		case record.ClassPassing:
			passings = append(passings, f)
			canon, note, err = Canon(t, v, s.Options)
		default:
			canon, note, err = Canon(t, v, s.Options)
		}
		if err != nil {
			out.Refuse(f, Why(err))
			continue
		}
		out.Fields[f] = canon
		if note != "" {
			if out.Notes == nil {
				out.Notes = map[record.Field]string{}
			}
			out.Notes[f] = note
		}
	}
	if s.Today != "" {
		s.plausible(&out, births, passings)
	}
	return out
}

// Sent makes fields canonical that are to be written, so that they can be
// compared with what a Reading shows. A value that cannot be read stays as it is:
// whoever writes it refuses it by name. No date is held to be too late.
func (s Spec) Sent(fields record.Fields) record.Fields {
	s.Today = ""
	out := s.Fields(fields)
	for f := range out.Unreadable {
		out.Fields[f] = fields[f]
	}
	return out.Fields
}

// regions are the countries whose numbers a record may have, best first.
func (s Spec) regions(raw record.Fields) []string {
	for f, t := range s.Types {
		if t.Class != record.ClassCountry {
			continue
		}
		if own, err := Country(raw[f]); err == nil && own != "" && own != s.Region {
			return []string{own, s.Region}
		}
	}
	return []string{s.Region}
}

// plausible refuses dates that cannot be.
func (s Spec) plausible(r *Reading, births, passings []record.Field) {
	birth := ""
	for _, f := range births {
		if err := PlausibleBirth(r.Fields[f], s.Today); err != nil {
			r.Refuse(f, Why(err))
		}
		birth = r.Fields[f]
	}
	for _, f := range passings {
		if err := PlausiblePassing(r.Fields[f], birth, s.Today); err != nil {
			r.Refuse(f, Why(err))
		}
	}
}
