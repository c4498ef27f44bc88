package value

import (
	"strings"

	"golang.org/x/text/language"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// countryByName has the code of each name, in the form in which names are
// compared.
var countryByName = func() map[string]string {
	out := map[string]string{}
	for entry := range strings.SplitSeq(strings.ReplaceAll(countryNames, "\n", ""), ";") {
		code, names, found := strings.Cut(entry, " ")
		if !found {
			continue
		}
		out[strings.ToLower(code)] = code
		for name := range strings.SplitSeq(names, "|") {
			out[person.NormalName(name)] = code
		}
	}
	for name, code := range otherNames {
		out[name] = code
	}
	return out
}()

// englishNames has the English name of each code: the last of an entry.
var englishNames = func() map[string]string {
	out := map[string]string{}
	for entry := range strings.SplitSeq(strings.ReplaceAll(countryNames, "\n", ""), ";") {
		if code, names, found := strings.Cut(entry, " "); found {
			out[code] = names[strings.LastIndex(names, "|")+1:]
		}
	}
	return out
}()

// CountryName returns the English name of a country's code; "" is none.
func CountryName(code string) string { return englishNames[code] }

// otherNames are what people and systems write besides.
var otherNames = map[string]string{
	"holland": "NL", "the netherlands": "NL", "nederlanden": "NL", "pays bas": "NL", "niederlande": "NL",
	"belgique": "BE", "belgien": "BE", "deutschland": "DE", "bondsrepubliek duitsland": "DE",
	"uk": "GB", "u k": "GB", "great britain": "GB", "groot brittannie": "GB", "engeland": "GB", "england": "GB",
	"schotland": "GB", "scotland": "GB", "wales": "GB", "noord ierland": "GB", "northern ireland": "GB",
	"usa": "US", "u s a": "US", "u s": "US", "amerika": "US",
	"verenigde staten van amerika": "US", "united states of america": "US",
	"el": "GR", "czech republic": "CZ", "tsjechische republiek": "CZ", "slowaakse republiek": "SK",
	"macedonie": "MK", "macedonia": "MK", "wit rusland": "BY", "swaziland": "SZ", "turkiye": "TR", "turkey": "TR",
	"espana": "ES", "osterreich": "AT", "polska": "PL", "italia": "IT", "schweiz": "CH", "suisse": "CH", "danmark": "DK",
	"republic of south africa": "ZA", "rsa": "ZA", "suid afrika": "ZA",
}

// Country makes a country canonical: ISO 3166-1 alpha-2, in capitals. It reads
// codes of two and three letters, numbers of three digits, and names in Dutch
// and English, whatever their case and accents. Unreadable is all else, also the
// code of a region that is no country.
func Country(raw string) (string, error) {
	s, err := Text(raw, record.ValueType{Fold: true})
	if err != nil || s == "" {
		return "", err
	}
	s = asciiDigits(s)
	if code, ok := countryByName[strings.ToLower(s)]; ok {
		return code, nil
	}
	if code, ok := countryByName[person.NormalName(s)]; ok {
		return code, nil
	}
	if len(s) == 3 {
		if r, err := language.ParseRegion(s); err == nil {
			if code, ok := countryByName[strings.ToLower(r.String())]; ok {
				return code, nil
			}
		}
	}
	return "", unreadable("not a country")
}
