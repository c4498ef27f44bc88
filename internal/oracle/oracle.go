// Package oracle computes from the world of the Sportlink simulator what the
// simulators of Laposta and Rondo Club must hold after a sync of people, and
// compares. It is written from the rules on paper (docs/policy.md, and
// docs/systems for the fields) and on purpose shares no code with sync/ or the
// connectors: plain loops over members and texts. It is for tests.
//
// Where the paper marks the behaviour of the reference as a hazard, or tells
// of a later version, the oracle holds to this list:
//
//  1. Order is by relation code, never by download.
//  2. When lists are short: primary before alternative before parent.
//  3. Child and parent on one mailbox are two entries, each with their own
//     identity: the child's name, birthday and relation code are never on the
//     parent's entry, and the parent's name is never on the child's.
//  4. A parent's entry exists unless the address is the primary one of a
//     member who is not one of the children that name it. Then that member's
//     primary entry takes oudervan, team and leeftijdscategorie; their
//     alternative entries do not.
//  5. A parent's entry has empty relatiecode, mobielnummer2, telefoonnummer2,
//     naamouder1/2 and telefoonouder1/2 besides what 6.4 empties;
//     telefoonnummer is the first that is not empty.
//  6. Several names for one mailbox: "Ouder/verzorger".
//  7. Members with a date of passing have no entry, and are no one's child at
//     Laposta. At Rondo Club they stay what they are.
//  8. Phones are in the international form in both systems.
//  9. Empty values clear.
//  10. A member of whom Rondo Club says nothing is no volunteer.
//  11. A parent is an address and a name; two spellings of a name that differ
//     in more than case, accents, punctuation and blanks are two people.
//  12. A parent is a member when exactly one member has that first own address
//     and that full name and is not an own child.
//  13. A child that gives an address without a name has the parent whom all
//     others name at that address.
//  14. A parent's phones go to mobile_1 and mobile_2 when they begin with
//     +316, else to telephone_1 and telephone_2 (contact_info is gone).
//  15. birth_year, factuur_*, the invoice address and the free fields are not
//     part of people (docs/systems/rondoclub.md).
//  16. Rows that cannot be read (no code, no first name) say nothing, and what
//     is held of them is not looked at. What was known of them before is beyond
//     this program: for their relatives, too. An unknown gender code says
//     nothing about the gender, and the rest of the row counts.
//  17. An entry that has opted out or bounces is not looked at any further.
//  18. What nobody asks for is extra at Laposta when it has a relatiecode, an
//     oudervan or an address of ours; other readers are the club's business.
//     At Rondo Club a person with a relation code must then be a former
//     member; any other is extra.
//  19. meta.team is looked at when the site has it for anybody: versions of the
//     theme that do not know it refuse it (docs/systems/rondoclub.md, "Fields
//     of a person").
//  20. Two members who name each other are neither's parent.
//  21. A parent who was a member is that former member, if the site has one
//     with that address and name; their own fields are history.
//  22. An infix is lower case at Rondo Club; at Laposta either form will do.
//  23. An e-mail address is the same in whatever letters: the reference sends it
//     as it is typed, the theme stores lower case.
package oracle

import (
	"cmp"
	"fmt"
	"slices"
)

// What can be wrong.
const (
	Missing = "missing" // must be there, is not
	Extra   = "extra"   // is there, must not be
	Differs = "differs" // has another value
	Twice   = "twice"   // is there more than once
)

// Difference is one thing that is not as it must be. It names people by the
// number of their row in Sportlink's dump, the first being 1, and has no value
// of theirs.
type Difference struct {
	System string
	Place  string
	Member int    // 0: nobody's
	Role   string // "member", or "parent" of the member
	Field  string // "" is the whole record
	Why    string
}

// String is a line for a test's output.
func (d Difference) String() string {
	field := d.Field
	if field == "" {
		field = "record"
	}
	return fmt.Sprintf("%s %s: %s %d: %s %s", d.System, d.Place, d.Role, d.Member, field, d.Why)
}

// Check compares the three dumps, as the simulators' GET /dump answers them.
// It returns nothing when both targets hold exactly what they must. The lists
// are those of the Laposta dump, in its order.
func Check(sportlinkDump, lapostaDump, rondoDump []byte) ([]Difference, error) {
	return check(sportlinkDump, lapostaDump, rondoDump, true)
}

// CheckAnywhere is Check for a world with a history: an entry may be on any
// list as long as it is on one, and no other list is short of it.
func CheckAnywhere(sportlinkDump, lapostaDump, rondoDump []byte) ([]Difference, error) {
	return check(sportlinkDump, lapostaDump, rondoDump, false)
}

func check(sportlinkDump, lapostaDump, rondoDump []byte, places bool) ([]Difference, error) {
	members, err := readSportlink(sportlinkDump)
	if err != nil {
		return nil, err
	}
	lists, err := readLaposta(lapostaDump)
	if err != nil {
		return nil, err
	}
	site, err := readRondo(rondoDump)
	if err != nil {
		return nil, err
	}
	wanted := wantedLists(members, len(lists), site.volunteers())
	out := compareLists(wanted, lists, places, members)
	out = append(out, compareSite(members, site)...)
	slices.SortStableFunc(out, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Place, b.Place),
			cmp.Compare(a.Member, b.Member), cmp.Compare(a.Field, b.Field))
	})
	return out, nil
}
