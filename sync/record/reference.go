package record

import (
	"slices"
	"strings"
)

// unmanagedMark marks a reference to a remote record that is not ours.
const unmanagedMark = "?"

// RefersElsewhere reports whether a reference names a remote record that is not ours.
func RefersElsewhere(set string) bool {
	return slices.ContainsFunc(SetMembers(set), func(m string) bool { return strings.HasPrefix(m, unmanagedMark) })
}

// KeySet returns the set of keys that remote ids stand for, by keys. An id that
// is no record of ours stays in the set, marked, so that it is not lost when the
// set is compared. Example: "7", "8" with 7 → "A" becomes "?8", "A".
func KeySet(ids []string, keys map[string]string) string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if k := keys[id]; k != "" {
			out = append(out, k)
		} else {
			out = append(out, unmanagedMark+id)
		}
	}
	return SetValue(out)
}

// IDSet is the other way round of KeySet: the remote ids that a set of keys stands for. A
// key that no record has stays, and is equal to no id. Example: "?8", "A" with A → "7"
// becomes "7", "8".
func IDSet(keys string, ids map[string]string) string {
	var out []string
	for _, k := range SetMembers(keys) {
		id, unmanaged := strings.CutPrefix(k, unmanagedMark)
		if !unmanaged && ids[k] != "" {
			id = ids[k]
		}
		out = append(out, id)
	}
	return SetValue(out)
}
