package memory

import (
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// A listing of a place with Since counts changes: its cursor says after which
// change it begins, up to which it has gone at its end, and which id the page
// before ended with.
type span struct {
	from, to int
	after    record.ExternalID
}

// spanOf reads a cursor. A cursor that is empty begins with everything, one
// without an end begins now.
func (s *System) spanOf(p *Place, since connector.Cursor) span {
	if !p.Since {
		return span{after: record.ExternalID(since)}
	}
	sp := span{to: s.changes}
	from, rest, _ := strings.Cut(string(since), "/")
	to, after, _ := strings.Cut(rest, "/")
	sp.from, _ = strconv.Atoi(from)
	if n, err := strconv.Atoi(to); err == nil {
		sp.to, sp.after = n, record.ExternalID(after)
	}
	return sp
}

// next is the cursor when these ids are listed, and perhaps all.
func (sp span) next(p *Place, ids []record.ExternalID, over bool) connector.Cursor {
	switch {
	case !p.Since && over:
		return ""
	case !p.Since:
		return connector.Cursor(ids[len(ids)-1])
	case over:
		return connector.Cursor(strconv.Itoa(sp.to))
	}
	return connector.Cursor(strconv.Itoa(sp.from) + "/" + strconv.Itoa(sp.to) + "/" + string(ids[len(ids)-1]))
}

// shows are the ids of a listing, sorted, and what it says to be gone.
func (s *System) shows(p *Place, sp span) (ids []record.ExternalID, gone []connector.Removal) {
	for id := range s.records[p.Name] {
		if id > sp.after && (!p.Since || s.stamps[p.Name][id] > sp.from) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, r := range s.removed[p.Name] {
		if !p.Since || s.stamps[p.Name][r.ID] > sp.from {
			gone = append(gone, r)
		}
	}
	return ids, gone
}

// set stores a record; stamp notes that one has changed.
func (s *System) set(place string, id record.ExternalID, f record.Fields) {
	if s.records[place] == nil {
		s.records[place] = map[record.ExternalID]record.Fields{}
	}
	s.records[place][id] = f
	s.stamp(place, id)
}

func (s *System) stamp(place string, id record.ExternalID) {
	if s.stamps[place] == nil {
		s.stamps[place] = map[record.ExternalID]int{}
	}
	s.changes++
	s.stamps[place][id] = s.changes
}
