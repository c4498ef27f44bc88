package pipelines

import (
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/conversation"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/organisation"
	"github.com/touchline-sync/touchline/sync/record/participant"
	"github.com/touchline-sync/touchline/sync/record/race"
	"github.com/touchline-sync/touchline/sync/record/startgroup"
	"github.com/touchline-sync/touchline/sync/record/startgroupparticipant"
	"github.com/touchline-sync/touchline/sync/record/tag"
	"github.com/touchline-sync/touchline/sync/step"
)

// Event returns the pipelines of an organiser of events, in the order in which a run of
// all goes over them: none needs another. What is decided from our own tables needs no
// Read.
func Event() []jobs.Pipeline {
	persons := []record.Kind{eventperson.Kind}
	registered := []record.Kind{eventperson.Kind, event.Kind, race.Kind, participant.Kind}
	timed := []record.Kind{
		organisation.Kind, eventperson.Kind, event.Kind, race.Kind, startgroup.Kind, participant.Kind, startgroupparticipant.Kind, tag.Kind,
	}
	return []jobs.Pipeline{
		{
			// Who unsubscribes at MailChimp tells nobody else.
			Kinds: persons,
			Pipeline: step.Pipeline{
				Name: "watch-mailchimp", Family: "event",
				Reads: []step.Read{{System: "mailchimp", Place: "audience", Select: step.Since, Needed: true}},
			},
		},
		{
			Kinds: []record.Kind{eventperson.Kind, conversation.Kind},
			Pipeline: step.Pipeline{
				Name: "inbound-chatwoot", Family: "event",
				Reads: []step.Read{
					{System: "chatwoot", Place: "contacts", Select: step.Notified},
					{System: "chatwoot", Place: "conversations", Select: step.Since},
				},
			},
		},
		{
			// A race tells no time of change: each that is linked is one call.
			Kinds: registered,
			Pipeline: step.Pipeline{
				Name: "inbound-runsignup", Family: "event",
				Reads: []step.Read{
					{System: "runsignup", Place: "users", Select: step.Since},
					{System: "runsignup", Place: "races", Select: step.All},
					{System: "runsignup", Place: "events", Select: step.All},
					{System: "runsignup", Place: "participants", Select: step.Since},
				},
			},
		},
		{
			Kinds: persons,
			Pipeline: step.Pipeline{
				Name: "outbound-mailchimp", Family: "event",
				Writes: []step.Write{{System: "mailchimp", Place: "audience"}},
			},
		},
		{
			Kinds: persons,
			Pipeline: step.Pipeline{
				Name: "outbound-chatwoot", Family: "event",
				Reads:  []step.Read{{System: "chatwoot", Place: "contacts", Select: step.IfUnbound, Needed: true}},
				Writes: []step.Write{{System: "chatwoot", Place: "contacts"}},
			},
		},
		{
			Kinds: persons,
			Pipeline: step.Pipeline{
				Name: "outbound-mautic", Family: "event",
				Writes: []step.Write{{System: "mautic", Place: "contacts"}},
			},
		},
		{
			Kinds: timed,
			Pipeline: step.Pipeline{
				Name: "outbound-tagserver", Family: "event",
				Writes: step.InOrder(
					"tagserver", "organisations", "people", "events", "races", "start-groups", "event-participants", "start-group-participants", "tags",
				),
			},
		},
		{
			Kinds: registered,
			Pipeline: step.Pipeline{
				Name: "outbound-runsignup", Family: "event",
				Reads: []step.Read{
					{System: "runsignup", Place: "races", Select: step.IfUnbound, Needed: true},
					{System: "runsignup", Place: "events", Select: step.IfUnbound, Needed: true},
				},
				Writes: []step.Write{
					{System: "runsignup", Place: "races"}, {System: "runsignup", Place: "events"}, {System: "runsignup", Place: "participants"},
				},
			},
		},
		{
			// What is gone is in no list of changes, and last_changed may not move.
			Kinds: persons,
			Pipeline: step.Pipeline{
				Name: "scan-mailchimp", Family: "event",
				Reads: []step.Read{{System: "mailchimp", Place: "audience", Select: step.All, Needed: true}},
			},
		},
		{
			// Contacts tell no time of change, and a webhook can be lost. That a
			// conversation was deleted nothing tells.
			Kinds: []record.Kind{eventperson.Kind, conversation.Kind},
			Pipeline: step.Pipeline{
				Name: "scan-chatwoot", Family: "event",
				Reads: []step.Read{
					{System: "chatwoot", Place: "contacts", Select: step.All, Needed: true},
					{System: "chatwoot", Place: "conversations", Select: step.All},
				},
			},
		},
		{
			// Mautic dates no change of Do-Not-Contact and tags: who unsubscribes there is
			// seen only when all are read.
			Kinds: persons,
			Pipeline: step.Pipeline{
				Name: "scan-mautic", Family: "event",
				Reads: []step.Read{{System: "mautic", Place: "contacts", Select: step.All, Needed: true}},
			},
		},
		{
			// What somebody has edited or deleted there, or a server that was replaced.
			Kinds: timed,
			Pipeline: step.Pipeline{
				Name: "scan-tagserver", Family: "event",
				Reads: []step.Read{{System: "tagserver", Place: "*", Select: step.All, Needed: true}},
			},
		},
		{
			// Whether a person's own change is shown as one of the registration is not known.
			Kinds: registered,
			Pipeline: step.Pipeline{
				Name: "scan-runsignup", Family: "event",
				Reads: []step.Read{
					{System: "runsignup", Place: "users", Select: step.All},
					{System: "runsignup", Place: "races", Select: step.All, Needed: true},
					{System: "runsignup", Place: "events", Select: step.All, Needed: true},
					{System: "runsignup", Place: "participants", Select: step.All, Needed: true},
				},
			},
		},
	}
}

// EventSchedules returns when the pipelines of the events start (the user's
// seed: outbound every 5 minutes, inbound every 10; inbound first).
// Slots of the same minute start in the order of their names.
func EventSchedules() []jobs.Schedule {
	return []jobs.Schedule{
		{Name: "inbound-chatwoot", Pipeline: "inbound-chatwoot", Cron: "*/10 * * * *", Missed: jobs.SkipMissed, Zone: zone},
		{Name: "inbound-runsignup", Pipeline: "inbound-runsignup", Cron: "*/10 * * * *", Missed: jobs.SkipMissed, Zone: zone},
		{Name: "orphans-event", Pipeline: "orphans-event", Cron: "0 5 * * 0", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "outbound-chatwoot", Pipeline: "outbound-chatwoot", Cron: "*/5 * * * *", Missed: jobs.SkipMissed, Zone: zone},
		{Name: "outbound-mailchimp", Pipeline: "outbound-mailchimp", Cron: "*/5 * * * *", Missed: jobs.SkipMissed, Zone: zone},
		{Name: "outbound-mautic", Pipeline: "outbound-mautic", Cron: "*/5 * * * *", Missed: jobs.SkipMissed, Zone: zone},
		{Name: "outbound-runsignup", Pipeline: "outbound-runsignup", Cron: "*/5 * * * *", Missed: jobs.SkipMissed, Zone: zone},
		{Name: "outbound-tagserver", Pipeline: "outbound-tagserver", Cron: "*/5 * * * *", Missed: jobs.SkipMissed, Zone: zone},
		{Name: "scan-chatwoot", Pipeline: "scan-chatwoot", Cron: "30 3 * * *", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "scan-mailchimp", Pipeline: "scan-mailchimp", Cron: "45 3 * * *", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "scan-mautic", Pipeline: "scan-mautic", Cron: "0 4 * * *", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "scan-runsignup", Pipeline: "scan-runsignup", Cron: "0 4 * * *", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "scan-tagserver", Pipeline: "scan-tagserver", Cron: "0 4 * * *", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "watch-mailchimp", Pipeline: "watch-mailchimp", Cron: "*/10 * * * *", Missed: jobs.SkipMissed, Zone: zone},
	}
}
