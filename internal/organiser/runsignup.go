package organiser

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
)

// registered is a registration as RunSignup keeps it, with the race that it is of.
type registered struct {
	ID     int    `json:"registration_id"`
	Race   int64  `json:"race_id"`
	Events []int  `json:"event_ids"`
	User   int    `json:"user_id"`
	Bib    string `json:"bib"`
	Reason string `json:"removed_reason"`
}

// registration is that of a participant of EMS.
func (d *Day) registration(ctx context.Context, participant int64) (*registered, error) {
	var first, last, email string
	var race int64
	err := d.DB.QueryRow(ctx, `select coalesce(first_name, ''), last_name, coalesce(email, ''), race_id from ems.event_participant where id = $1`, participant).
		Scan(&first, &last, &email, &race)
	if err != nil {
		return nil, fmt.Errorf("participant %d: %w", participant, err)
	}
	var dump struct {
		Users []struct {
			ID    int    `json:"user_id"`
			First string `json:"first_name"`
			Last  string `json:"last_name"`
			Email string `json:"email"`
		}
		Registrations []registered
	}
	if err := d.RunSignup.Call(ctx, http.MethodGet, "/dump", nil, &dump); err != nil {
		return nil, err
	}
	users := map[int]bool{}
	for _, u := range dump.Users {
		users[u.ID] = u.First == first && u.Last == last && u.Email == email
	}
	for _, r := range dump.Registrations {
		if users[r.User] && r.Reason == "" && len(r.Events) == 1 && r.Events[0] == int(3100+race) {
			return &r, nil
		}
	}
	return nil, fmt.Errorf("participant %d is not registered at RunSignup", participant)
}

// registerThere are two people whom EMS does not know: one enters a race of the second
// event under a bib, the other two races of the first one at once.
func (d *Day) registerThere(ctx context.Context) error {
	for _, in := range []struct {
		first, email, bib string
		race              int64
		events            []int
	}{
		{"Tess", "day.tess@example.org", d.bib(), 1102, []int{3107}},
		{"Umut", "day.umut@example.org", "", 1101, []int{3101, 3103}},
	} {
		var user struct {
			ID int `json:"user_id"`
		}
		err := d.RunSignup.Call(ctx, http.MethodPost, "/users", object{
			"first_name": in.first, "last_name": "Inschrijver", "email": in.email, "dob": "1992-06-07", "gender": "F", "phone": d.phone(),
			"account": true, "address": object{"city": "Zandwijk", "country_code": "NL"},
		}, &user)
		if err != nil {
			return fmt.Errorf("register at RunSignup: %w", err)
		}
		err = d.at(ctx, d.RunSignup, http.MethodPost, "/registrations", object{
			"race_id": in.race, "event_ids": in.events, "user_id": user.ID, "bib": in.bib, "paid": 2500,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// drawRegistered draws a person who has one entry of an event, and is registered for it.
func (d *Day) drawRegistered(ctx context.Context, event int) (participant int64, r *registered, err error) {
	person, err := d.draw(ctx, alone+` and `+entered(event))
	if err != nil {
		return 0, nil, err
	}
	if participant, err = d.entry(ctx, person, event); err != nil {
		return 0, nil, err
	}
	r, err = d.registration(ctx, participant)
	return participant, r, err
}

// transfersThere are what runners do themselves: one registration ends, and the same
// person goes on under a new one, in another race.
func (d *Day) transfersThere(ctx context.Context) error {
	for event := 1; event <= 2; event++ {
		participant, old, err := d.drawRegistered(ctx, event)
		if err != nil {
			return err
		}
		race := 4*event - 3 // the shortest
		if old.Events[0] == 3100+race {
			race++
		}
		var next struct {
			ID int `json:"registration_id"`
		}
		err = d.RunSignup.Call(ctx, http.MethodPost, "/registrations", object{
			"race_id": old.Race, "event_ids": []int{3100 + race}, "user_id": old.User, "bib": old.Bib, "paid": 1000,
		}, &next)
		if err != nil {
			return fmt.Errorf("register at RunSignup: %w", err)
		}
		err = d.at(ctx, d.RunSignup, http.MethodPost, fmt.Sprintf("/registrations/%d/remove", old.ID), object{"reason": "transferred", "new_registration_id": next.ID})
		if err != nil {
			return err
		}
		d.wants("event_participant", participant, "race_id", strconv.Itoa(race))
		d.wants("event_participant", participant, "active", "true")
	}
	return nil
}

// atRunSignup is a day at the desk of the registration platform.
func (d *Day) atRunSignup(ctx context.Context) error {
	removed, r, err := d.drawRegistered(ctx, 1)
	if err != nil {
		return err
	}
	if err := d.at(ctx, d.RunSignup, http.MethodPost, fmt.Sprintf("/registrations/%d/remove", r.ID), object{"reason": "removed"}); err != nil {
		return err
	}
	d.wants("event_participant", removed, "active", "false")
	numbered, r, err := d.drawRegistered(ctx, 2)
	if err != nil {
		return err
	}
	bib := d.bib()
	if err := d.at(ctx, d.RunSignup, http.MethodPatch, fmt.Sprintf("/registrations/%d", r.ID), object{"bib": bib}); err != nil {
		return err
	}
	d.wants("event_participant", numbered, "bib", bib)
	renamed, r, err := d.drawRegistered(ctx, 2)
	if err != nil {
		return err
	}
	email := d.address()
	if err := d.at(ctx, d.RunSignup, http.MethodPatch, fmt.Sprintf("/users/%d", r.User), object{"email": email}); err != nil {
		return err
	}
	d.wants("event_participant", renamed, "email", email)
	return nil
}
