package ems

import (
	"maps"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
)

// deleted is why an entity whose row is marked is deleted.
const deleted record.Reason = "deleted"

// Shown is what is shown of a row. A field that is absent is unknown: what was shown
// of it stays.
type Shown struct {
	Key     string
	Fields  record.Fields
	Deleted record.Reason
	part    bool // of an entity that is there; no more is said of it
}

// Entity is an entity as it stands in our own copy.
type Entity struct {
	Key     string
	Fields  record.Fields
	From    map[record.Field]record.Origin
	Deleted record.Reason
}

// Over returns the entity as it stands once it is shown, and whether that is a
// change. was is nil when there is none: of a row that was never shown alive none is
// made.
func (s Shown) Over(was *Entity, at time.Time) (Entity, bool) {
	if was == nil {
		if s.part || s.Deleted != "" {
			return Entity{}, false
		}
		was = &Entity{Key: s.Key}
		is := s.changed(*was, at)
		return is, true
	}
	is := s.changed(*was, at)
	return is, is.Deleted != was.Deleted || !maps.Equal(is.Fields, was.Fields)
}

// Turned are the keys of entities that have come into the window of events, or left it.
func Turned(was map[string]*Entity, changed []Entity) []string {
	var out []string
	for _, is := range changed {
		if w := was[is.Key]; w == nil || w.Fields[event.InWindow] != is.Fields[event.InWindow] {
			out = append(out, is.Key)
		}
	}
	return out
}

// changed lays what is shown over an entity.
func (s Shown) changed(was Entity, at time.Time) Entity {
	is := Entity{Key: s.Key, Fields: was.Fields.Over(s.Fields), From: map[record.Field]record.Origin{}, Deleted: was.Deleted}
	maps.Copy(is.From, was.From)
	if s.Deleted == record.Erased { // nothing else was ever known of it
		is.Fields, is.From = s.Fields.Clone(), map[record.Field]record.Origin{}
	}
	for f, v := range s.Fields {
		if old, ok := was.Fields[f]; !ok || old != v {
			is.From[f] = record.Origin{System: record.Hub, At: at}
		}
	}
	switch {
	case s.part:
	case s.Deleted != deleted, was.Deleted == "", was.Deleted == record.Merged:
		is.Deleted = s.Deleted
	}
	return is
}
