package main

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// lists is how many mailing lists the club of the measurement has.
const lists = 4

var clubFields = []record.Field{
	person.RelationCode, person.FirstName, person.LastName, person.Gender, person.BirthDate, person.Email1, person.Mobile1,
	person.Street, person.HouseNumber, person.PostalCode, person.City, person.MemberSince, person.AgeClass, person.UnionTeams,
	person.Parent1Name, person.Parent1Email, person.Parent1Phone, person.FormerMember,
}

// club is a system of members that makes them up as they are asked for: each two
// of them have a parent in common, so that a person, a family and three entries of
// the mailing lists follow from two members.
type club struct {
	n      int
	season int
	page   []connector.Item
}

func newClub(n int) *club {
	c := &club{n: n, page: make([]connector.Item, pageSize)}
	for i := range c.page {
		c.page[i].Fields = record.Fields{}
	}
	return c
}

// fill makes the page from member i on.
func (c *club) fill(i, n int) []connector.Item {
	for k := range n {
		it, no := &c.page[k], i+k
		it.ID = record.ExternalID(fmt.Sprintf("M%08d", no))
		f := it.Fields
		f[person.RelationCode], f[person.FirstName], f[person.LastName] = string(it.ID), "Robin", "Example"
		f[person.Gender], f[person.BirthDate], f[person.MemberSince] = "female", "2012-05-17", "2018-07-01"
		f[person.Email1], f[person.Mobile1] = fmt.Sprintf("m%08d@example.org", no), fmt.Sprintf("+316%08d", no%100_000_000)
		f[person.Street], f[person.HouseNumber] = "Street of the Example", strconv.Itoa(no%200+1)
		f[person.PostalCode], f[person.City] = "6500 AA", "Exampleton"
		f[person.AgeClass], f[person.UnionTeams], f[person.FormerMember] = "Onder 15", fmt.Sprintf("MO15-%d", c.season+1), "false"
		f[person.Parent1Name], f[person.Parent1Email] = "Sam Example", fmt.Sprintf("p%08d@example.org", no/2)
		f[person.Parent1Phone] = fmt.Sprintf("+316%08d", no/2%100_000_000)
	}
	return c.page[:n]
}

func (c *club) list(context.Context, connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		for i := 0; i < c.n; i += pageSize {
			n := min(pageSize, c.n-i)
			last := i+n == c.n
			page := connector.Page{
				Items:    c.fill(i, n),
				Evidence: connector.Evidence{SignedIn: true, Filters: true, End: last, Stated: last, Count: c.n},
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// Collections has the members.
func (c *club) Collections() []connector.Collection {
	return []connector.Collection{{
		Kind: person.Kind, Place: "members", View: "all", Complete: true, Ordered: true, Reads: clubFields, List: c.list,
	}}
}

// Check knows one account.
func (*club) Check(context.Context) (string, error) { return "bench", nil }

// Close has nothing to let go of.
func (*club) Close() error { return nil }

// sink is a system that answers at once and keeps nothing.
type sink struct {
	colls []connector.Collection
	made  atomic.Int64
}

// Collections are what the sink was given.
func (s *sink) Collections() []connector.Collection { return s.colls }

// Check knows one account.
func (*sink) Check(context.Context) (string, error) { return "bench", nil }

// Close has nothing to let go of.
func (*sink) Close() error { return nil }

// takes adds a place that can only be written; batch is how many creates it takes
// in one call, 0 for one by one.
func (s *sink) takes(kind record.Kind, place string, batch int, fields []record.Field) {
	c := connector.Collection{
		Kind: kind, Place: place, IdempotentCreate: true, Reads: fields, Writes: fields,
		Create: func(_ context.Context, want record.Fields) (connector.Item, error) { return s.create(want), nil },
		Update: func(_ context.Context, id record.ExternalID, p connector.Patch) (connector.Item, error) {
			return connector.Item{ID: id, Fields: p.Set.Clone()}, nil
		},
		Delete: func(context.Context, record.ExternalID) error { return nil },
	}
	if batch > 0 {
		c.Batch, c.WriteMany = batch, func(_ context.Context, ops []connector.Op) ([]connector.Result, error) {
			out := make([]connector.Result, len(ops))
			for i, op := range ops {
				out[i].Item = s.create(op.Want)
			}
			return out, nil
		}
	}
	s.colls = append(s.colls, c)
}

func (s *sink) create(want record.Fields) connector.Item {
	return connector.Item{ID: record.ExternalID(strconv.FormatInt(s.made.Add(1), 10)), Fields: want.Clone()}
}

func ruled(p *policy.Policy) []record.Field {
	out := make([]record.Field, 0, len(p.Fields))
	for f := range p.Fields {
		out = append(out, f)
	}
	return out
}

var clubLoad = step.Pipeline{
	Name: "load", Family: "club",
	Reads: []step.Read{{System: "sportlink", Place: "members", View: "all", Needed: true}},
}

// newClubEngine has the real pages and rules of a club.
func newClubEngine(db *database, c *club) (*engine.Engine, error) {
	rondo, post := &sink{}, &sink{}
	persons := policy.ClubPerson()
	rondo.takes(person.Kind, "people", 0, ruled(persons))
	children := []record.Field{family.Children}
	rondo.colls = append(rondo.colls, connector.Collection{
		Kind: family.Kind, Place: "people", Part: true, Reads: children, Writes: children,
		Refs: map[record.Field]connector.Ref{family.Children: {Kind: person.Kind}},
	})
	for i := range lists {
		post.takes(subscriber.Kind, fmt.Sprintf("list-%d", i+1), 500, ruled(policy.ClubSubscriber(lists)))
	}
	return engine.New(store.Open(db.pool), policy.Club(lists), derive.Club(lists), []engine.System{
		{Name: "sportlink", Connector: c}, {Name: "rondoclub", Connector: rondo}, {Name: "laposta", Connector: post},
	}, benchSettings(), time.Now)
}

func benchSettings() engine.Settings {
	s := engine.DefaultSettings()
	s.DigestKey = digestKey
	return s
}

// approved is a run of which a person has let all limits pass.
func approved() step.Task {
	return step.Task{Run: uuid.Must(uuid.NewV7()), Override: engine.LimitNames()}
}
