package organiser

import (
	"context"
	"fmt"
)

// overRace is the race that will be over: nobody of the day enters it.
const overRace = 12

const (
	newRunner = `with p as (
		insert into ems.person (first_name, last_name, date_of_birth, gender, email, phone, language, city, country)
		values ($1, $2, '1988-03-04', 'FEMALE', $3, $4, 'nl', 'Duindorp', 'NL') returning id
	), c as (insert into ems.contact_preference (person_id, channel, state, consent_on) select id, 'EMAIL', 'OPTED_IN', now() from p)
	select id from p`
	newEntry = `with entry as (
		insert into ems.event_participant
			(event_id, person_id, race_id, category_name, first_name, last_name, email, date_of_birth, gender, bib, paid, registered_on)
		select r.event_id, p.id, r.id, r.category_name, p.first_name, p.last_name, p.email, p.date_of_birth, p.gender, nullif($3, ''), true, now()
		from ems.race r, ems.person p where r.id = $2 and p.id = $1 returning id, event_id, person_id, race_id, bib
	), place as (
		insert into ems.start_group_participant (start_group_id, event_participant_id, seq)
		select g.id, e.id, 1 + (select coalesce(max(seq), 0) from ems.start_group_participant s where s.start_group_id = g.id)
		from entry e join ems.start_group g on g.race_id = e.race_id and g.seq = 1
	), worn as (
		insert into ems.tag (number, epc, type, person_id)
		select 'D' || id, 'E28012' || lpad(to_hex(id), 10, '0'), 'UHF', person_id from entry returning id
	), mapping as (
		insert into ems.bib_tag_mapping (tag_id, person_id, event_id, bib, valid_from)
		select w.id, e.person_id, e.event_id, e.bib, now() from worn w, entry e
	) select id from entry`
)

// enter makes somebody a participant of a race, with a place in its first group and a tag.
func (d *Day) enter(ctx context.Context, person int64, race int, bib string) (id int64, err error) {
	if err = d.DB.QueryRow(ctx, newEntry, person, race, bib).Scan(&id); err != nil {
		return 0, fmt.Errorf("enter person %d in race %d: %w", person, race, err)
	}
	return id, nil
}

// registrations are made at the desk: one address is typed in capitals, one phone without
// a country.
func (d *Day) registrations(ctx context.Context) error {
	for i, in := range []struct{ first, last, email, phone string }{
		{"Quirijn", "Nieuwkoop", "Day.Quirijn@Example.ORG", "+31681000001"},
		{"Rosa", "Nieuwkoop", "day.rosa@example.org", "06-81000002"},
		{"Zoë", "van 't Hof-Ünal", "day.zoe@example.org", ""},
	} {
		var id int64
		if err := d.DB.QueryRow(ctx, newRunner, in.first, in.last, in.email, in.phone).Scan(&id); err != nil {
			return fmt.Errorf("register a person: %w", err)
		}
		d.used = append(d.used, id)
		if _, err := d.enter(ctx, id, []int{1, 6, 10}[i], []string{d.bib(), "", d.bib()}[i]); err != nil {
			return err
		}
	}
	return d.registerThere(ctx)
}

func (d *Day) secondEntries(ctx context.Context) error {
	for event := 1; event <= 2; event++ {
		id, err := d.draw(ctx, alone+` and `+absent(event))
		if err != nil {
			return err
		}
		if _, err := d.enter(ctx, id, 4*event-1, map[int]string{1: d.bib()}[event]); err != nil {
			return err
		}
	}
	return nil
}

// anotherRace is within the third event, for which people register with the organiser
// alone: RunSignup lets nobody but its own users transfer.
func (d *Day) anotherRace(ctx context.Context) error {
	person, err := d.draw(ctx, entered(3))
	if err != nil {
		return err
	}
	entry, err := d.entry(ctx, person, 3)
	if err != nil {
		return err
	}
	return inOrder(ctx,
		func(ctx context.Context) error {
			return d.sql(ctx, `update ems.event_participant e set race_id = r.id, category_name = r.category_name
				from ems.race r where e.id = $1 and r.id = case e.race_id when 9 then 10 else 9 end`, entry)
		},
		func(ctx context.Context) error {
			return d.sql(ctx, `update ems.start_group_participant s set start_group_id = g.id, seq = 5000 from ems.event_participant e
				join ems.start_group g on g.race_id = e.race_id and g.seq = 1 where e.id = $1 and s.event_participant_id = e.id`, entry)
		},
		func(ctx context.Context) error {
			return d.sql(ctx, `update ems.start_group set start_time = start_time + interval '10 minutes' where race_id in (9, 10) and seq = 2`)
		},
	)
}

// soldStart gives bib and tag of one person to another, who enters the same race.
func (d *Day) soldStart(ctx context.Context) error {
	from, err := d.draw(ctx, entered(3))
	if err != nil {
		return err
	}
	to, err := d.draw(ctx, `p.date_of_birth < date '2000-01-01' and `+absent(3))
	if err != nil {
		return err
	}
	entry, err := d.entry(ctx, from, 3)
	if err != nil {
		return err
	}
	return inOrder(ctx,
		func(ctx context.Context) error {
			return d.sql(ctx, `update ems.event_participant set active = false where id = $1`, entry)
		},
		func(ctx context.Context) error {
			return d.sql(ctx, `with entry as (
				insert into ems.event_participant
					(event_id, person_id, race_id, category_name, first_name, last_name, email, date_of_birth, gender, bib, paid, registered_on)
				select s.event_id, p.id, s.race_id, s.category_name, p.first_name, p.last_name, p.email, p.date_of_birth, p.gender, s.bib, true, now()
				from ems.event_participant s, ems.person p where s.id = $1 and p.id = $2 returning id)
				update ems.start_group_participant s set event_participant_id = e.id from entry e where s.event_participant_id = $1`, entry, to)
		},
		func(ctx context.Context) error {
			return d.sql(ctx, `update ems.bib_tag_mapping set valid_to = now() where person_id = $1 and event_id = 3 and valid_to is null`, from)
		},
		func(ctx context.Context) error {
			return d.sql(ctx, `insert into ems.bib_tag_mapping (tag_id, person_id, event_id, bib, valid_from)
				select tag_id, $2, event_id, bib, valid_to from ems.bib_tag_mapping where person_id = $1 and event_id = 3 and valid_to is not null`, from, to)
		},
	)
}

// bundle is one person in two races of an event, under one bib.
func (d *Day) bundle(ctx context.Context) error {
	person, err := d.draw(ctx, alone+` and `+absent(1))
	if err != nil {
		return err
	}
	bib := d.bib()
	for _, race := range []int{2, 4} {
		if _, err := d.enter(ctx, person, race, bib); err != nil {
			return err
		}
	}
	return nil
}

// swappedBibs are those of two participants each of the first event and of the third.
func (d *Day) swappedBibs(ctx context.Context) error {
	for _, event := range []int{1, 3} {
		two, err := d.drawn(ctx, 2, entered(event))
		if err != nil {
			return err
		}
		one, err := d.entry(ctx, two[0], event)
		if err != nil {
			return err
		}
		other, err := d.entry(ctx, two[1], event)
		if err != nil {
			return err
		}
		err = d.sql(ctx, `with was as (select id, person_id, event_id, bib from ems.event_participant where id in ($1, $2)), swapped as (
			update ems.event_participant e set bib = o.bib from was o where e.id in ($1, $2) and o.id in ($1, $2) and o.id <> e.id)
			update ems.bib_tag_mapping m set bib = o.bib from was e join was o on o.id <> e.id
			where m.person_id = e.person_id and m.event_id = e.event_id and m.bib = e.bib`, one, other)
		if err != nil {
			return err
		}
	}
	return nil
}

// withdrawn is one who enters, gets another number and withdraws before the timing server
// has heard of any of it, and one whose entry it knows.
func (d *Day) withdrawn(ctx context.Context) error {
	person, err := d.draw(ctx, alone+` and `+absent(3))
	if err != nil {
		return err
	}
	entry, err := d.enter(ctx, person, 11, d.bib())
	if err != nil {
		return err
	}
	if err := d.sql(ctx, `update ems.event_participant set bib = $2 where id = $1`, entry, d.bib()); err != nil {
		return err
	}
	known, err := d.draw(ctx, entered(1))
	if err != nil {
		return err
	}
	for of, event := range map[int64]int{person: 3, known: 1} {
		if err := d.withdraw(ctx, of, event); err != nil {
			return err
		}
	}
	return nil
}

// withdraw takes somebody out of an event; the tags are given back.
func (d *Day) withdraw(ctx context.Context, person int64, event int) error {
	if err := d.sql(ctx, `delete from ems.bib_tag_mapping where person_id = $1 and event_id = $2`, person, event); err != nil {
		return err
	}
	return d.sql(ctx, `delete from ems.event_participant where person_id = $1 and event_id = $2`, person, event)
}

func (d *Day) raceOver(ctx context.Context) error {
	return d.sql(ctx, `update ems.race set status = 'COMPLETED' where id = $1`, overRace)
}

// programme is what the organiser changes of an event of its own.
func (d *Day) programme(ctx context.Context) error {
	for _, q := range []string{
		`update ems.organisation set name = 'Duinlopers en vrienden' where name = 'Duinlopers'`,
		`update ems.event set name = 'Duinrace bij avond', start_date_time = start_date_time + interval '1 hour', end_date_time = end_date_time + interval '1 hour' where id = 3`,
		`update ems.race set distance_meters = 10100, start_time = start_time + interval '1 hour' where id = 10`,
		`insert into ems.start_group (race_id, name, seq, start_time) select id, 'Startvak 9', 9, start_time from ems.race where id = 11`,
		`delete from ems.start_group g where g.race_id = 11 and g.seq = 9`,
		`insert into ems.start_group (race_id, name, seq, start_time) select id, 'Bezemwagen', 8, start_time from ems.race where id = 11`,
	} {
		if err := d.sql(ctx, q); err != nil {
			return err
		}
	}
	return d.nextYear(ctx)
}

// nextYear opens an event that is not in the window of the timing server before five hours
// have gone by, to one who is entered in another event as well, and to one who is not.
func (d *Day) nextYear(ctx context.Context) error {
	var race int
	err := d.DB.QueryRow(ctx, `with e as (
		insert into ems.event (organisation_id, name, start_date_time, end_date_time, all_day, timezone, city, country)
		select organisation_id, 'Duinrace van volgend jaar', at, at + interval '8 hours', false, timezone, city, country
		from ems.event, lateral (select now() + interval '365 days 5 hours' as at) t where id = 3 returning id, start_date_time
	), r as (
		insert into ems.race (event_id, name, category_name, race_type_name, start_time, distance_meters, active, status)
		select id, '10 km', 'Recreatief', 'Loop', start_date_time + interval '1 hour', 10000, true, 'PLANNED' from e returning id, start_time
	), g as (
		insert into ems.start_group (race_id, name, seq, start_time) select id, 'Startvak 1', 1, start_time from r
	) select id from r`).Scan(&race)
	if err != nil {
		return fmt.Errorf("open next year's event: %w", err)
	}
	known, err := d.draw(ctx, alone)
	if err != nil {
		return err
	}
	var early int64
	if err := d.DB.QueryRow(ctx, newRunner, "Vera", "Vroeg", "day.vera@example.org", d.phone()).Scan(&early); err != nil {
		return fmt.Errorf("register a person: %w", err)
	}
	d.used = append(d.used, early)
	for _, person := range []int64{known, early} {
		if _, err := d.enter(ctx, person, race, d.bib()); err != nil {
			return err
		}
	}
	return nil
}
