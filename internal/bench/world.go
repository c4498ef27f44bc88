package main

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

const (
	sourceName record.System = "source"
	targetName record.System = "target"
	pageSize                 = 500
)

// Fields that make a member of about 700 bytes in JSON.
var memberFields = []record.Field{
	person.RelationCode, person.FirstName, person.Infix, person.LastName, person.Gender, person.BirthDate,
	person.Email1, person.Mobile1, person.Phone1, person.Street, person.HouseNumber, person.HouseNumberExt,
	person.PostalCode, person.City, person.Country, person.CountryCode, person.MemberSince, person.MemberType,
	person.AgeClass, person.GameActivity, person.PhotoDate, person.UnionTeams, person.ClubTeams,
	person.Parent1Name, person.Parent1Email, person.Parent1Phone, person.FormerMember,
}

// source is a system that makes its records up as they are asked for, in the
// order of their ids. It holds one page and gives it out again and again, so
// that what a run allocates is the run's own.
type source struct {
	n    int
	page []connector.Item
	text []byte
}

func newSource(n int) *source {
	s := &source{n: n}
	for i := range pageSize {
		f := record.Fields{
			person.FirstName: fmt.Sprintf("First%03d", i), person.Infix: "", person.LastName: fmt.Sprintf("van Surname%03d", i),
			person.Gender: "female", person.BirthDate: "2009-05-17", person.Mobile1: fmt.Sprintf("+316000%05d", i),
			person.Phone1: fmt.Sprintf("+3126000%04d", i), person.Street: "Street of the Example", person.HouseNumber: fmt.Sprint(i),
			person.HouseNumberExt: "A", person.PostalCode: "6500 AA", person.City: "Exampleton", person.Country: "Nederland",
			person.CountryCode: "NL", person.MemberSince: "2018-07-01", person.MemberType: "Bondslid",
			person.AgeClass: "Onder 17", person.GameActivity: "Veld - Algemeen", person.PhotoDate: "2024-08-15",
			person.UnionTeams: "MO17-1", person.ClubTeams: "", person.Parent1Name: fmt.Sprintf("Parent of Surname%03d", i),
			person.Parent1Email: fmt.Sprintf("parent%03d@example.org", i), person.Parent1Phone: fmt.Sprintf("+316111%05d", i),
			person.FormerMember: "false",
		}
		s.page = append(s.page, connector.Item{Fields: f})
	}
	return s
}

const address = "@example.org"

// fill makes the page from record i on.
func (s *source) fill(i, n int) []connector.Item {
	s.text = s.text[:0]
	for k := range n {
		s.text = fmt.Appendf(s.text, "P%08d%s", i+k, address)
	}
	text, each := string(s.text), 9+len(address)
	for k := range n {
		mail := text[k*each : (k+1)*each]
		it := &s.page[k]
		it.ID = record.ExternalID(mail[:9])
		it.Fields[person.RelationCode], it.Fields[person.Email1] = mail[:9], mail
	}
	return s.page[:n]
}

func (s *source) list(context.Context, connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		for i := 0; i < s.n; i += pageSize {
			n := min(pageSize, s.n-i)
			last := i+n == s.n
			page := connector.Page{
				Items:    s.fill(i, n),
				Evidence: connector.Evidence{SignedIn: true, Filters: true, End: last, Stated: last, Count: s.n},
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// each hands out all records, one by one.
func (s *source) each(f func(connector.Item)) {
	for i := 0; i < s.n; i += pageSize {
		for _, it := range s.fill(i, min(pageSize, s.n-i)) {
			f(it)
		}
	}
}

func (s *source) Collections() []connector.Collection {
	return []connector.Collection{{
		Kind: person.Kind, Place: "members", View: "all", Complete: true, Ordered: true, Reads: memberFields, List: s.list,
	}}
}

func (s *source) Check(context.Context) (string, error) { return "bench", nil }
func (s *source) Close() error                          { return nil }

var digestKey = []byte("the key of a measurement")

var people = step.Pipeline{
	Name: "people", Family: "club",
	Reads:  []step.Read{{System: sourceName, Place: "members", View: "all", Needed: true}},
	Writes: []step.Write{{System: targetName, Place: "people"}},
}

// newEngine keeps a target in memory in step with the source.
func newEngine(db *database, s *source) (*engine.Engine, error) {
	rules := map[record.Field]policy.Rule{}
	for _, f := range memberFields {
		rules[f] = policy.Owned(sourceName)
	}
	policies := policy.Set{{
		Kind: person.Kind, KeyFields: []record.Field{person.RelationCode}, Sources: []record.System{sourceName},
		Key:     func(f record.Fields) string { return f[person.RelationCode] },
		Targets: []policy.Target{policy.TargetAt(targetName, "people")}, Fields: rules,
	}}
	target := memory.New(targetName, memory.Place{
		Name: "people", Kind: person.Kind, Reads: memberFields, Writes: memberFields,
		Key: []record.Field{person.RelationCode}, Unlisted: true,
	})
	conn, err := target.Open(store.NewHost(db.pool, targetName, nil, slog.New(slog.DiscardHandler), nil))
	if err != nil {
		return nil, err
	}
	settings := engine.DefaultSettings()
	settings.DigestKey = digestKey
	return engine.New(store.Open(db.pool), policies, nil, []engine.System{
		{Name: sourceName, Connector: s}, {Name: targetName, Connector: conn},
	}, settings, time.Now)
}
