package freescoutsim

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// control adds the control calls besides simkit's: how the installation behaves, and
// what the people of the helpdesk do in its own pages.
func (s *sim) control() {
	simkit.Patch(s.Kit, "/settings", func(*http.Request) *settings { return s.settings })
	simkit.EditsOf("/customers", s.customers).Serve(s.Kit)
	simkit.Post(s.Kit, "/customers/{id}/merge", s.merge)
	s.hand()
}

// merge merges a customer into another: addresses and conversations go along, what is
// empty there is filled, and the id is gone.
func (s *sim) merge(r *http.Request, in struct {
	Into int `json:"into"`
},
) (any, error) {
	from, into := s.customers.Get(r.PathValue("id")), strconv.Itoa(in.Into)
	if from == nil || s.customers.Get(into) == nil || from.ID == in.Into {
		return nil, simkit.ErrMissing
	}
	if _, err := s.customers.Delete(nil, strconv.Itoa(from.ID)); err != nil {
		return nil, err
	}
	for _, c := range s.conversations.Select(func(c *conversation) bool { return c.Customer == from.ID }) {
		at := c.Updated // a merge is no change of the conversations
		_, err := s.conversations.Update(nil, strconv.Itoa(c.ID), func(c *conversation) error { c.Customer = in.Into; return nil })
		if err != nil {
			return nil, err
		}
		s.conversations.Get(strconv.Itoa(c.ID)).Updated = at
	}
	_, err := s.customers.Update(nil, into, func(c *customer) error {
		c.Emails = slices.Concat(c.Emails, from.Emails)
		if c.FirstName == "" && c.LastName == "" {
			c.FirstName, c.LastName = from.FirstName, from.LastName
		}
		return nil
	})
	return nil, err
}
