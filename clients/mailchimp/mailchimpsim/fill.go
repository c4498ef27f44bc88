package mailchimpsim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// organiserFields are the fields of a new list, and the two that touchline
// asks for.
func organiserFields() []mergeField {
	return []mergeField{
		{ID: 1, Tag: "FNAME", Name: "First Name", Type: "text"},
		{ID: 2, Tag: "LNAME", Name: "Last Name", Type: "text"},
		{ID: 3, Tag: "ADDRESS", Name: "Address", Type: "address"},
		{ID: 4, Tag: "PHONE", Name: "Phone Number", Type: "phone", Phone: "none"},
		{ID: 5, Tag: "BIRTHDAY", Name: "Birthday", Type: "birthday"},
		{ID: 6, Tag: "EMSID", Name: "EMS id", Type: "text"},
		{ID: 7, Tag: "MEMBERSHIP", Name: "Membership", Type: "text"},
	}
}

// fill adds invented readers whom no administration of an organiser knows.
func (s *sim) fill() {
	first := []string{"Aaf", "Bram", "Chiara", "Dineo", "Ella", "Freek", "Güler", "Hlengiwe", "Inès", "Jorn"}
	last := []string{"Reader", "Follower", "Guest", "Supporter", "Neighbour", "Donor", "Spectator"}
	r := rand.New(rand.NewPCG(uint64(s.options.Seed), 17))
	l := s.Lists[0]
	for i := range s.options.Members {
		at := time.Date(2025, 1, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(500*24)) * time.Hour)
		m := &member{
			Email: fmt.Sprintf("reader.%d@readers.example.org", i+1), Status: subscribed, SignedUp: at, OptedIn: at, Changed: at,
			Merge: map[string]any{"FNAME": first[r.IntN(len(first))], "LNAME": last[r.IntN(len(last))]},
		}
		switch r.IntN(20) {
		case 0:
			m.Status, m.Compliance, l.LastUnsub = unsubscribed, true, at
		case 1:
			m.Status, m.Compliance = cleaned, true
		case 2:
			s.tag(l, &m.Tags, "newsletter")
		}
		l.Members.Fill(m)
	}
}
