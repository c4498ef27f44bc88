package mauticsim

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// edit is what a user of Mautic, or a form, makes of a contact.
type edit struct {
	Values map[string]any `json:"values"` // null clears
	Tags   []string       `json:"tags"`
}

// controls are the calls that only this simulator has.
func (s *sim) controls() {
	simkit.Patch(s.Kit, "/settings", func(*http.Request) *settings { return s.settings })
	contacts := simkit.EditsOf("/contacts", s.contacts)
	contacts.New = func() *contact { return &contact{Values: map[string]any{}, Added: s.Now()} }
	contacts.Edit = func(_ *simkit.Table[contact], c *contact, body []byte) error {
		var in edit
		if err := simkit.Strict(body, &in); err != nil {
			return err
		}
		for alias := range in.Values {
			if s.fields.Get(alias) == nil {
				return fmt.Errorf("there is no field %s", alias)
			}
		}
		maps.Copy(c.Values, in.Values)
		maps.DeleteFunc(c.Values, func(_ string, v any) bool { return v == nil })
		if in.Tags != nil {
			c.Tags = nil
			for _, name := range in.Tags {
				s.label(c, []any{name})
			}
		}
		c.Modified = s.Now()
		return nil
	}
	contacts.Serve(s.Kit)
	contacts.Act(s.Kit, "POST /contacts/{id}/dnc", func(_ *simkit.Table[contact], c *contact, body []byte) error {
		in := struct {
			Channel  string `json:"channel"`
			Reason   int    `json:"reason"`
			Comments string `json:"comments"`
		}{Channel: "email"}
		if err := simkit.Strict(body, &in); err != nil {
			return err
		}
		if in.Reason == 0 {
			allow(c, in.Channel)
		} else {
			s.forbid(c, in.Channel, in.Reason, in.Comments)
		}
		return nil
	})
	simkit.Post(s.Kit, "/contacts/{id}/merge", func(r *http.Request, in struct {
		Into int `json:"into"`
	},
	) (any, error) {
		return nil, s.merge(r.PathValue("id"), strconv.Itoa(in.Into))
	})
	fields := simkit.EditsOf("/fields", s.fields)
	fields.New = func() *field { return &field{ID: 100 + s.fields.Len(), Type: "text", Published: true} }
	fields.Serve(s.Kit)
	simkit.Post(s.Kit, "/expire", func(*http.Request, struct{}) (any, error) {
		clear(s.tokens)
		return nil, nil
	})
}

// merge makes one contact of two, as a user of Mautic does: what the one that stays
// lacks it has of the other, tags and the strongest Do-Not-Contact unite, and the old id
// leads to it.
func (s *sim) merge(loser, winner string) error {
	lost := s.contacts.Get(loser)
	if lost == nil || s.contacts.Get(winner) == nil || loser == winner {
		return simkit.ErrMissing
	}
	if _, err := s.contacts.Delete(nil, loser); err != nil {
		return err
	}
	next, err := s.contacts.Update(nil, winner, func(c *contact) error {
		for alias, v := range lost.Values {
			if c.Values[alias] == nil {
				c.Values[alias] = v
			}
		}
		for _, t := range lost.Tags {
			s.label(c, []any{t.Name})
		}
		for _, d := range lost.DNC {
			s.forbid(c, d.Channel, d.Reason, d.Comments)
		}
		c.Points, c.Modified = c.Points+lost.Points, s.Now()
		return nil
	})
	if err != nil {
		return err
	}
	s.merges.Fill(&merged{Old: lost.ID, Into: next.ID})
	return nil
}

// strangers are invented contacts whom no organiser knows.
func (s *sim) strangers() {
	first := []string{"Aaf", "Bram", "Chiara", "Dineo", "Ella", "Freek", "Güler", "Hlengiwe", "Inès", "Jorn"}
	last := []string{"Visitor", "Follower", "Guest", "Supporter", "Neighbour", "Donor"}
	r := rand.New(rand.NewPCG(uint64(s.options.Seed), 23))
	for i := range s.options.Members {
		at := time.Date(2025, 1, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(500*24)) * time.Hour)
		c := &contact{Added: at, Modified: at, Values: map[string]any{
			"email": fmt.Sprintf("visitor.%d@visitors.example.org", i+1), "firstname": first[r.IntN(len(first))], "lastname": last[r.IntN(len(last))],
		}}
		switch r.IntN(20) {
		case 0:
			c.DNC = []dnc{{ID: s.store.Number(), Channel: "email", Reason: 1, Added: at}}
		case 1:
			s.label(c, []any{"newsletter"})
		}
		s.contacts.Fill(c)
	}
}
