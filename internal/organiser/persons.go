package organiser

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
)

// merged is what the desk finds: two records of one person, who has entered two events.
func (d *Day) merged(ctx context.Context) error {
	source, err := d.draw(ctx, willing+` and `+entered(1))
	if err != nil {
		return err
	}
	target, err := d.draw(ctx, willing+` and `+entered(2)+` and `+absent(1))
	if err != nil {
		return err
	}
	return d.sql(ctx, `select ems.merge_person($1, $2)`, source, target)
}

// ownerMoves has the next one of a household be written to at its address.
func (d *Day) ownerMoves(ctx context.Context) error {
	id, err := d.draw(ctx, ownsShared)
	if err != nil {
		return err
	}
	return d.sql(ctx, `update ems.person set email = $2 where id = $1`, id, d.address())
}

// ownerLeaves takes somebody out with all entries.
func (d *Day) ownerLeaves(ctx context.Context) error {
	// Results go by the numbers of a race that is over: nobody is taken out of it.
	id, err := d.draw(ctx, ownsShared+` and not exists (select from ems.event_participant e where e.person_id = p.id and e.race_id = `+strconv.Itoa(overRace)+`)`)
	if err != nil {
		return err
	}
	for event := 1; event <= 3; event++ {
		if err := d.withdraw(ctx, id, event); err != nil {
			return err
		}
	}
	return d.sql(ctx, `delete from ems.person where id = $1`, id)
}

// joins has somebody take the address of another, and so lose their own one as well.
func (d *Day) joins(ctx context.Context) error {
	two, err := d.drawn(ctx, 2, alone)
	if err != nil {
		return err
	}
	return d.sql(ctx, `update ems.person set email = (select email from ems.person where id = $2) where id = $1`, two[0], two[1])
}

// exchanged has two persons take each other's address, in one statement.
func (d *Day) exchanged(ctx context.Context) error {
	two, err := d.drawn(ctx, 2, willing)
	if err != nil {
		return err
	}
	return d.sql(ctx, `update ems.person p set email = o.email from ems.person o
		where p.id in ($1, $2) and o.id in ($1, $2) and o.id <> p.id`, two[0], two[1])
}

// edits are those of the organiser's own people.
func (d *Day) edits(ctx context.Context) error {
	five, err := d.drawn(ctx, 5, alone)
	if err != nil {
		return err
	}
	for i, q := range []string{
		`update ems.person set last_name = 'Aalders-Brons' where id = $1`,
		`update ems.person set phone = '0681 234 567', city = 'Noorderhaven' where id = $1`,
		`update ems.person set language = 'de', country = 'DE' where id = $1`,
		`update ems.membership set status = 'REVOKED' where person_id = $1`,
		`insert into ems.membership (person_id, period_id, number, status, valid_from)
			select $1::bigint, min(id), 'day', 'ACTIVE', current_date from ems.membership_period
			on conflict (person_id, period_id) where deleted_on is null do update set status = 'ACTIVE'`,
	} {
		if err := d.sql(ctx, q, five[i]); err != nil {
			return err
		}
	}
	return nil
}

// optOuts are made by three persons at three sides. None is ever undone.
func (d *Day) optOuts(ctx context.Context) error {
	three, err := d.drawn(ctx, 3, willing)
	if err != nil {
		return err
	}
	err = d.sql(ctx, `update ems.contact_preference set state = 'OPTED_OUT', consent_on = now() where person_id = $1 and channel = 'EMAIL'`, three[0])
	if err != nil {
		return err
	}
	err = d.sql(ctx, `insert into ems.contact_preference (person_id, channel, state, consent_on) values ($1, 'SMS', 'OPTED_OUT', now())`, three[0])
	if err != nil {
		return err
	}
	address, err := d.emailOf(ctx, three[1])
	if err != nil {
		return err
	}
	if err := d.at(ctx, d.MailChimp, http.MethodPatch, "/members/"+address, object{"status": "unsubscribed"}); err != nil {
		return err
	}
	for _, channel := range []string{"email", "sms"} {
		if err := d.forbid(ctx, three[2], channel, 1); err != nil {
			return err
		}
	}
	for _, id := range three {
		pref, err := d.preference(ctx, id)
		if err != nil {
			return err
		}
		d.wants("contact_preference", pref, "state", "OPTED_OUT")
	}
	return nil
}

func (d *Day) preference(ctx context.Context, person int64) (id int64, err error) {
	err = d.DB.QueryRow(ctx, `select id from ems.contact_preference where person_id = $1 and channel = 'EMAIL' and deleted_on is null`, person).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("preference of person %d: %w", person, err)
	}
	return id, nil
}

func (d *Day) emailOf(ctx context.Context, person int64) (email string, err error) {
	if err = d.DB.QueryRow(ctx, `select email from ems.person where id = $1`, person).Scan(&email); err != nil {
		return "", fmt.Errorf("address of person %d: %w", person, err)
	}
	return email, nil
}

func (d *Day) bounces(ctx context.Context) error {
	id, err := d.draw(ctx, willing)
	if err != nil {
		return err
	}
	d.wants("person", id, "email_bounced_on is not null", "true")
	return d.forbid(ctx, id, "email", 2)
}
