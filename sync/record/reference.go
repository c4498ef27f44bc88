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

// Referents are the references in a set: its members, or the first columns of its
// rows, each once.
func Referents(set string) []string {
	var out []string
	for _, m := range SetMembers(set) {
		ref, _, _ := strings.Cut(m, columnMark)
		out = append(out, ref)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// refer replaces the reference of a member, or of a row.
func refer(member string, to func(ref string) string) string {
	ref, rest, isRow := strings.Cut(member, columnMark)
	if !isRow {
		return to(ref)
	}
	return to(ref) + columnMark + rest
}

// KeySet returns the set of keys that remote ids stand for, by keys. An id that
// is no record of ours stays in the set, marked, so that it is not lost when the
// set is compared. Example: "7", "8" with 7 → "A" becomes "?8", "A". Of a row the first
// column is the id.
func KeySet(ids []string, keys map[string]string) string {
	out := make([]string, 0, len(ids))
	for _, m := range ids {
		out = append(out, refer(m, func(id string) string {
			if k := keys[id]; k != "" {
				return k
			}
			return unmanagedMark + id
		}))
	}
	return SetValue(out)
}

// IDSet is the other way round of KeySet: the remote ids that a set of keys stands for. A
// key that no record has stays, and is equal to no id. Example: "?8", "A" with A → "7"
// becomes "7", "8".
func IDSet(keys string, ids map[string]string) string {
	var out []string
	for _, m := range SetMembers(keys) {
		out = append(out, refer(m, func(k string) string {
			id, unmanaged := strings.CutPrefix(k, unmanagedMark)
			if !unmanaged && ids[k] != "" {
				return ids[k]
			}
			return id
		}))
	}
	return SetValue(out)
}
