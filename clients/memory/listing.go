package memory

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

const pageSize = 500

// list yields the records in the order of their ids, in pages. The cursor is
// the last id of the page before, or a span.
func (s *System) list(ctx context.Context, p *Place, since connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		if err := s.ask(ctx, "before", "list"); err != nil {
			yield(connector.Page{}, err)
			return
		}
		s.mu.Lock()
		s.Calls++
		from := s.spanOf(p, since)
		ids, removed := s.shows(p, from)
		uncertified, states, stated := s.Uncertified, s.States, s.Stated
		s.mu.Unlock()
		size := pageSize
		if p.Page > 0 {
			size = p.Page
		}
		for start := 0; start == 0 || start < len(ids); start += size {
			if ctx.Err() != nil {
				yield(connector.Page{}, s.cancelled(ctx, "list"))
				return
			}
			end := min(start+size, len(ids))
			page := s.page(p, ids[start:end])
			page.Removed, removed = removed, nil
			page.Evidence = connector.Evidence{SignedIn: true, Filters: true, End: end == len(ids) && !uncertified}
			page.Evidence.Contradiction = s.Contradiction
			if end == len(ids) && (states || len(ids) == 0) {
				page.Evidence.Stated, page.Evidence.Count = true, cmp.Or(stated, len(ids))
			}
			page.Next = from.next(p, ids[:end], end == len(ids))
			if !yield(page, nil) {
				return
			}
		}
	}
}

func (s *System) page(p *Place, ids []record.ExternalID) (page connector.Page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		f, ok := s.records[p.Name][id]
		switch why, broken := s.broken[p.Name][id]; {
		case broken:
			page.Faults = append(page.Faults, connector.Fault{ID: id, Why: why})
		case ok && s.Listed != nil:
			f, _ = s.Listed(p.Name, id, f.Clone())
			fallthrough
		case ok:
			item := p.read(id, f)
			if fault := p.broken(item); fault != nil {
				page.Faults = append(page.Faults, *fault)
			} else {
				page.Items = append(page.Items, item)
			}
		}
	}
	return page
}

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

// Cursor is where a listing of what has changed begins now, where a place has Since.
func (s *System) Cursor() connector.Cursor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return connector.Cursor(strconv.Itoa(s.changes))
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
	for id, f := range s.records[p.Name] {
		if p.Shows != nil && !p.Shows(f) || p.hides(f) {
			continue
		}
		if s.Listed != nil {
			if _, listed := s.Listed(p.Name, id, s.records[p.Name][id].Clone()); !listed {
				continue
			}
		}
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

// visit shows records one after the other, each as far as a visit does.
func (s *System) visit(ctx context.Context, p *Place, ids []record.ExternalID) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		for _, id := range ids {
			page := connector.Page{Next: connector.Cursor(id), Evidence: connector.Evidence{SignedIn: true, Filters: true}}
			item, err := s.get(ctx, p, id)
			switch {
			case connector.ClassOf(err) == connector.NotFound:
				err = nil
			case err == nil:
				item.Fields = item.Fields.Only(p.Visits)
				page.Items = []connector.Item{item}
			}
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}
