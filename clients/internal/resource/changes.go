package resource

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// Changes are the members that come into a set and those that leave it, for a system
// that is told of changes and not of the whole.
func Changes(have, want string) (come, gone []string) {
	before, after := record.SetMembers(have), record.SetMembers(want)
	for _, m := range after {
		if !slices.Contains(before, m) {
			come = append(come, m)
		}
	}
	for _, m := range before {
		if !slices.Contains(after, m) {
			gone = append(gone, m)
		}
	}
	return come, gone
}
