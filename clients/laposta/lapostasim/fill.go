package lapostasim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// clubFields are the fields that a club has made on its lists. The last three
// are there in practice but are sent by nobody (docs/systems/laposta.md, "The
// fields of a club's lists", 2026-04).
func clubFields() []field {
	types := []struct{ name, datatype string }{
		{"voornaam", "text"},
		{"tussenvoegsel", "text"},
		{"achternaam", "text"},
		{"geboortedatum", "date"},
		{"team", "text"},
		{"geslacht", "select_single"},
		{"leeftijdscategorie", "text"},
		{"relatiecode", "text"},
		{"datumpasfoto", "text"},
		{"lidsinds", "date"},
		{"mobielnummer", "text"},
		{"mobielnummer2", "text"},
		{"telefoonnummer", "text"},
		{"telefoonnummer2", "text"},
		{"straatnaam", "text"},
		{"huisnummer", "text"},
		{"huisnummertoevoeging", "text"},
		{"postcode", "text"},
		{"plaats", "text"},
		{"naamouder1", "text"},
		{"naamouder2", "text"},
		{"telefoonouder1", "text"},
		{"telefoonouder2", "text"},
		{"oudervan", "text"},
		{"huidigvrijwilliger", "numeric"},
		{"emailadres2", "text"},
		{"emailouder1", "text"},
		{"emailouder2", "text"},
	}
	out := make([]field, 0, len(types))
	for i, t := range types {
		f := field{ID: fmt.Sprintf("f%08d", i+1), Name: t.name, CustomName: t.name, Datatype: t.datatype}
		if t.name == "geslacht" {
			f.Options = []string{"M", "V", "X"}
		}
		out = append(out, f)
	}
	return out
}

// fill adds invented readers whom no member administration knows.
func (s *sim) fill() {
	first := []string{"Aaf", "Bram", "Chiara", "Daan", "Ella", "Freek", "Güler", "Hidde", "Inès", "Jorn"}
	last := []string{"Lezer", "Abonnee", "Volger", "Gast", "Supporter", "Buur", "Donateur"}
	r := rand.New(rand.NewPCG(uint64(s.options.Seed), 11))
	for i := range s.options.Members {
		l := s.Lists[i%len(s.Lists)]
		at := time.Date(2025, 1, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(500*24)) * time.Hour)
		m := &member{
			Email: fmt.Sprintf("lezer.%d@lezers.example.org", i+1), State: "active",
			SignedUp: at, Modified: at, Confirmed: at, IP: "192.0.2.77", Custom: map[string]any{},
		}
		switch r.IntN(20) {
		case 0:
			m.State = "unsubscribed"
		case 1:
			m.State = "cleaned"
		}
		m.Custom["voornaam"] = first[r.IntN(len(first))]
		m.Custom["achternaam"] = last[r.IntN(len(last))]
		l.Members.Fill(m)
	}
}
