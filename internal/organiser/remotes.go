package organiser

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/touchline-sync/touchline/clients"
)

type object = map[string]any

// at is what somebody does at a system.
func (d *Day) at(ctx context.Context, site clients.SimRemote, method, path string, in object) error {
	if err := site.Call(ctx, method, path, in, nil); err != nil {
		return fmt.Errorf("edit %s: %w", site.Info.System, err)
	}
	return nil
}

// timingIsAway has each call to the timing server break off, as on a laptop without a net.
func (d *Day) timingIsAway(ctx context.Context) error {
	var fault struct{ ID int }
	err := d.TagServer.Call(ctx, http.MethodPost, "/faults", object{"match": object{"part": "api"}, "do": object{"kind": "drop"}}, &fault)
	d.down = fault.ID
	return err
}

func (d *Day) timingIsBack(ctx context.Context) error { return d.TagServer.ClearFault(ctx, d.down) }

// forbid is what becomes of a contact in Do-Not-Contact of Mautic, for a channel: 1
// unsubscribed, 2 bounced.
func (d *Day) forbid(ctx context.Context, person int64, channel string, reason int) error {
	id, err := d.contactAtMautic(ctx, person)
	if err != nil {
		return err
	}
	return d.at(ctx, d.Mautic, http.MethodPost, fmt.Sprintf("/contacts/%d/dnc", id), object{"channel": channel, "reason": reason})
}

func (d *Day) contactAtMautic(ctx context.Context, person int64) (int, error) {
	var dump struct {
		Contacts []struct {
			ID     int
			Values struct {
				Person string `json:"ems_id"`
			}
		}
	}
	if err := d.Mautic.Call(ctx, http.MethodGet, "/dump", nil, &dump); err != nil {
		return 0, err
	}
	for _, c := range dump.Contacts {
		if c.Values.Person == strconv.FormatInt(person, 10) {
			return c.ID, nil
		}
	}
	return 0, fmt.Errorf("person %d is not at Mautic", person)
}

// agents edit contacts of the helpdesk; of what they change ChatWoot tells by webhooks.
func (d *Day) agents(ctx context.Context) error {
	five, err := d.drawn(ctx, 5, alone)
	if err != nil {
		return err
	}
	for i, fault := range []string{"", "webhook-lost", "webhook-doubled"} {
		if fault != "" {
			err := d.at(ctx, d.ChatWoot, http.MethodPost, "/faults", object{
				"match": object{"part": "webhooks"}, "times": 1, "do": object{"kind": "named", "name": fault},
			})
			if err != nil {
				return err
			}
		}
		if err := d.newPhone(ctx, five[i]); err != nil {
			return err
		}
		if err := d.told(ctx); err != nil { // so that the fault meets this one
			return err
		}
	}
	email := d.address()
	d.wants("person", five[3], "email", email)
	if err := d.contact(ctx, five[3], object{"email": email}); err != nil {
		return err
	}
	// A name is EMS's: it is put back.
	if err := d.contact(ctx, five[4], object{"name": "An agent's idea"}); err != nil {
		return err
	}
	return d.told(ctx)
}

func (d *Day) newPhone(ctx context.Context, person int64) error {
	phone := d.phone()
	d.wants("person", person, "phone", phone)
	return d.contact(ctx, person, object{"phone_number": phone})
}

func (d *Day) contact(ctx context.Context, person int64, in object) error {
	return d.at(ctx, d.ChatWoot, http.MethodPatch, fmt.Sprintf("/contacts/ems:%d", person), in)
}

// told waits until all webhooks that are not lost have come.
func (d *Day) told(ctx context.Context) error {
	return d.at(ctx, d.ChatWoot, http.MethodGet, "/deliveries?wait=1", nil)
}

// bothSides is a conflict, which EMS wins.
func (d *Day) bothSides(ctx context.Context) error {
	id, err := d.draw(ctx, alone)
	if err != nil {
		return err
	}
	if err := d.contact(ctx, id, object{"phone_number": d.phone()}); err != nil {
		return err
	}
	phone := d.phone()
	d.wants("person", id, "phone", phone)
	if err := d.sql(ctx, `update ems.person set phone = $2 where id = $1`, id, phone); err != nil {
		return err
	}
	return d.told(ctx)
}

// visitor is somebody who writes to the helpdesk, and whom an agent recognises: the
// contact that EMS knows is merged into the visitor's.
func (d *Day) visitor(ctx context.Context) error {
	id, err := d.draw(ctx, alone)
	if err != nil {
		return err
	}
	var visitor struct{ ID int }
	if err := d.ChatWoot.Call(ctx, http.MethodPost, "/contacts", object{"name": "A visitor"}, &visitor); err != nil {
		return fmt.Errorf("write to ChatWoot: %w", err)
	}
	err = d.at(ctx, d.ChatWoot, http.MethodPost, "/conversations", object{"contact_id": visitor.ID, "message": "Is there a late entry?"})
	if err != nil {
		return err
	}
	if err := d.at(ctx, d.ChatWoot, http.MethodPost, fmt.Sprintf("/contacts/ems:%d/merge", id), object{"into": visitor.ID}); err != nil {
		return err
	}
	return d.told(ctx)
}

// answered closes the conversation of the visitor, who is known by now.
func (d *Day) answered(ctx context.Context) error {
	err := d.at(ctx, d.ChatWoot, http.MethodPatch, "/conversations/1", object{"status": "resolved", "labels": []string{"entry"}})
	if err != nil {
		return err
	}
	return d.told(ctx)
}

// byHand are edits at systems that are only written to: they are put back.
func (d *Day) byHand(ctx context.Context) error {
	two, err := d.drawn(ctx, 2, willing)
	if err != nil {
		return err
	}
	address, err := d.emailOf(ctx, two[0])
	if err != nil {
		return err
	}
	err = d.at(ctx, d.MailChimp, http.MethodPatch, "/members/"+address, object{"merge_fields": object{"FNAME": "By hand"}})
	if err != nil {
		return err
	}
	id, err := d.contactAtMautic(ctx, two[1])
	if err != nil {
		return err
	}
	err = d.at(ctx, d.Mautic, http.MethodPatch, fmt.Sprintf("/contacts/%d", id), object{"values": object{"city": "By hand"}})
	if err != nil {
		return err
	}
	return d.handAtFinish(ctx)
}

// handAtFinish is somebody who renames a race on the timing server's own screen, which
// needs no net.
func (d *Day) handAtFinish(ctx context.Context) error {
	var dump struct {
		Races []struct {
			ID    int
			EmsID int `json:"emsId"`
		}
	}
	if err := d.TagServer.Call(ctx, http.MethodGet, "/dump", nil, &dump); err != nil {
		return err
	}
	i := slices.IndexFunc(dump.Races, func(r struct {
		ID    int
		EmsID int `json:"emsId"`
	},
	) bool {
		return r.EmsID == 5
	})
	if i < 0 {
		return fmt.Errorf("race 5 is not at TagServer")
	}
	return d.at(ctx, d.TagServer, http.MethodPatch, fmt.Sprintf("/races/%d", dump.Races[i].ID), object{"name": "By hand"})
}
