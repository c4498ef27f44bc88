package invent

import "math/rand/v2"

// Common first names and made-up last names. A pair of them is nobody.
var (
	girls = []string{
		"Sanne", "Lotte", "Fleur", "Noor", "Zoë", "Anouk", "Mirthe", "Jente",
		"Renée", "Esmée", "Liv", "Tess", "Fenna", "Yara", "Ilse", "Maud",
		"Anne-Fleur", "Chloë", "Aylin", "Nadia", "Sofie", "Marijke", "Els",
		"Wietske", "Gülsüm", "Inès", "Roos", "Hanneke", "Truus", "Daniëlle",
	}
	boys = []string{
		"Daan", "Sem", "Bram", "Thijs", "Jurre", "Teun", "Ruben", "Gijs",
		"Stijn", "Noé", "René", "André", "Jan-Willem", "Joost", "Mees",
		"Özgür", "Łukasz", "Sjoerd", "Wouter", "Björn", "Koen", "Tygo",
		"Evert", "Hidde", "Jorn", "Kees", "Mátyás", "Piet", "Youssef", "Dirk",
	}
	fronts = []string{
		"Bram", "Wilder", "Zwaluw", "Molen", "Korst", "Haver", "Linden",
		"Otter", "Rietzang", "Kolk", "Berken", "Vlieger", "Knoest", "Dauw",
		"Merel", "Schelp", "Wimpel", "Turf", "Egel", "Klaver", "Noorder",
		"Gruis", "Halm", "Zilver",
	}
	backs = []string{
		"hout", "kamp", "weerd", "stra", "sma", "hoven", "donk", "loo",
		"meijer", "broeck", "veld", "mans", "goor", "water", "hoff", "ink",
	}
	plain  = []string{"", "", "", "", "", "", "van", "de", "van der", "van den", "ter", "in 't"}
	cities = []string{
		"Voorbeeldstad", "Testerdam", "Proefhuizen", "Monsterveen",
		"Schijnoord", "Fantasiebroek", "Verzonnen aan den IJssel",
	}
	streets = []string{
		"Dorpsstraat", "Sportlaan", "Lange Akker", "Burg. Proefstraat",
		"Plein '44", "Doelpuntweg", "Cornervlaghof", "1e Linieweg",
		"Keepersteeg", "Kantinepad", "Grensrechterdreef", "Aftrapkade",
	}
)

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// chance is true in that many of a hundred cases.
func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

func firstName(r *rand.Rand, gender string) string {
	if gender == female {
		return pick(r, girls)
	}
	return pick(r, boys)
}

func lastName(r *rand.Rand) string {
	name := pick(r, fronts) + pick(r, backs)
	if chance(r, 7) {
		name += "-" + pick(r, fronts) + pick(r, backs)
	}
	return name
}

const (
	male   = "Male"
	female = "Female"
)

func gender(r *rand.Rand) string {
	if chance(r, 50) {
		return male
	}
	return female
}
