package memory_test

import (
	"testing"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// A record of a kind that package value knows reads canonically, and stays as it
// was put.
func TestValues(t *testing.T) {
	t.Parallel()
	all := []record.Field{person.RelationCode, person.FirstName, person.Mobile1, person.Email1}
	s := memory.New("memory", memory.Place{
		Name: "people", Kind: person.Kind, Reads: all, Writes: all, Key: []record.Field{person.RelationCode}, Unique: []record.Field{person.Email1},
	})
	raw := record.Fields{person.RelationCode: "ab1", person.FirstName: "Zoe\u0308\x00", person.Mobile1: "06-12345678 / 020-1234567", person.Email1: "Jo@Example.org"}
	id := s.Put("people", "", raw)
	c := s.Collections()[0]
	item, err := c.Get(t.Context(), id)
	if err != nil || item.Fields[person.RelationCode] != "AB1" || item.Fields[person.Mobile1] != "+31612345678" || item.Fields[person.Email1] != "jo@example.org" {
		t.Fatalf("%q, %v", item.Fields, err)
	}
	if item.Unreadable[person.FirstName] != value.HasNUL || item.Notes[person.Mobile1] != value.TwoNumbers {
		t.Errorf("%v, %v", item.Unreadable, item.Notes)
	}
	// The same in another form is nothing to write.
	_, err = c.Update(t.Context(), id, connector.Patch{
		Key: record.Fields{person.RelationCode: "AB1"}, Was: item.Fields,
		Set: record.Fields{person.Mobile1: "+31612345678", person.Email1: "JO@example.org"},
	})
	if err != nil || s.Writes != 0 || s.All("people")[id][person.Mobile1] != raw[person.Mobile1] {
		t.Errorf("%d writes, %v", s.Writes, err)
	}
	if found, err := c.Find(t.Context(), record.Fields{person.RelationCode: "AB1"}); err != nil || found.ID != id {
		t.Errorf("found %q, %v", found.ID, err)
	}
	if _, err := c.Create(t.Context(), record.Fields{person.RelationCode: "AB2", person.Email1: "JO@Example.org"}); connector.ClassOf(err) != connector.Rejected {
		t.Errorf("one mailbox twice: %v", err)
	}
	if _, err := c.Create(t.Context(), record.Fields{person.RelationCode: "AB2", person.Mobile1: "none"}); connector.ClassOf(err) != connector.Rejected {
		t.Errorf("a phone that is none: %v", err)
	}
}
