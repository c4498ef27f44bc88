package notice

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/internal/reason"
)

// Language is in which language people are told.
type Language string

// The languages.
const (
	English Language = "en"
	Dutch   Language = "nl"
)

// Words says how a notice is told.
type Words struct {
	Language Language
	Zone     *time.Location // of the times; nil is UTC
	// Link is the address of a run, with {run} for its id; "": none is told. Where it ends
	// as that of the dashboard does, other pages of it are told, too.
	Link string
}

// phrases are the sentences of a language. A %s is the name of a pipeline.
type phrases struct {
	subject                                                                                          map[Kind]string
	body                                                                                             map[Kind]string
	run, reason, means, do, since, never, next, plan, counts, approve, look, week, weekLine, session string
	created, changed, removed, ours                                                                  string
	leaving, plans, conflicts, quarantined, held                                                     string
}

var languages = map[Language]phrases{
	English: {
		subject: map[Kind]string{
			Failed: "%s does not succeed", Incomplete: "%s has not done all", Approval: "%s waits for you",
			SignIn: "%s needs a sign-in", Overdue: "%s is overdue", Recovered: "%s is in step again",
			Weekly: "the week", DatabaseAway: "the database is away", Test: "a test",
		},
		body: map[Kind]string{
			Failed:       "The pipeline %s has failed. Nothing is lost: it goes on with the next run. Does that not succeed either, see the reason.",
			Incomplete:   "The pipeline %s ran and could not do all of it. What it could not do stays pending and is tried again.",
			Approval:     "The pipeline %s was stopped before it did anything, since it would do more than is usual. Look at its plan, and approve it, or a part of it, or let it expire.",
			SignIn:       "The pipeline %s cannot get into a system: somebody has to sign in there by hand, or put a setting or a right in order.",
			Overdue:      "The pipeline %s should have run and has not succeeded.",
			Recovered:    "The pipeline %s has succeeded again. You need not do anything.",
			Weekly:       "This is what happened in the last seven days.",
			DatabaseAway: "The database has been away for ten minutes. Nothing runs until it is back; nothing is lost.",
			Test:         "This is a test: notices arrive.",
		},
		run: "Run", reason: "Reason", means: "That is", do: "What to do", since: "In step last", never: "never", next: "Next run", plan: "Its plan", counts: "It would",
		session: "Sign in now, or see why", approve: "Approve it", look: "Look at it", week: "Pipelines", weekLine: "%s: %d of %d runs succeeded",
		created: "make %d", changed: "change %d", removed: "remove %d", ours: "our own copy",
		leaving: "Are leaving", plans: "Plans that wait for you", conflicts: "Conflicts that wait for you", quarantined: "Refused and set aside", held: "With a refused field",
	},
	Dutch: {
		subject: map[Kind]string{
			Failed: "%s lukt niet", Incomplete: "%s heeft niet alles gedaan", Approval: "%s wacht op jou",
			SignIn: "%s moet worden aangemeld", Overdue: "%s is te laat", Recovered: "%s loopt weer",
			Weekly: "de week", DatabaseAway: "de database is weg", Test: "een proef",
		},
		body: map[Kind]string{
			Failed:       "De verwerking %s is mislukt. Er gaat niets verloren: de volgende keer gaat zij verder. Lukt het dan ook niet, kijk dan naar de reden.",
			Incomplete:   "De verwerking %s heeft gelopen en kon niet alles doen. Wat niet lukte blijft staan en wordt opnieuw geprobeerd.",
			Approval:     "De verwerking %s is gestopt voordat zij iets deed, omdat zij meer zou doen dan gewoonlijk. Bekijk het plan en keur het goed, of een deel ervan, of laat het verlopen.",
			SignIn:       "De verwerking %s komt een systeem niet in: iemand moet zich daar met de hand aanmelden, of een recht of iets in het bestand van settings in orde maken.",
			Overdue:      "De verwerking %s had moeten lopen en is niet gelukt.",
			Recovered:    "De verwerking %s is weer gelukt. Je hoeft niets te doen.",
			Weekly:       "Dit gebeurde er in de afgelopen zeven dagen.",
			DatabaseAway: "De database is al tien minuten weg. Er loopt niets tot zij terug is; er gaat niets verloren.",
			Test:         "Dit is een proef: berichten komen aan.",
		},
		run: "Run", reason: "Reden", means: "Dat is", do: "Wat te doen", since: "Laatst gelukt", never: "nooit", next: "Volgende keer", plan: "Het plan", counts: "Het zou",
		session: "Nu aanmelden, of zien waarom", approve: "Goedkeuren", look: "Bekijken", week: "Verwerkingen", weekLine: "%s: %d van %d keer gelukt",
		created: "%d maken", changed: "%d wijzigen", removed: "%d verwijderen", ours: "onze eigen kopie",
		leaving: "Vertrekken", plans: "Plannen die op jou wachten", conflicts: "Conflicten die op jou wachten", quarantined: "Geweigerd en apart gezet", held: "Met een geweigerd veld",
	},
}

// Subject is the notice in one line.
func (w Words) Subject(n Notice) string {
	return "touchline: " + about(w.phrases().subject[n.Kind], n.Pipeline)
}

// Body is the notice in lines of plain text.
func (w Words) Body(n Notice) string {
	p := w.phrases()
	var b strings.Builder
	line := func(name, text string) { fmt.Fprintf(&b, "%s: %s\n", name, text) }
	b.WriteString(about(p.body[n.Kind], n.Pipeline) + "\n\n")
	if n.Reason != "" {
		line(p.reason, strings.TrimSuffix(n.Reason+": "+n.Detail, ": "))
		if text, ok := reason.In(string(w.Language), n.Reason); ok {
			line(p.means, text.Why)
			line(p.do, text.Do)
		}
	}
	if n.Pipeline != "" {
		line(p.since, w.when(n.Since, p.never))
	}
	if n.Next != nil {
		line(p.next, w.when(n.Next, ""))
	}
	for _, c := range n.Counts {
		line(p.counts, p.count(c))
	}
	if n.Run != "" {
		line(p.run, fmt.Sprintf("%s/%d %s", n.Pipeline, n.Number, n.Run))
		line(p.look, w.look(n.Run))
	}
	if len(n.Sessions) > 0 {
		line(p.session, strings.Join(n.Sessions, ", ")+" "+cmp.Or(w.page("/sessions"), "touchline sessions list"))
	}
	if n.PlanHash != "" {
		line(p.plan, cmp.Or(w.page("/runs/"+n.Run+"/plan"), "touchline plan show "+n.Run))
		line(p.approve, "touchline plan apply "+n.Run+" --hash "+n.PlanHash)
	}
	for _, week := range n.Weeks {
		fmt.Fprintf(&b, p.weekLine, week.Pipeline, week.Good, week.Runs)
		if week.Run != "" {
			b.WriteString(", " + w.look(week.Run))
		}
		b.WriteString("\n")
		for _, c := range week.Counts {
			fmt.Fprintf(&b, "  %s\n", p.count(c))
		}
	}
	if n.Standing != nil {
		w.standing(p, n.Standing, line)
	}
	if today := w.page("/"); n.Kind == Weekly && today != "" {
		line(p.look, today)
	}
	return b.String()
}

// standing tells what waits, each with where a person goes on.
func (w Words) standing(p phrases, s *Standing, line func(name, text string)) {
	for _, part := range []struct {
		phrase, page, verb string
		n                  int64
	}{
		{p.leaving, "/leavers", "leavers list", s.Leaving},
		{p.plans, "/", "runs list", s.Plans},
		{p.conflicts, "/conflicts", "conflicts list --open", s.Conflicts},
		{p.quarantined, "/quarantine", "quarantine", s.Quarantined},
		{p.held, "/quarantine?held=yes", "record list KIND --held", s.Held},
	} {
		if part.n > 0 {
			line(part.phrase, fmt.Sprintf("%d, %s", part.n, cmp.Or(w.page(part.page), "touchline "+part.verb)))
		}
	}
}

func (w Words) phrases() phrases {
	if p, ok := languages[w.Language]; ok {
		return p
	}
	return languages[English]
}

func (w Words) look(run string) string {
	if w.Link == "" {
		return "touchline runs show " + run
	}
	return strings.ReplaceAll(w.Link, "{run}", run)
}

// page is an address of the dashboard; empty where Link is an address of something else.
func (w Words) page(path string) string {
	base, ok := strings.CutSuffix(w.Link, "/runs/{run}")
	if !ok {
		return ""
	}
	return base + path
}

func (w Words) when(at *time.Time, never string) string {
	if at == nil {
		return never
	}
	zone := w.Zone
	if zone == nil {
		zone = time.UTC
	}
	return at.In(zone).Format("2006-01-02 15:04")
}

func (p phrases) count(c Count) string {
	var parts []string
	for _, part := range []struct {
		phrase string
		n      int64
	}{{p.created, c.Created}, {p.changed, c.Changed}, {p.removed, c.Removed}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf(part.phrase, part.n))
		}
	}
	system := c.System
	if system == "hub" {
		system = p.ours
	}
	return fmt.Sprintf("%s, %s: %s", system, c.Kind, strings.Join(parts, ", "))
}

// about puts the name of a pipeline into a phrase that has a place for it.
func about(phrase, pipeline string) string { return strings.ReplaceAll(phrase, "%s", pipeline) }
