package mautic

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// there makes a contact as a form or an import does.
func (b *bundle) there(t *testing.T, values map[string]any, tags ...string) record.ExternalID {
	t.Helper()
	var c struct{ ID int }
	simtest.Control(t, b.Remote, "POST", "/contacts", map[string]any{"values": values, "tags": tags}, &c)
	return record.ExternalID(fmt.Sprint(c.ID))
}

// forbid is what somebody does about Do-Not-Contact for mail by himself.
func (b *bundle) forbid(t *testing.T, id record.ExternalID, reason int, comments string) {
	t.Helper()
	b.forbidBy(t, mail, id, reason, comments)
}

func (b *bundle) forbidBy(t *testing.T, channel string, id record.ExternalID, reason int, comments string) {
	t.Helper()
	simtest.Control(t, b.Remote, "POST", "/contacts/"+string(id)+"/dnc", map[string]any{"channel": channel, "reason": reason, "comments": comments}, nil)
}

// create makes sample n.
func (b *bundle) create(t *testing.T, n int) (record.Fields, record.ExternalID) {
	t.Helper()
	want := sample(n)
	item, err := b.one.Create(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	return want, item.ID
}

// set changes a contact of sample n.
func (b *bundle) set(t *testing.T, n int, id record.ExternalID, set record.Fields) (connector.Item, error) {
	t.Helper()
	return b.one.Update(t.Context(), id, connector.Patch{Set: set, Key: key(sample(n))})
}

// contactOf is a contact as the simulator holds it.
type contactOf struct {
	ID     int
	Values map[string]any
	Tags   []struct{ Tag string }
	DNC    []struct {
		Channel, Comments string
		Reason            int
	}
}

// held is all that the simulator holds, by id.
func (b *bundle) held(t *testing.T) map[record.ExternalID]contactOf {
	t.Helper()
	var dump struct{ Contacts []contactOf }
	simtest.Control(t, b.Remote, "GET", "/dump", nil, &dump)
	out := map[record.ExternalID]contactOf{}
	for _, c := range dump.Contacts {
		out[record.ExternalID(fmt.Sprint(c.ID))] = c
	}
	return out
}

// dnc is how a contact stands on Do-Not-Contact, as "3 EMS, sms 1".
func (b *bundle) dnc(t *testing.T, id record.ExternalID) string {
	t.Helper()
	var out []string
	for _, d := range b.held(t)[id].DNC {
		channel := strings.TrimPrefix(d.Channel+" ", mail+" ")
		out = append(out, strings.TrimSpace(fmt.Sprint(channel, d.Reason, " ", d.Comments)))
	}
	return strings.Join(out, ", ")
}

// since are the calls that were sent after number n, tokens aside.
func (b *bundle) since(n int) []string {
	var out []string
	for _, s := range b.sent.Sent()[n:] {
		if s.Path != "/oauth/v2/token" {
			out = append(out, s.Method+" "+s.Path)
		}
	}
	return out
}

// wantSafe wants that no call was sent that can write over somebody, take somebody off
// Do-Not-Contact, or empty what was not sent.
func (b *bundle) wantSafe(t *testing.T) {
	t.Helper()
	for _, s := range b.sent.Sent() {
		if s.Method == http.MethodPost && s.Path != "/oauth/v2/token" || strings.HasSuffix(s.Path, "/remove") || strings.Contains(s.Body, `"reason":0`) {
			t.Errorf("%s %s was sent", s.Method, s.Path)
		}
		if strings.Contains(s.Body, "overwriteWithBlank") && s.Method != http.MethodPatch {
			t.Errorf("%s %s may empty what was not sent", s.Method, s.Path)
		}
		if s.Method == http.MethodPut && strings.Contains(s.Body, `"id"`) {
			t.Error("a PUT names a contact that is there")
		}
	}
}

func wantClass(t *testing.T, err error, class connector.Class, why string) {
	t.Helper()
	if err == nil || connector.ClassOf(err) != class || !strings.Contains(err.Error(), why) {
		t.Errorf("error %v, want %s: %s", err, class, why)
	}
	if err != nil && strings.Contains(err.Error(), "@") {
		t.Errorf("an error with an address: %v", err)
	}
}

// decoded is what is read of a contact on the wire.
func decoded(t *testing.T, members string) connector.Item {
	t.Helper()
	a := newAccount(Config{}, nil)
	item, _, fault := a.contacts.Decode(json.RawMessage(`{"id":7,` + members + `}`))
	if fault != nil {
		t.Fatalf("%+v", fault)
	}
	return item
}

func tagsOf(c contactOf) string {
	var out []string
	for _, tag := range c.Tags {
		out = append(out, tag.Tag)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// only is what is held of one contact in some of its fields.
func only(c contactOf, aliases ...string) string {
	out := map[string]any{}
	for _, alias := range aliases {
		if v, ok := c.Values[alias]; ok {
			out[alias] = v
		}
	}
	var parts []string
	for _, alias := range slices.Sorted(maps.Keys(out)) {
		parts = append(parts, fmt.Sprintf("%s=%v", alias, out[alias]))
	}
	return strings.Join(parts, " ")
}

func persons(n int) []connector.Op {
	ops := make([]connector.Op, n)
	for i := range ops {
		want := sample(i)
		want[eventperson.Consent] = eventperson.OptedIn
		ops[i].Want = want
	}
	return ops
}
