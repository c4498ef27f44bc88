package chatwootsim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// fill adds invented visitors whom EMS does not know; every third one has
// begun a conversation. Their phones begin with +999, which is no country.
func (s *sim) fill() {
	first := []string{"Ayanda", "Björn", "Chipo", "Dumisani", "Élodie", "Farai", "Gugu", "Hendrik", "Imke", "Jabu"}
	last := []string{"Bezoeker", "Nkosi-Vrieling", "O'Example", "van Ergens", "Passant", "Ünbekannt", "Sithole"}
	r := rand.New(rand.NewPCG(uint64(s.options.Seed), 17))
	for i := range s.options.Members {
		at := time.Date(2025, 6, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(250*24*60)) * time.Minute)
		c := &contact{
			Name: first[r.IntN(len(first))] + " " + last[r.IntN(len(last))], Created: at,
			Additional: map[string]any{}, Custom: map[string]any{},
		}
		switch r.IntN(4) {
		case 0:
			c.Phone = fmt.Sprintf("+9995%07d", i+1)
		case 1:
			c.Phone = fmt.Sprintf("+9995%07d", i+1)
			fallthrough
		default:
			c.Email = fmt.Sprintf("visitor.%d@visitors.example.org", i+1)
		}
		s.contacts.Fill(c)
		if i%3 != 0 {
			continue
		}
		c.LastActivity = at.Add(time.Duration(r.IntN(48)) * time.Hour)
		s.conversations.Fill(&conversation{
			Contact: c.ID, Inbox: 1 + r.IntN(2), Channel: "Channel::Email", Custom: map[string]any{}, Labels: []string{},
			Status: []string{"open", "resolved", "resolved", "pending"}[r.IntN(4)], Created: at, Updated: c.LastActivity, LastActivity: c.LastActivity,
			Messages: []message{{ID: next(&s.ids.Messages), Content: "When does the race start?", Created: at}},
		})
	}
}
