package derive

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// place gives each entry of one address its list, or none. An address stands
// on a list once, so a list that somebody else's record holds is taken.
func place(entries []entry, g Group, lists int) {
	had, taken, optedOut := before(entries, g, lists)
	free := make([]string, 0, lists)
	for i := range lists {
		if n := strconv.Itoa(i + 1); !taken[n] {
			free = append(free, n)
		}
	}
	order := make([]int, 0, len(entries))
	for i, e := range entries {
		e.fields[subscriber.List] = ""
		switch {
		case had[i] == "" && optedOut:
			e.fields[subscriber.List] = subscriber.OptedOut
		default:
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(
			cmp.Compare(entries[a].rank, entries[b].rank),
			-cmp.Compare(min(len(had[a]), 1), min(len(had[b]), 1)),
		)
	})
	order = order[:min(len(order), len(free))]
	for _, i := range order { // those that are on a list keep it
		if had[i] != "" {
			entries[i].fields[subscriber.List] = had[i]
			free = slices.DeleteFunc(free, func(n string) bool { return n == had[i] })
		}
	}
	for _, i := range order {
		if entries[i].fields[subscriber.List] == "" {
			entries[i].fields[subscriber.List], free = free[0], free[1:]
		}
	}
}

// before returns the list that each entry is on already ("" for a new one), the
// lists that are taken by others, and whether the address has opted out
// anywhere.
//
// An unmanaged record with an entry's own key is that entry, not bound yet: it is
// where a list that was full before we came holds it.
func before(entries []entry, g Group, lists int) (had []string, taken map[string]bool, optedOut bool) {
	had, taken = make([]string, len(entries)), map[string]bool{}
	byKey := make(map[string]int, len(entries))
	for i, e := range entries {
		byKey[subscriber.Key(e.fields)] = i
	}
	isList := func(n string) bool {
		i, err := strconv.Atoi(n)
		return err == nil && 1 <= i && i <= lists
	}
	for _, b := range g.Before {
		optedOut = optedOut || out(b.Fields)
		if i, ok := byKey[b.Key]; ok && isList(b.Fields[subscriber.List]) {
			had[i] = b.Fields[subscriber.List]
		}
	}
	unmanaged := slices.SortedFunc(slices.Values(g.Unmanaged), func(a, b Unmanaged) int {
		return cmp.Compare(a.Place, b.Place)
	})
	for _, f := range unmanaged {
		optedOut = optedOut || out(f.Fields)
		n, ok := strings.CutPrefix(f.Place, "list-")
		if !ok || !isList(n) {
			continue
		}
		i, ours := byKey[subscriber.Key(f.Fields)]
		switch {
		case ours && had[i] == "" && !taken[n]:
			had[i] = n
		case !ours || had[i] != n:
			taken[n] = true
		}
	}
	for i, n := range had { // a list holds the address once
		if taken[n] || slices.Index(had, n) < i {
			had[i] = ""
		}
	}
	return had, taken, optedOut
}

// out reports whether the entry may not be written to.
func out(f record.Fields) bool {
	s := f[subscriber.State]
	return s == subscriber.Unsubscribed || s == subscriber.Cleaned
}
