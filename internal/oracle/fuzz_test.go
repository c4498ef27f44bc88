package oracle_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestDeriveAgreesAnywhere is TestDeriveAgrees over worlds that no club has:
// a few addresses and names, shared in all ways.
func TestDeriveAgreesAnywhere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		address := rapid.SampledFrom([]string{"", "", "geen", "x@example.org", " X@Example.org", "y@example.org", "z@example.org"})
		name := rapid.SampledFrom([]string{"", "  ", "Ans Ouder", "ÁNS  ouder", "A. Ouder", "Bob van Test", "Voor01 van Test", "Voor02 van Test"})
		number := rapid.SampledFrom([]string{"", "06-01234567", "0999 123456", "+32 400 112233", "0031 6 01234568"})
		teams := rapid.SampledFrom([]string{"", "JO11-1", "JO11-1, JO13-2", "MO9-1,JO11-1 ,"})
		n := rapid.IntRange(0, 12).Draw(rt, "members")
		members := make([]map[string]string, n)
		for i, at := range rapid.Permutation(seq(n)).Draw(rt, "order") {
			members[at] = map[string]string{
				"PublicPersonId": fmt.Sprintf("AA-%04d", i), "FirstName": fmt.Sprintf("Voor%02d", i%4),
				"Infix": "Van", "LastName": "Test", "GenderCode": rapid.SampledFrom([]string{"", "Male", "Female"}).Draw(rt, "gender"),
				"DateOfPassing": rapid.SampledFrom([]string{"", "", "", "2026-03-14"}).Draw(rt, "passing"),
				"Email":         address.Draw(rt, "email"), "EmailAlternative": address.Draw(rt, "other"),
				"EmailAddressParent1": address.Draw(rt, "mail1"), "NameParent1": name.Draw(rt, "name1"), "TelephoneParent1": number.Draw(rt, "phone1"),
				"EmailAddressParent2": address.Draw(rt, "mail2"), "NameParent2": name.Draw(rt, "name2"), "TelephoneParent2": number.Draw(rt, "phone2"),
				"StreetName": rapid.SampledFrom([]string{"", "Laan", "Dreef"}).Draw(rt, "street"), "CountryName": "Nederland", "CountryCode": "NL",
				"UnionTeams": teams.Draw(rt, "teams"), "AgeClassDescription": fmt.Sprintf("Onder %d", 9+i%3),
			}
		}
		d := synced(members)
		if found := differences(t, d); len(found) > 0 {
			rt.Fatalf("found %q", found)
		}
	})
}

func seq(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
