package rondoclub

import (
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// stale tells why a record is not the one that a patch believed, or "".
func stale(current record.Fields, patch connector.Patch) string {
	if !sameIdentity(current, patch) {
		return "another person"
	}
	for _, f := range patch.Set.Names() {
		was, believed := patch.Was[f]
		now, known := current[f]
		if believed && known && now != was && now != patch.Set[f] {
			return "changed meanwhile: " + string(f)
		}
	}
	return ""
}

// sameIdentity compares the relation codes where both are known. Without them
// the address or the name must agree: one of both may have been edited.
func sameIdentity(current record.Fields, patch connector.Patch) bool {
	code, has := person.NormalCode(patch.Key[person.RelationCode]), person.NormalCode(current[person.RelationCode])
	if code != "" && has != "" {
		return code == has
	}
	if _, given := patch.Set[person.RelationCode]; code != "" && !given {
		return false // somebody took the code away
	}
	address, name := person.NormalAddress(patch.Key[person.Email1]), person.NormalName(person.FullName(patch.Key))
	return address == "" && name == "" ||
		address != "" && address == person.NormalAddress(current[person.Email1]) ||
		name != "" && name == person.NormalName(person.FullName(current))
}

// matches compares natural keys.
func matches(have, want record.Fields) bool {
	key := person.Key(want)
	return key != "" && key == person.Key(have)
}
