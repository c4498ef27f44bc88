package fact

import (
	"cmp"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
)

// What names a kind of question that a snapshot answers.
type What int

// The questions. Beside each stands which parts of a Request it uses.
const (
	ByKey     What = iota // Kind, Key: the entity of a key, and what the key has become
	ByID                  // ID: an entity
	RecordsOf             // ID: the sync records of an entity
	ByRemote              // System, Place, Scope, Kind, Key: the sync record of a remote id
	Namesakes             // System, Kind, Key: unmanaged records with a natural key
	GroupsOf              // ID: the groups that an entity was in
	Group                 // Rule, Key: the members of a group, what was made of it, unmanaged records
	Referent              // System, Kind, Key: whose record a remote id is
	All                   // Kind: all entities, also those that are deleted
	Living                // Kind: all entities that are not deleted
	Unplanned             // Kind: entities changed since a run planned them
	Waiting               // Kind: entities with a record whose end is due
	Lately                // Kind, Key: changes of an entity that nobody approved
	NewKey                // System, Place, Scope, Kind, Key: the key of the entity that is to be made of a remote id
	Whose                 // System, Place, Scope, Kind, Key: the key of the entity whose a remote id is, as a person has said
)

// Request is one question.
type Request struct {
	What   What
	System record.System
	Place  string
	Scope  string
	Kind   record.Kind
	Rule   string
	Key    string
	ID     record.EntityID
}

// Need are the questions that a snapshot has no answer to yet.
type Need map[Request]struct{}

// Snapshot is what is stored, as far as it was asked for.
type Snapshot struct {
	known     map[Request]struct{}
	entities  map[record.EntityID]*Entity
	byKey     map[Request]*Entity
	aliases   map[Request]string
	records   map[int64]*SyncRecord
	recordsOf map[record.EntityID][]*SyncRecord
	byRemote  map[Request]*SyncRecord
	namesakes map[Request][]*SyncRecord
	groupsOf  map[record.EntityID][]Request
	members   map[Request][]*Entity
	made      map[Request][]*Entity
	unmanaged map[Request][]derive.Unmanaged
	referents map[Request]string
	ids       map[Request][]record.EntityID
	lately    map[Request][]Late
	newKeys   map[Request]string
	whose     map[Request]string
}

// NewSnapshot returns a snapshot that knows nothing.
func NewSnapshot() *Snapshot {
	return &Snapshot{
		known: map[Request]struct{}{}, entities: map[record.EntityID]*Entity{}, byKey: map[Request]*Entity{},
		aliases: map[Request]string{}, records: map[int64]*SyncRecord{}, recordsOf: map[record.EntityID][]*SyncRecord{},
		byRemote: map[Request]*SyncRecord{}, namesakes: map[Request][]*SyncRecord{}, groupsOf: map[record.EntityID][]Request{},
		members: map[Request][]*Entity{}, made: map[Request][]*Entity{}, unmanaged: map[Request][]derive.Unmanaged{},
		referents: map[Request]string{}, ids: map[Request][]record.EntityID{}, lately: map[Request][]Late{},
		newKeys: map[Request]string{}, whose: map[Request]string{},
	}
}

// Answered notes that a question has been answered by what was put in.
func (s *Snapshot) Answered(r Request) { s.known[r] = struct{}{} }

// PutEntity puts an entity in, once; it returns the one that is in.
func (s *Snapshot) PutEntity(e *Entity) *Entity {
	if in, ok := s.entities[e.ID]; ok {
		return in
	}
	s.entities[e.ID] = e
	s.byKey[Request{What: ByKey, Kind: e.Kind, Key: e.Key}] = e
	return e
}

// PutAlias says what a key has become.
func (s *Snapshot) PutAlias(kind record.Kind, from, to string) {
	s.aliases[Request{What: ByKey, Kind: kind, Key: from}] = to
}

// PutRecord puts a sync record in, once.
func (s *Snapshot) PutRecord(r *SyncRecord) *SyncRecord {
	if in, ok := s.records[r.ID]; ok {
		return in
	}
	s.records[r.ID] = r
	if r.Entity != 0 {
		s.recordsOf[r.Entity] = append(s.recordsOf[r.Entity], r)
	}
	if r.ExternalID != "" {
		s.byRemote[Remote(r.System, r.Place, r.Scope, r.Kind, r.ExternalID)] = r
	}
	if r.Entity == 0 && r.NaturalKey != "" {
		q := Request{What: Namesakes, System: r.System, Kind: r.Kind, Key: r.NaturalKey}
		s.namesakes[q] = append(s.namesakes[q], r)
	}
	return r
}

// Remote addresses the sync record of a remote id.
func Remote(s record.System, place, scope string, kind record.Kind, id record.ExternalID) Request {
	return Request{What: ByRemote, System: s, Place: place, Scope: scope, Kind: kind, Key: string(id)}
}

// namesakesOf are the unmanaged records with a natural key, the oldest first,
// whichever question has brought them in.
func (s *Snapshot) namesakesOf(q Request) []*SyncRecord {
	out := slices.Clone(s.namesakes[q])
	slices.SortFunc(out, func(x, y *SyncRecord) int { return cmp.Compare(x.ID, y.ID) })
	return out
}

// PutGroupOf says that an entity is stored as a member of a group.
func (s *Snapshot) PutGroupOf(id record.EntityID, rule, key string) {
	s.groupsOf[id] = append(s.groupsOf[id], Request{What: Group, Rule: rule, Key: key})
}

// PutMember puts a member of a group in, PutMade what was made of it last, and
// PutUnmanaged a record at a system that belongs to it and is not ours.
func (s *Snapshot) PutMember(rule, key string, e *Entity) {
	q := Request{What: Group, Rule: rule, Key: key}
	s.members[q] = append(s.members[q], s.PutEntity(e))
}

// PutMade puts in what a rule has made of a group last.
func (s *Snapshot) PutMade(rule, key string, e *Entity) {
	q := Request{What: Group, Rule: rule, Key: key}
	s.made[q] = append(s.made[q], s.PutEntity(e))
}

// PutUnmanaged puts in a record at a system that belongs to a group and is not
// ours.
func (s *Snapshot) PutUnmanaged(rule, key string, u derive.Unmanaged) {
	q := Request{What: Group, Rule: rule, Key: key}
	s.unmanaged[q] = append(s.unmanaged[q], u)
}

// PutReferent says which entity's record a remote id is.
func (s *Snapshot) PutReferent(system record.System, kind record.Kind, id, key string) {
	s.referents[Request{What: Referent, System: system, Kind: kind, Key: id}] = key
}

// PutIDs answers All, Living, Unplanned and Waiting.
func (s *Snapshot) PutIDs(what What, kind record.Kind, ids []record.EntityID) {
	s.ids[Request{What: what, Kind: kind}] = ids
}

// Repairable is how long ago what is repaired may have come in.
const Repairable = 7 * 24 * time.Hour

// Late is a change of our own copy that was applied lately without approval.
type Late struct {
	Op     string
	Fields record.Change
	At     time.Time
}

// PutLately says what was changed lately of an entity, the oldest first.
func (s *Snapshot) PutLately(kind record.Kind, key string, l Late) {
	q := Request{What: Lately, Kind: kind, Key: key}
	s.lately[q] = append(s.lately[q], l)
}

// PutNewKey says under which key an entity is to be made of a remote record. at is a
// question by NewKey.
func (s *Snapshot) PutNewKey(at Request, key string) { s.newKeys[at] = key }

// PutWhose says of which entity a remote record is, as a person has said. at is a question
// by Whose.
func (s *Snapshot) PutWhose(at Request, key string) { s.whose[at] = key }
