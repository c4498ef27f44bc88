package derive

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// place gives each entry of one address its list, or none. An address stands
// on a list once, so a list that somebody else's record holds is taken.
func place(entries []entry, g Group, lists int) {
	had, stands, taken, optedOut := before(entries, g, lists)
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
	for len(order) > len(free) { // whoever comes last goes without, and leaves no list free that is not ours
		last := had[order[len(order)-1]]
		order = order[:len(order)-1]
		if _, unmanaged := stands[last]; unmanaged {
			free = slices.DeleteFunc(free, func(n string) bool { return n == last })
		}
	}
	for _, i := range order { // those that are on a list keep it
		if had[i] != "" {
			entries[i].fields[subscriber.List] = had[i]
			if u := stands[had[i]]; u != nil {
				entries[i].takes = append(entries[i].takes, *u)
			}
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
// lists where an unmanaged record stands for an entry, with those that have another key
// than it, the lists that are taken by others, and whether the address has opted out
// anywhere.
//
// An unmanaged record with an entry's own key is that entry, not bound yet, unless it is
// about somebody else: it is where a list that was full before we came holds it.
func before(entries []entry, g Group, lists int) (had []string, stands map[string]*Unmanaged, taken map[string]bool, optedOut bool) {
	had, stands, taken = make([]string, len(entries)), map[string]*Unmanaged{}, map[string]bool{}
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
	var others []Unmanaged
	for _, u := range slices.SortedFunc(slices.Values(g.Unmanaged), func(a, b Unmanaged) int { return cmp.Compare(a.Place, b.Place) }) {
		optedOut = optedOut || out(u.Fields)
		n, ok := strings.CutPrefix(u.Place, "list-")
		if !ok || !isList(n) || u.Absent {
			continue
		}
		i, own := byKey[subscriber.Key(u.Fields)]
		own = own && !subscriber.SomebodyElse(entries[i].fields, u.Fields)
		switch {
		case own && had[i] == "":
			had[i], stands[n] = n, nil
		case !own || had[i] != n:
			others = append(others, u)
		}
	}
	for _, u := range others {
		n := strings.TrimPrefix(u.Place, "list-")
		if i := shownBy(entries, u); i < 0 || had[i] != "" || slices.Contains(had, n) {
			taken[n] = true
		} else {
			had[i], stands[n] = n, &u
		}
	}
	for i, n := range had { // a list holds the address once
		if taken[n] || slices.Index(had, n) < i {
			had[i] = ""
		}
	}
	return had, stands, taken, optedOut
}

// shownBy returns the one entry that a record with another key stands for, or -1.
func shownBy(entries []entry, u Unmanaged) int {
	found := -1
	for i, e := range entries {
		switch {
		case !e.isShownBy(u):
		case found >= 0:
			return -1 // nothing tells which
		default:
			found = i
		}
	}
	return found
}

// isShownBy reports whether a record at the address is about whom the entry is about,
// although it shows another key: a parent's, which other tools note under the code of
// a child, and one without any code, such as of somebody who has signed up, unless it
// has another name, or it is not known which. One that has opted out stands for nobody.
func (e entry) isShownBy(u Unmanaged) bool {
	code := person.NormalCode(u.Fields[subscriber.RelationCode])
	switch {
	case out(u.Fields):
		return false
	case e.rank == parent || e.of[code]:
		return e.of[code]
	}
	return code == "" && u.Fields.Has(subscriber.FirstName) && !subscriber.SomebodyElse(e.fields, u.Fields)
}

// out reports whether the entry may not be written to.
func out(f record.Fields) bool {
	s := f[subscriber.State]
	return s == subscriber.Unsubscribed || s == subscriber.Cleaned
}
