package rondoclub_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// contactRows are the rows of contact_info: type, label and value.
func (b *bundle) contactRows(id record.ExternalID) (out []string) {
	for _, r := range b.rows(id, "contact_info") {
		o, _ := r.(object)
		out = append(out, fmt.Sprintf("%v/%v/%v", o["contact_type"], o["contact_label"], o["contact_value"]))
	}
	return out
}

// A slot of ours that is emptied leaves no hole that another row falls into.
func TestContactRows(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{Theme: rondosim.ACF})
	id := b.create(record.Fields{person.FirstName: "Zoë", person.Email2: "twee@example.org", person.Mobile1: "+31612345678"}).ID
	if f := b.get(id); f[person.Email1] != "" || f[person.Email2] != "twee@example.org" || f[person.Mobile1] != "+31612345678" || f[person.Phone1] != "" {
		t.Fatalf("%v", f)
	}
	b.control("PATCH", "/people/"+string(id), object{"fields": object{"contact_info": []object{
		{"contact_type": "website", "contact_label": "club", "contact_value": "https://example.org"},
		{"contact_type": "email", "contact_label": "", "contact_value": "een@example.org"},
		{"contact_type": "mobile", "contact_label": " ", "contact_value": "06-12345678"},
		{"contact_type": "email", "contact_label": nil, "contact_value": "twee@example.org"},
		{"contact_type": "email", "contact_label": "", "contact_value": "drie@example.org"},
	}}}, nil)
	b.steps(id, []contactStep{
		{record.Fields{person.Email1: "nieuw@example.org"}, []string{
			"website/club/https://example.org", "email//nieuw@example.org", "mobile/ /06-12345678", "email//twee@example.org", "email//drie@example.org",
		}},
		{record.Fields{person.Email2: "", person.Phone1: "+31201234567"}, []string{
			"website/club/https://example.org", "email//nieuw@example.org", "mobile/ /06-12345678", "email//", "email//drie@example.org", "phone//+31201234567",
		}},
		{record.Fields{person.Mobile1: "", person.Phone1: ""}, []string{
			"website/club/https://example.org", "email//nieuw@example.org", "email//", "email//drie@example.org",
		}},
	})
}

// A row with a label is somebody's own: it is not read as a field of ours, not written
// over and not taken away, whatever stands in it and wherever it stands.
func TestLabelledContactRows(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{Theme: rondosim.ACF})
	id := b.create(record.Fields{person.FirstName: "Zoë", person.Email1: "een@example.org", person.Mobile1: "+31612345678"}).ID
	b.control("PATCH", "/people/"+string(id), object{"fields": object{"contact_info": []object{
		{"contact_type": "email", "contact_label": "Werk", "contact_value": "werk@example.org"},
		{"contact_type": "mobile", "contact_label": "Noodcontact oma", "contact_value": "06-11111111"},
		{"contact_type": "email", "contact_label": "", "contact_value": "een@example.org"},
		{"contact_type": "phone", "contact_label": "buren", "contact_value": ""},
	}}}, nil)
	theirs := []string{"email/Werk/werk@example.org", "mobile/Noodcontact oma/06-11111111"}
	f := b.get(id)
	for _, said := range []record.Field{person.Email2, person.Mobile1, person.Mobile2, person.Phone1} {
		if v, ok := f[said]; ok {
			t.Errorf("%s reads as %q beside a row with a label: somebody may have put it on ours", said, v)
		}
	}
	if f[person.Email1] != "een@example.org" {
		t.Fatalf("%v", f)
	}
	b.steps(id, []contactStep{
		{record.Fields{person.Email2: "", person.Mobile1: "", person.Phone1: ""}, append(theirs[:2:2], "email//een@example.org", "phone/buren/")},
		{record.Fields{person.Email1: "nieuw@example.org", person.Mobile1: "+31622222222"}, append(theirs[:2:2],
			"email//nieuw@example.org", "phone/buren/", "mobile//+31622222222")},
		{record.Fields{person.Email1: "", person.Mobile1: ""}, append(theirs[:2:2], "phone/buren/")},
		{record.Fields{person.Email1: "weer@example.org"}, append(theirs[:2:2], "phone/buren/", "email//weer@example.org")},
	})
}

// A filled site of the older kind has whom to call in a row with a label, and nobody
// takes that for the member's own phone.
func TestWhomToCallIsNotTheMember(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{Theme: rondosim.ACF, Members: 40, Seed: 7})
	pages, err := b.list("")
	if err != nil {
		t.Fatal(err)
	}
	labelled := 0
	for _, page := range pages {
		for _, item := range page.Items {
			for _, r := range b.contactRows(item.ID) {
				if v, ok := strings.CutPrefix(r, "mobile/Noodcontact/"); ok {
					labelled++
					if item.Fields[person.Mobile1] == v || item.Fields[person.Mobile2] == v {
						t.Errorf("record %s shows the phone of whom to call as its own", item.ID)
					}
				}
			}
		}
	}
	if labelled == 0 {
		t.Error("nobody has a row with a label")
	}
}

// contactStep is an update and the rows that it leaves.
type contactStep struct {
	set  record.Fields
	want []string
}

// steps carries out updates: each reads back as it was set, or says nothing of what
// is empty, and a second time there is nothing to write.
func (b *bundle) steps(id record.ExternalID, steps []contactStep) {
	b.t.Helper()
	for i, step := range steps {
		item := b.update(id, step.set)
		if got := b.contactRows(id); !slices.Equal(got, step.want) {
			b.t.Fatalf("step %d: rows %q\nwant %q", i, got, step.want)
		}
		for f, v := range step.set {
			if item.Fields[f] != v {
				b.t.Errorf("step %d: %s reads as %q", i, f, item.Fields[f])
			}
		}
		since := len(b.kit.Writes(0))
		if b.update(id, step.set); len(b.kit.Writes(since)) != 0 {
			b.t.Errorf("step %d is written twice", i)
		}
	}
}
