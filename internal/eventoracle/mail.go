package eventoracle

import "strings"

// statuses of MailChimp, by consent.
var statuses = map[string]string{"in": "subscribed", "out": "unsubscribed", "bounced": "cleaned", "unknown": "transactional"}

// mailChimp compares the audience: a member is who has an address of their own.
func (c *comparison) mailChimp(w World) error {
	var dump struct {
		Lists []struct{ Members []row }
	}
	if err := read("MailChimp", w.MailChimp, &dump); err != nil {
		return err
	}
	members := map[string][]row{}
	for _, m := range dump.Lists[0].Members {
		if id := m.in("merge_fields").text("EMSID"); id != "" && m.text("status") != "archived" {
			members[id] = append(members[id], m)
		}
	}
	for _, p := range c.ems.persons {
		a, found := c.at("mailchimp", "audience", p.id), members[p.id]
		delete(members, p.id)
		if !p.alive || p.email == "" {
			a.left(found)
			continue
		}
		m, ok := one(a, found)
		if !ok {
			continue
		}
		merge, status := m.in("merge_fields"), statuses[p.consent]
		if p.consent == "bounced" && m.text("status") != status {
			status = statuses[p.preference]
		}
		a.same(map[string]string{
			"email": p.email, "status": status, "language": p.text("language"), "first name": p.text("first_name"),
			"last name": p.text("last_name"), "phone": p.phone, "membership": p.best, "memberships": sorted(p.memberships),
		}, map[string]string{
			"email": m.text("email_address"), "status": m.text("status"), "language": m.text("language"), "first name": merge.text("FNAME"),
			"last name": merge.text("LNAME"), "phone": merge.text("PHONE"), "membership": merge.text("MEMBERSHIP"), "memberships": ours(texts(m["tags"]), "ems:"),
		})
	}
	for id := range members {
		c.at("mailchimp", "audience", id).is(Extra)
	}
	return nil
}

// left looks at what remains of who has left: only what must not be forgotten.
func (a at) left(found []row) {
	for _, m := range found {
		if s := m.text("status"); s != "unsubscribed" && s != "cleaned" {
			a.is(Extra)
		}
	}
}

func texts(v any) (out []string) {
	all, _ := v.([]any)
	for _, x := range all {
		switch x := x.(type) {
		case string:
			out = append(out, x)
		case map[string]any:
			out = append(out, row(x).text("tag"))
		}
	}
	return out
}

// countries are the names that Mautic has for those in which invented people live.
var countries = map[string]string{"NL": "Netherlands", "BE": "Belgium", "DE": "Germany", "": ""}

// mautic compares the contacts.
func (c *comparison) mautic(w World) error {
	var dump struct {
		Contacts []struct {
			Values, DNC any
			Tags        any
		}
	}
	if err := read("Mautic", w.Mautic, &dump); err != nil {
		return err
	}
	contacts := map[string][]contact{}
	for _, k := range dump.Contacts {
		values, _ := k.Values.(map[string]any)
		if id := row(values).text("ems_id"); id != "" {
			contacts[id] = append(contacts[id], contactOf(values, k.Tags, k.DNC))
		}
	}
	for _, p := range c.ems.persons {
		a, found := c.at("mautic", "contacts", p.id), contacts[p.id]
		delete(contacts, p.id)
		if !p.alive {
			for _, k := range found {
				if k.memberships != "" || k.forbidden["email"] == "" || k.forbidden["sms"] == "" {
					a.is(Extra)
				}
			}
			continue
		}
		if k, ok := one(a, found); ok {
			a.atMautic(p, k)
		}
	}
	for id := range contacts {
		c.at("mautic", "contacts", id).is(Extra)
	}
	return nil
}

// contact is one of Mautic.
type contact struct {
	row

	memberships string
	moved       bool              // its entry in Do-Not-Contact is about an address before
	forbidden   map[string]string // the reasons that stand in Do-Not-Contact, by channel
}

func contactOf(values row, tags, entries any) contact {
	k := contact{row: values, memberships: ours(texts(tags), "ems-member-"), forbidden: map[string]string{}}
	for _, t := range texts(tags) {
		k.moved = k.moved || t == "ems-new-address"
	}
	all, _ := entries.([]any)
	for _, e := range all {
		e, _ := e.(map[string]any)
		k.forbidden[row(e).text("channel")] = row(e).text("reason")
	}
	return k
}

func (a at) atMautic(p *person, k contact) {
	a.same(map[string]string{
		"email": p.email, "phone": p.phone, "first name": p.text("first_name"), "last name": p.text("last_name"), "birth": p.text("date_of_birth"),
		"language": strings.ReplaceAll(p.text("language"), "-", "_"), "city": p.text("city"), "country": countries[p.text("country")],
		"memberships": sorted(p.memberships),
	}, map[string]string{
		"email": k.text("email"), "phone": k.text("mobile"), "first name": k.text("firstname"), "last name": k.text("lastname"), "birth": k.text("birth_date"),
		"language": k.text("preferred_locale"), "city": k.text("city"), "country": k.text("country"), "memberships": k.memberships,
	})
	may := p.consent == "in" || p.consent == "unknown"
	switch {
	case may && k.forbidden["email"] != "" && !k.moved, !may && k.forbidden["email"] == "":
		a.field("Do-Not-Contact", Differs)
	case k.moved && k.forbidden["email"] == "":
		a.field("new address", Differs)
	}
	// That a number takes no messages is known to Mautic alone.
	if reason := k.forbidden["sms"]; reason != "2" && (p.sms == "out") != (reason != "") {
		a.field("Do-Not-Contact for text messages", Differs)
	}
}
