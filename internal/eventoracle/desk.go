package eventoracle

import (
	"strings"
)

// chatWoot compares contacts, and conversations with what EMS keeps of them.
func (c *comparison) chatWoot(w World) error {
	var dump struct{ Contacts, Conversations []row }
	if err := read("ChatWoot", w.ChatWoot, &dump); err != nil {
		return err
	}
	contacts, persons := map[string][]row{}, map[string]string{}
	for _, k := range dump.Contacts {
		if id, is := strings.CutPrefix(k.text("identifier"), "ems:"); is {
			contacts[id] = append(contacts[id], k)
			persons[k.text("id")] = id
		}
	}
	for _, p := range c.ems.persons {
		if !p.alive {
			continue
		}
		a := c.at("chatwoot", "contacts", p.id)
		found := contacts[p.id]
		delete(contacts, p.id)
		k, ok := one(a, found)
		if !ok {
			continue
		}
		more, custom := k.in("additional_attributes"), k.in("custom_attributes")
		a.same(map[string]string{
			"name": strings.TrimSpace(p.text("first_name") + " " + p.text("last_name")), "email": p.email, "phone": p.phone,
			"city": p.text("city"), "country": p.text("country"), "membership": strings.ToUpper(p.best),
		}, map[string]string{
			"name": k.text("name"), "email": k.text("email"), "phone": k.text("phone_number"),
			"city": more.text("city"), "country": more.text("country"), "membership": custom.text("ems_membership"),
		})
		if custom.text("ems_deleted") == "true" {
			a.field("deleted", Differs)
		}
	}
	for id := range contacts {
		c.at("chatwoot", "contacts", id).is(Extra)
	}
	c.conversations(dump.Conversations, persons)
	return nil
}

// conversations are kept in EMS, which does not know those that were deleted.
func (c *comparison) conversations(there []row, persons map[string]string) {
	kept := map[string]row{}
	for _, r := range c.ems.living("conversation") {
		kept[r.text("number")] = r
	}
	for _, v := range there {
		number := v.text("id")
		a := c.at("ems", "conversation", number)
		r, is := kept[number]
		if !is {
			a.is(Missing)
			continue
		}
		delete(kept, number)
		a.same(map[string]string{
			"person": persons[v.text("contact_id")], "status": strings.ToUpper(v.text("status")), "labels": sorted(texts(v["labels"])),
		}, map[string]string{"person": r.text("person_id"), "status": r.text("status"), "labels": sorted(texts(r["labels"]))})
	}
	for number := range kept {
		c.at("ems", "conversation", number).is(Extra)
	}
}
