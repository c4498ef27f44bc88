package ems

import (
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/organisation"
	"github.com/touchline-sync/touchline/sync/record/participant"
	"github.com/touchline-sync/touchline/sync/record/race"
	"github.com/touchline-sync/touchline/sync/record/startgroup"
	"github.com/touchline-sync/touchline/sync/record/startgroupparticipant"
	"github.com/touchline-sync/touchline/sync/record/tag"
)

// A reference is shown as the id in EMS, which is the natural key of what it refers
// to.

var organisations = Table{
	Name: "organisation", Kind: organisation.Kind, Key: "id",
	Columns: []Column{
		{Name: "id", Field: organisation.ID},
		{Name: "name", Field: organisation.Name},
		{Name: "parent_id", Field: organisation.Parent},
	},
}.mapped()

var events = Table{
	Name: "event", Kind: event.Kind, Key: "id",
	Columns: []Column{
		{Name: "id", Field: event.ID},
		{Name: "organisation_id", Field: event.Organisation},
		{Name: "sanctioning_organisation_id", Field: event.Sanctioned},
		{Name: "name", Field: event.Name},
		{Name: "start_date_time", Field: event.Start},
		{Name: "end_date_time", Field: event.End},
		{Name: "all_day", Field: event.AllDay},
		{Name: "timezone", Field: event.Zone},
		{Name: "venue", Field: event.Venue},
		{Name: "address", Field: event.Address},
		{Name: "city", Field: event.City},
		{Name: "province", Field: event.Province},
		{Name: "postal_code", Field: event.PostalCode},
		{Name: "country", Field: event.Country},
		{Name: "latitude", Field: event.Latitude},
		{Name: "longitude", Field: event.Longitude},
		{Name: "contact_name", Field: event.ContactName},
		{Name: "contact_email", Field: event.ContactEmail},
		{Name: "contact_url", Field: event.ContactURL},
		{Name: "preferred_timing_identifier", Field: event.TimingID, Codes: map[string]string{
			"epid": "EPID", "person_id": "PERSON_ID", "registration_id": "REGISTRATION_ID", "external_person_uid": "EXTERNAL_PERSON_UID",
		}},
		{Name: inWindow("r.id"), Field: event.InWindow},
	},
	Below: []Below{{"race", race.Kind, "event_id"}, {"event_participant", participant.Kind, "event_id"}, {"bib_tag_mapping", tag.Kind, "event_id"}},
}.mapped()

var races = Table{
	Name: "race", Kind: race.Kind, Key: "id",
	Columns: []Column{
		{Name: "id", Field: race.ID},
		{Name: "event_id", Field: race.Event},
		{Name: "name", Field: race.Name},
		{Name: "category_name", Field: race.Category},
		{Name: "race_type_name", Field: race.RaceType},
		{Name: "start_time", Field: race.Start},
		{Name: "distance_meters", Field: race.Distance},
		{Name: "duration_seconds", Field: race.Duration},
		{Name: "min_entries", Field: race.MinEntries},
		{Name: "max_entries", Field: race.MaxEntries},
		{Name: "active", Field: race.Active},
		{Name: "status", Field: race.Status, Codes: map[string]string{
			"planned": "PLANNED", "staging": "STAGING", "ready": "READY", "completed": "COMPLETED", "cancelled": "CANCELLED",
		}},
		{Name: inWindow("r.event_id"), Field: race.InWindow},
	},
	Below: []Below{{"start_group", startgroup.Kind, "race_id"}},
}.mapped()

var startGroups = Table{
	Name: "start_group", Kind: startgroup.Kind, Key: "id",
	Columns: []Column{
		{Name: "id", Field: startgroup.ID},
		{Name: "race_id", Field: startgroup.Race},
		{Name: "name", Field: startgroup.Name},
		{Name: "seq", Field: startgroup.Seq},
		{Name: "start_time", Field: startgroup.Start},
		{Name: inWindow("race.event_id"), Field: startgroup.InWindow},
	},
	Join:  "join ems.race race on race.id = r.race_id",
	Below: []Below{{"start_group_participant", startgroupparticipant.Kind, "start_group_id"}},
}.mapped()

// The bib that is shown is the one that is held: who does not start any more has none.
var participants = Table{
	Name: "event_participant", Kind: participant.Kind, Key: "id",
	Columns: []Column{
		{Name: "id", Field: participant.ID},
		{Name: "event_id", Field: participant.Event},
		{Name: "person_id", Field: participant.Person},
		{Name: "race_id", Field: participant.Race},
		{Name: "category_name", Field: participant.Category},
		{Name: "first_name", Field: participant.FirstName},
		{Name: "last_name", Field: participant.LastName},
		{Name: "email", Field: participant.Email},
		{Name: birthDate, Field: participant.BirthDate},
		{Name: "gender", Field: participant.Gender, Codes: genders},
		{Name: "held_bib", Field: participant.Bib},
		{Name: "paid", Field: participant.Paid},
		{Name: "active", Field: participant.Active},
		{Name: "team_name", Field: participant.Team},
		{Name: "registered_on", Field: participant.RegisteredOn},
		{Name: "coalesce(race.status = 'COMPLETED', false)", Field: participant.Locked},
		{Name: inWindow("r.event_id"), Field: participant.InWindow},
	},
	Beside: []string{"person.erased_on"}, Erased: "person.erased_on",
	Join:   "left join ems.race race on race.id = r.race_id join ems.person person on person.id = r.person_id",
	Yields: map[string]string{"event_participant_bib": "bib"},
	Below:  []Below{{"start_group_participant", startgroupparticipant.Kind, "event_participant_id"}},
	Ends:   "not exists (select from ems.start_group_participant g where g.event_participant_id = r.id and g.deleted_on is null)",
}.mapped()

var startGroupParticipants = Table{
	Name: "start_group_participant", Kind: startgroupparticipant.Kind, Key: "id",
	Columns: []Column{
		{Name: "id", Field: startgroupparticipant.ID},
		{Name: "start_group_id", Field: startgroupparticipant.StartGroup},
		{Name: "event_participant_id", Field: startgroupparticipant.Participant},
		{Name: "seq", Field: startgroupparticipant.Seq},
		{Name: "(" + inWindow("race.event_id") + " and " + inWindow("entry.event_id") + ")", Field: startgroupparticipant.InWindow},
	},
	Join: "join ems.start_group g on g.id = r.start_group_id join ems.race race on race.id = g.race_id " +
		"join ems.event_participant entry on entry.id = r.event_participant_id",
}.mapped()

// A tag is shown by who wears it: without its mapping it is nobody's.
var tags = Table{
	Name: "bib_tag_mapping", Kind: tag.Kind, Key: "id",
	Columns: []Column{
		{Name: "id", Field: tag.ID},
		{Name: "tag.number", Field: tag.Number},
		{Name: "tag.barcode", Field: tag.Barcode},
		{Name: "tag.uuid", Field: tag.UUID},
		{Name: "tag.epc", Field: tag.EPC},
		{Name: "bib", Field: tag.Bib},
		{Name: "person_id", Field: tag.Person},
		{Name: "event_id", Field: tag.Event},
		{Name: "valid_from", Field: tag.ValidFrom},
		{Name: "valid_to", Field: tag.ValidTo},
		{Name: isEntered("r.person_id"), Field: tag.Entered},
		{Name: "(r.event_id is null or " + inWindow("r.event_id") + ")", Field: tag.InWindow},
	},
	Join: "join ems.tag tag on tag.id = r.tag_id", Deleted: "tag",
}.mapped()
