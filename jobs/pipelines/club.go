package pipelines

import (
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/access"
	"github.com/touchline-sync/touchline/sync/record/activity"
	"github.com/touchline-sync/touchline/sync/record/committee"
	"github.com/touchline-sync/touchline/sync/record/contribution"
	"github.com/touchline-sync/touchline/sync/record/customer"
	"github.com/touchline-sync/touchline/sync/record/discipline"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/photo"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
	"github.com/touchline-sync/touchline/sync/record/task"
	"github.com/touchline-sync/touchline/sync/record/team"
	"github.com/touchline-sync/touchline/sync/record/work"
	"github.com/touchline-sync/touchline/sync/step"
)

const zone = "Europe/Amsterdam"

// Club returns the pipelines of the club, in the order in which a run of all goes over them.
func Club() []jobs.Pipeline {
	return []jobs.Pipeline{
		{
			Kinds: []record.Kind{person.Kind, photo.Kind, subscriber.Kind, customer.Kind},
			Pipeline: step.Pipeline{
				Name:   "people",
				Family: "club",
				Reads: []step.Read{
					{System: "sportlink", Place: "members", View: "search", Select: step.All, Needed: true},
					{System: "sportlink", Place: "photos", View: "other", Select: step.Following("members", "search", photo.Date)},
					{System: "rondoclub", Place: "people", View: "people", Select: step.All, Needed: true},
					{System: "laposta", Place: "*", Select: step.IfUnbound},
				},
				Writes: []step.Write{
					{System: "rondoclub", Place: "people"},
					{System: "laposta", Place: "*"},
				},
			},
		},
		{
			// The figures go into the records that the pipeline people makes: whom Rondo
			// Club does not hold is left out.
			Kinds: []record.Kind{contribution.Kind},
			Needs: []string{"people"},
			Pipeline: step.Pipeline{
				Name: "nikki", Family: "club",
				Reads: []step.Read{
					{System: "nikki", Place: "contributions", View: "members", Select: step.All, Needed: true},
					{System: "rondoclub", Place: "people", View: "people", Select: step.All, Needed: true},
				},
				Writes: []step.Write{{System: "rondoclub", Place: "people"}},
			},
		},
		individual(),
		functions("functions", step.Of(policy.Recent)),
		functions("functions-full", step.All),
		{
			// All teams and who is in them: the work of people in teams is part of their
			// records, which the pipeline people makes.
			Kinds: []record.Kind{team.Kind, work.InTeams},
			Needs: []string{"people"},
			Pipeline: step.Pipeline{
				Name: "teams", Family: "club",
				Reads: []step.Read{
					{System: "sportlink", Place: "teams", View: "members", Select: step.All, Needed: true},
					{System: "rondoclub", Place: "teams", View: "teams", Select: step.IfUnbound, Needed: true},
					{System: "rondoclub", Place: "people", View: "people", Select: step.All, Needed: true},
				},
				Writes: step.InOrder("rondoclub", "teams", "people"),
			},
		},
		{
			// Since when members are in teams, and where they were before. Teams are made by
			// the pipeline of that name: a row of one that is not there yet waits for it.
			Kinds: []record.Kind{person.Kind, work.InTeams},
			Needs: []string{"people"},
			Pipeline: step.Pipeline{
				Name: "player-history", Family: "club",
				Reads: []step.Read{
					{System: "sportlink", Place: "members", View: "memberships", Select: step.All, Needed: true},
					{System: "rondoclub", Place: "people", View: "people", Select: step.All, Needed: true},
				},
				Writes: []step.Write{{System: "rondoclub", Place: "people"}},
			},
		},
		{
			// Those who have left, as far as the list of them shows them. It is run by hand:
			// of who is not on it nothing is known.
			Kinds: []record.Kind{person.Kind, photo.Kind},
			Needs: []string{"people"},
			Pipeline: step.Pipeline{
				Name: "former-members", Family: "club",
				Reads: []step.Read{
					{System: "sportlink", Place: "members", View: "inactive", Select: step.All, Needed: true},
					{System: "sportlink", Place: "photos", View: "other", Select: step.Following("members", "inactive", photo.Date)},
					{System: "rondoclub", Place: "people", View: "people", Select: step.All, Needed: true},
				},
				Writes: []step.Write{{System: "rondoclub", Place: "people"}},
			},
		},
		{
			// What the pipeline people has decided of customers; without that, no call.
			Kinds: []record.Kind{customer.Kind},
			Needs: []string{"people"},
			Pipeline: step.Pipeline{
				Name: "freescout", Family: "club",
				Reads:  []step.Read{{System: "freescout", Place: "customers", Select: step.IfUnbound, Needed: true}},
				Writes: []step.Write{{System: "freescout", Place: "customers"}},
			},
		},
		{
			// It comes after the pipeline freescout, since what that has made has a number
			// only now, which goes to Rondo Club.
			Kinds: []record.Kind{customer.Kind, customer.Number},
			Pipeline: step.Pipeline{
				Name: "scan-freescout", Family: "club",
				Reads:  []step.Read{{System: "freescout", Place: "customers", Select: step.All, Needed: true}},
				Writes: []step.Write{{System: "rondoclub", Place: "people"}},
			},
		},
		{
			// Of what began or changed since the last time; whoever is a customer by now
			// brings what was said before.
			Kinds: []record.Kind{activity.Kind},
			Pipeline: step.Pipeline{
				Name: "conversations", Family: "club",
				Reads:  []step.Read{{System: "freescout", Place: "conversations", Select: step.Since, Needed: true}},
				Writes: []step.Write{timelines},
			},
		},
		{
			// What webhooks have named; without any, no call.
			Kinds: []record.Kind{activity.Kind},
			Pipeline: step.Pipeline{
				Name: "announced-conversations", Family: "club",
				Reads:  []step.Read{{System: "freescout", Place: "conversations", Select: step.Notified}},
				Writes: []step.Write{timelines},
			},
		},
		{
			// Cases name members by what the pipeline people has read. One that has gone is
			// taken out at Rondo Club, and is a task there.
			Kinds: []record.Kind{discipline.Kind, task.Kind},
			Needs: []string{"people"},
			Pipeline: step.Pipeline{
				Name: "discipline", Family: "club",
				Reads: []step.Read{
					{System: "sportlink", Place: "cases", View: "individual", Select: step.All, Needed: true},
					{System: "rondoclub", Place: "discipline-cases", View: "discipline-cases", Select: step.All, Needed: true},
				},
				Writes: []step.Write{
					{System: "rondoclub", Place: "discipline-cases"},
					{System: "rondoclub", Place: "todos", Only: step.Puts},
				},
			},
		},
		// What others change at the targets is seen each night, also when
		// Sportlink is away. The pipeline people reads Rondo Club after Sportlink,
		// and Laposta only when somebody is new there.
		{
			Kinds: []record.Kind{person.Kind, committee.Kind, team.Kind, discipline.Kind},
			Pipeline: step.Pipeline{
				Name: "scan-rondoclub", Family: "club",
				Reads: []step.Read{
					{System: "rondoclub", Place: "people", View: "people", Select: step.All, Needed: true},
					{System: "rondoclub", Place: "commissies", View: "commissies", Select: step.All, Needed: true},
					{System: "rondoclub", Place: "teams", View: "teams", Select: step.All, Needed: true},
					{System: "rondoclub", Place: "discipline-cases", View: "discipline-cases", Select: step.All, Needed: true},
				},
			},
		},
		{
			// Who has opted out, and whose address takes no mail, is a task at Rondo Club.
			Kinds: []record.Kind{subscriber.Kind, task.Kind},
			Pipeline: step.Pipeline{
				Name: "scan-laposta", Family: "club",
				Reads:  []step.Read{{System: "laposta", Place: "*", Select: step.All, Needed: true}},
				Writes: []step.Write{{System: "rondoclub", Place: "todos", Only: step.Puts}},
			},
		},
	}
}

// functions carries what members do for the club, and what the club must know for it, from
// their own pages at Sportlink: those of the members that sel selects. Of the members that
// are visited without all others nothing ends: that proves nothing.
func functions(name string, sel step.Selection) jobs.Pipeline {
	return jobs.Pipeline{
		Kinds: []record.Kind{person.Kind, committee.Kind, work.Kind, access.Kind, activity.Kind, customer.Number, invoice.Kind},
		Needs: []string{"people"},
		Pipeline: step.Pipeline{
			Name: name, Family: "club",
			Reads: []step.Read{
				{System: "sportlink", Place: "members", View: "tabs", Select: sel, Needed: true},
				{System: "rondoclub", Place: "commissies", View: "commissies", Select: step.IfUnbound, Needed: true},
				{System: "rondoclub", Place: "people", View: "people", Select: step.All, Needed: true},
			},
			Writes: append(step.InOrder("rondoclub", "commissies", "people"), mayDo, timelines),
		},
	}
}

// mayDo and timelines tell Rondo Club what members may do there, and what took place.
var (
	mayDo     = step.Write{System: "rondoclub", Place: "capabilities", Only: step.Puts}
	timelines = step.Write{System: "rondoclub", Place: "activities", Only: step.Puts}
)

// individual carries all that is known of some members, who are named, at once: what people,
// the functions, player-history and freescout carry of everybody. Who is a member the search alone shows. What
// they are to pay is left out: Nikki cannot be asked for one.
func individual() jobs.Pipeline {
	return jobs.Pipeline{
		Kinds: []record.Kind{person.Kind},
		Pipeline: step.Pipeline{
			Name: "individual", Family: "club",
			Reads: []step.Read{
				{System: "sportlink", Place: "members", View: "search", Select: step.All, Needed: true},
				{System: "sportlink", Place: "members", View: "tabs", Select: step.Asked, Needed: true},
				{System: "sportlink", Place: "members", View: "memberships", Select: step.Asked},
				{System: "sportlink", Place: "photos", View: "other", Select: step.Asked},
				{System: "rondoclub", Place: "commissies", View: "commissies", Select: step.IfUnbound, Needed: true},
				{System: "rondoclub", Place: "people", View: "people", Select: step.Asked, Needed: true},
				{System: "laposta", Place: "*", Select: step.IfUnbound},
				{System: "freescout", Place: "customers", Select: step.IfUnbound},
			},
			Writes: append(step.InOrder("rondoclub", "commissies", "people"),
				step.Write{System: "laposta", Place: "*"}, step.Write{System: "freescout", Place: "customers"}, mayDo, timelines),
		},
	}
}

// ClubSchedules returns when the pipelines of the club start: the scans at night, that of
// FreeScout after what is written there, orphans once a week after them, all else at the
// hours that clubs are used to. A slot that was missed because the program was off is
// caught up once, but for what runs hourly or goes over all members for hours.
func ClubSchedules() []jobs.Schedule {
	return []jobs.Schedule{
		{Name: "people", Pipeline: "people", Cron: "0 8,11,14,17 * * *", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "scan-rondoclub", Pipeline: "scan-rondoclub", Cron: "30 3 * * *", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "scan-laposta", Pipeline: "scan-laposta", Cron: "45 3 * * *", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "orphans", Pipeline: "orphans", Cron: "0 5 * * 0", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "nikki", Pipeline: "nikki", Cron: "0 7 * * *", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "functions-recent", Pipeline: "functions", Cron: "30 7,10,13,16 * * *", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "functions-full", Pipeline: "functions-full", Cron: "0 1 * * 0", Missed: jobs.SkipMissed, Zone: zone},
		{Name: "freescout", Pipeline: "freescout", Cron: "0 8 * * *", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "scan-freescout", Pipeline: "scan-freescout", Cron: "30 8 * * *", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "conversations", Pipeline: "conversations", Cron: "0 9 * * *", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "announced-conversations", Pipeline: "announced-conversations", Cron: "*/5 * * * *", Missed: jobs.SkipMissed, Zone: zone},
		{Name: "teams", Pipeline: "teams", Cron: "0 6 * * 0", Missed: jobs.CatchUpOnce, Zone: zone},
		{Name: "discipline", Pipeline: "discipline", Cron: "30 23 * * 1", Missed: jobs.CatchUpOnce, Zone: zone},
		// The seed itself has it disabled.
		{Name: "reverse", Pipeline: "reverse", Cron: "0 * * * *", Missed: jobs.SkipMissed, Zone: zone, Off: "disabled, and not built yet: off"},
	}
}
