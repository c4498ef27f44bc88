package mautic

import (
	"errors"

	"github.com/touchline-sync/touchline/sync/value"
)

// named are the countries that Mautic calls otherwise than Unicode does. One
// with an empty name it does not know (docs/systems/mautic.md, "Countries").
var named = map[string]string{
	"AG": "Antigua and Barbuda", "AS": "", "BA": "Bosnia and Herzegovina", "BL": "Saint Barthelemy",
	"BQ": "Bonaire, Saint Eustatius and Saba", "CC": "", "CD": "Democratic Republic of the Congo", "CG": "Republic of the Congo",
	"CI": "Ivory Coast", "CW": "", "CX": "", "CZ": "Czech Republic", "EZ": "", "FO": "",
	"GS": "South Georgia and the South Sandwich Islands", "GW": "Guinea Bissau", "HK": "Hong Kong",
	"HM": "Heard Island and McDonald Islands", "IM": "", "IO": "", "KN": "Saint Kitts and Nevis", "LC": "Saint Lucia",
	"MF": "Saint Martin", "MM": "Myanmar", "MO": "Macao", "NF": "", "PM": "Saint Pierre and Miquelon", "PN": "Pitcairn", "PS": "Palestine",
	"SH": "Saint Helena, Ascension and Tristan da Cunha", "SJ": "Svalbard and Jan Mayen", "ST": "Sao Tome and Principe", "SX": "",
	"TC": "Turks and Caicos Islands", "TF": "", "TL": "East Timor", "TT": "Trinidad and Tobago", "UM": "", "VA": "Holy See",
	"VC": "Saint Vincent and the Grenadines", "VG": "Virgin Islands (British)", "VI": "Virgin Islands (U.S.)", "WF": "Wallis and Futuna",
	"XK": "",
}

// writeCountry writes a country by its English name: Mautic takes no code.
func writeCountry(code string) (string, error) {
	name, own := named[code]
	if !own {
		name = value.CountryName(code)
	}
	if name == "" {
		return "", errors.New("a country that Mautic does not know")
	}
	return name, nil
}

func readCountry(name string) (string, error) {
	for code, own := range named {
		if own == name {
			return code, nil
		}
	}
	return value.Country(name)
}
