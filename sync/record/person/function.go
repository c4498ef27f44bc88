package person

import (
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
)

// ClubWide is the committee of the functions that are of the club as a whole.
const ClubWide = "Verenigingsbreed"

// Function is one row of Functions, and of the work that is made of them: a role in a
// committee or a team for a time. The same role begun anew is another one.
type Function struct {
	Committee string // its name; in the work of somebody the key of the committee or team
	Role      string
	Start     string // a date; empty: not known
	End       string // a date; empty: none, or not known
	Current   bool
}

// FunctionColumns is how many columns of a row say which function it is: the committee,
// the role and the start.
const FunctionColumns = 3

const current, ended = "current", "ended"

// Row returns the function as a member of the set.
func (f Function) Row() string {
	state := ended
	if f.Current {
		state = current
	}
	return record.NewRow(f.Committee, f.Role, f.Start, f.End, state)
}

// FunctionsOf takes a set of functions apart. A member that is none is left out.
func FunctionsOf(set string) []Function {
	var out []Function
	for _, row := range record.SetMembers(set) {
		c := record.RowColumns(row)
		if len(c) == FunctionColumns+2 && c[0] != "" {
			out = append(out, Function{c[0], c[1], c[2], c[3], c[4] == current})
		}
	}
	return out
}

// FunctionSet returns functions as a set.
func FunctionSet(all []Function) string {
	rows := make([]string, len(all))
	for i, f := range all {
		rows[i] = f.Row()
	}
	return record.SetValue(rows)
}

// CommitteeKey is the form in which the names of committees are compared.
func CommitteeKey(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}
