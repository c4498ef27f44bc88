package organiser

import (
	"context"
	"fmt"
	"strconv"
)

// Step is what happens within the five minutes before a cycle.
type Step struct {
	Name string
	Do   func(ctx context.Context) error
}

// Offline is for how many cycles of the day the timing server cannot be reached.
const Offline = 24

// Day is a day of the organiser: who does what is drawn by its seed.
type Day struct {
	Sites

	seed int64
	used []int64 // persons who have had their part in the day
	last int     // number that was given out
	down int     // fault of the timing server
	want []Want
}

// Want is what EMS must have taken, or kept, in the end.
type Want struct {
	Table  string
	ID     int64
	Column string
	Value  string
}

// NewDay returns a day at sites that have been filled and synced.
func NewDay(s Sites, seed int64) *Day { return &Day{Sites: s, seed: seed} }

// Steps are what happens, a cycle follows each. During the first Offline of them the
// timing server is away.
func (d *Day) Steps() []Step {
	steps := []Step{
		{"the timing server goes off the line; three people register at the desk, two at RunSignup", d.registrations},
		{"two who are known enter another event", d.secondEntries},
		{"somebody changes to another distance, and the group starts later", d.anotherRace},
		{"runners transfer to another distance at RunSignup", d.transfersThere},
		{"a start is sold: another person has the bib and the tag", d.soldStart},
		{"one bib for two races of an event", d.bundle},
		{"bibs are swapped", d.swappedBibs},
		{"two persons turn out to be one", d.merged},
		{"who owns a shared address moves to another one", d.ownerMoves},
		{"who owns a shared address leaves for good", d.ownerLeaves},
		{"somebody joins a household, and its address", d.joins},
		{"two persons exchange their addresses", d.exchanged},
		{"opt-outs in EMS, at MailChimp and at Mautic", d.optOuts},
		{"an address bounces at Mautic", d.bounces},
		{"agents edit contacts: of the webhooks one is lost, one comes twice", d.agents},
		{"one phone is changed in EMS and at ChatWoot", d.bothSides},
		{"a visitor writes to the helpdesk, and is a runner", d.visitor},
		{"runners are removed and renamed at RunSignup, which gives out a bib", d.atRunSignup},
		{"names, memberships and languages change in EMS", d.edits},
		{"people edit by hand where nobody may", d.byHand},
		{"the programme changes, and next year's is open", d.programme},
		{"somebody is entered, renumbered and withdrawn", d.withdrawn},
		{"a race is over", d.raceOver},
		{"the helpdesk answers the visitor", d.answered},
		{"the timing server is back", d.timingIsBack},
	}
	first := steps[0].Do
	steps[0].Do = func(ctx context.Context) error {
		if err := d.timingIsAway(ctx); err != nil {
			return err
		}
		return first(ctx)
	}
	return steps
}

// Lacking are the wants that EMS does not meet.
func (d *Day) Lacking(ctx context.Context) (out []Want, err error) {
	for _, w := range d.want {
		var v string
		q := fmt.Sprintf(`select coalesce((select %s::text from ems.%s where id = $1), '')`, w.Column, w.Table)
		if err := d.DB.QueryRow(ctx, q, w.ID).Scan(&v); err != nil {
			return nil, fmt.Errorf("read %s of %s %d: %w", w.Column, w.Table, w.ID, err)
		}
		if v != w.Value {
			out = append(out, w)
		}
	}
	return out, nil
}

// wants notes that EMS is to have a value in the end.
func (d *Day) wants(table string, id int64, column, value string) {
	d.want = append(d.want, Want{table, id, column, value})
}

// The phones, addresses and bibs of the day are in nobody else's use.
func (d *Day) number() int {
	d.last++
	return d.last
}

func (d *Day) phone() string   { return fmt.Sprintf("+3168%07d", d.number()) }
func (d *Day) address() string { return fmt.Sprintf("day%d@example.org", d.number()) }
func (d *Day) bib() string     { return strconv.Itoa(7000 + d.number()) }

// What may be asked of a person p that is drawn.
const (
	alone = `p.email is not null and p.phone is not null and not exists (
		select from ems.person o where o.email = p.email and o.id <> p.id and o.deleted_on is null)`
	willing = alone + ` and exists (
		select from ems.contact_preference c where c.person_id = p.id and c.channel = 'EMAIL' and c.state = 'OPTED_IN' and c.deleted_on is null)`
	ownsShared = `p.date_of_birth < date '2000-01-01' and not exists (
		select from ems.person o where o.email = p.email and o.id < p.id and o.deleted_on is null) and exists (
		select from ems.person o where o.email = p.email and o.id > p.id and o.deleted_on is null)`
)

// entered asks that a person starts in an event, but in no race that will be over.
func entered(event int) string { return starts(event, fmt.Sprintf(`e.race_id <> %d`, overRace)) }

// absent asks that a person starts in no race of an event.
func absent(event int) string { return `not ` + starts(event, `true`) }

func starts(event int, and string) string {
	return fmt.Sprintf(`exists (select from ems.event_participant e where e.person_id = p.id and e.event_id = %d
		and e.active and e.deleted_on is null and %s)`, event, and)
}

// draw returns a person of whom a condition holds, and who has had no part in the day.
func (d *Day) draw(ctx context.Context, condition string) (id int64, err error) {
	err = d.DB.QueryRow(ctx, `select p.id from ems.person p where p.deleted_on is null and not (p.id = any($1)) and `+condition+`
		order by md5(p.id || '/' || $2::text) limit 1`, d.used, strconv.FormatInt(d.seed, 10)).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("draw a person: %w", err)
	}
	d.used = append(d.used, id)
	return id, nil
}

// drawn draws several persons.
func (d *Day) drawn(ctx context.Context, n int, condition string) ([]int64, error) {
	out := make([]int64, n)
	var err error
	for i := range out {
		if out[i], err = d.draw(ctx, condition); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// entry is the one entry of a person in an event.
func (d *Day) entry(ctx context.Context, person int64, event int) (id int64, err error) {
	err = d.DB.QueryRow(ctx, `select id from ems.event_participant where person_id = $1 and event_id = $2
		and active and deleted_on is null order by id limit 1`, person, event).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("entry of person %d in event %d: %w", person, event, err)
	}
	return id, nil
}

// sql is a program that writes EMS in one transaction.
func (d *Day) sql(ctx context.Context, q string, args ...any) error {
	if _, err := d.DB.Exec(ctx, q, args...); err != nil {
		return fmt.Errorf("edit EMS: %w", err)
	}
	return nil
}

// inOrder does one thing after the other.
func inOrder(ctx context.Context, do ...func(context.Context) error) error {
	for _, f := range do {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}
