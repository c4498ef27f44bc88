package mailchimp

import (
	"crypto/md5" //nolint:gosec // MailChimp's own key of a contact
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/value"
)

// contact is what is mapped of a member, both ways.
type contact struct {
	Email       mapping.Value `json:"email_address,omitzero"`
	Status      mapping.Value `json:"status,omitzero"`
	StatusIfNew mapping.Value `json:"status_if_new,omitzero"`
	Language    mapping.Value `json:"language,omitzero"`
	Merge       mergeFields   `json:"merge_fields,omitempty"`
}

// empty reports whether nothing is to be sent.
func (c *contact) empty() bool {
	return !c.Email.Set && !c.Status.Set && !c.Language.Set && len(c.Merge) == 0
}

// member is one contact as it is answered. Only what is mapped is read.
type member struct {
	contact

	ContactID string `json:"contact_id"`
	List      string `json:"list_id"`
	Tags      *[]tag `json:"tags"`
	TagsCount int    `json:"tags_count"`
}

type tag struct {
	Name string `json:"name"`
}

// mergeFields are the values by tag, only those in columns.
type mergeFields map[string]*mapping.Value

// merge points a mapping row at a merge field.
func merge(tag string) func(*contact) *mapping.Value {
	return func(c *contact) *mapping.Value {
		if c.Merge == nil {
			c.Merge = mergeFields{}
		}
		v, ok := c.Merge[tag]
		if !ok {
			v = &mapping.Value{}
			c.Merge[tag] = v
		}
		return v
	}
}

// UnmarshalJSON reads the mapped merge fields and passes all others over: an
// address is an object.
func (m *mergeFields) UnmarshalJSON(b []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	*m = mergeFields{}
	for name := range columns {
		raw, ok := all[name]
		if !ok {
			continue
		}
		var v mapping.Value
		if err := v.UnmarshalJSON(raw); err != nil {
			return err
		}
		(*m)[name] = &v
	}
	return nil
}

// problem is an error document.
type problem struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Field string `json:"field"`
	} `json:"errors"`
}

// basic puts the key on a request, as the password of any user.
func basic(key connector.Secret) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth("touchline", key.Reveal()) }
}

// hash is the key of an address on a list (docs/systems/mailchimp.md,
// "Identity").
func hash(address string) string {
	sum := md5.Sum([]byte(mailbox(address))) //nolint:gosec // MailChimp's own key
	return hex.EncodeToString(sum[:])
}

// path is the path of the list, or of something below it.
func (a *audience) path(below string) string {
	return "/3.0/lists/" + url.PathEscape(a.cfg.ListID) + below
}

// of is the path of one contact, by its contact_id or hash.
func (a *audience) of(id string) string { return a.path("/members/" + url.PathEscape(id)) }

// there is a contact as it stands.
type there struct {
	connector.Item

	address string // as it stands, also where it only holds the place of one
	status  string
	merge   mergeFields
	cut     bool // it has more tags than are shown
}

// gone is the error of a contact that is archived: with us that is not there.
func (t there) gone(op string) error {
	if t.status != archived {
		return nil
	}
	return wrong(connector.NotFound, op, "archived", "")
}

// decode makes a contact of an answer. A field that cannot be read is told in the
// item; of the id or the address, by which a contact is known, it is a fault. What
// could be read is returned with a fault.
func (a *audience) decode(raw json.RawMessage) (there, *connector.Fault) {
	var m member
	if json.Unmarshal(raw, &m) != nil {
		// Try for the id alone, so that the contact counts as present.
		var id struct {
			ContactID string `json:"contact_id"`
		}
		_ = json.Unmarshal(raw, &id)
		t := there{Item: connector.Item{ID: record.ExternalID(id.ContactID)}}
		return t, &connector.Fault{ID: t.ID, Why: "unexpected form"}
	}
	t := there{
		Item: connector.Item{ID: record.ExternalID(m.ContactID)}, address: mailbox(m.Email.Text), status: m.Status.Text, merge: m.Merge,
	}
	fault := func(field record.Field, why string) (there, *connector.Fault) {
		return t, &connector.Fault{ID: t.ID, Field: field, Why: why}
	}
	switch {
	case m.List != "" && m.List != a.cfg.ListID:
		return fault("", "a contact of another list")
	case t.address == "" || m.Merge == nil || m.Tags == nil:
		return fault("", "not all of a contact")
	}
	values, wrong := table.Raw(&m.contact)
	if consent, known := consents[t.status]; known {
		values[eventperson.Consent] = consent
	} else if t.status != pending && t.status != archived {
		wrong[eventperson.Consent] = "unknown code"
	}
	read := a.spec().Fields(values)
	for f, why := range wrong {
		read.Refuse(f, why)
	}
	t.Fields, t.Unreadable, t.Notes = read.Fields, read.Unreadable, read.Notes
	if t.cut = m.TagsCount > len(*m.Tags); !t.cut {
		t.tagged(*m.Tags)
	}
	for _, f := range []record.Field{eventperson.ID, eventperson.Email} {
		if why, bad := t.Unreadable[f]; bad {
			return fault(f, why)
		}
	}
	if m.ContactID == "" {
		return fault("", noID)
	}
	return t, nil
}

// noID is the fault of a contact without contact_id.
const noID = "no contact_id"

// tagged makes the memberships what our tags say. A tag is the same in whatever
// letters.
func (t *there) tagged(tags []tag) {
	var ours []string
	for _, one := range tags {
		if name, ok := strings.CutPrefix(strings.ToLower(one.Name), tagPrefix); ok {
			ours = append(ours, name)
		}
	}
	read := value.Reading{Fields: t.Fields, Unreadable: t.Unreadable}
	set, err := value.Set(ours, eventperson.Types[eventperson.Memberships])
	if err != nil {
		read.Refuse(eventperson.Memberships, value.Why(err))
		t.Unreadable = read.Unreadable
		return
	}
	t.Fields[eventperson.Memberships] = set
}
