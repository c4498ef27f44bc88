package fact

import (
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
)

// Questions are what a plan asks its snapshot. What the snapshot has no answer
// to is noted as a need, and answered with nothing until then.
type Questions struct {
	Snapshot *Snapshot
	Need     Need
}

func (q *Questions) ask(r Request) bool {
	if _, ok := q.Snapshot.known[r]; ok {
		return true
	}
	q.Need[r] = struct{}{}
	return false
}

// IDs answers All, Living, Unplanned and Waiting.
func (q *Questions) IDs(what What, kind record.Kind) []record.EntityID {
	r := Request{What: what, Kind: kind}
	if !q.ask(r) {
		return nil
	}
	return q.Snapshot.ids[r]
}

// Entity returns the entity of an id, or nil.
func (q *Questions) Entity(id record.EntityID) *Entity {
	if !q.ask(Request{What: ByID, ID: id}) {
		return nil
	}
	return q.Snapshot.entities[id]
}

// Key returns the entity of a key, or nil, and what the key has become, or "".
func (q *Questions) Key(kind record.Kind, key string) (e *Entity, became string) {
	r := Request{What: ByKey, Kind: kind, Key: key}
	if !q.ask(r) {
		return nil, ""
	}
	return q.Snapshot.byKey[r], q.Snapshot.aliases[r]
}

// RecordsOf returns the sync records of an entity. It reports false as long as
// they are not known.
func (q *Questions) RecordsOf(id record.EntityID) ([]*SyncRecord, bool) {
	if !q.ask(Request{What: RecordsOf, ID: id}) {
		return nil, false
	}
	return q.Snapshot.recordsOf[id], true
}

// Remote returns the sync record that Remote addresses, or nil.
func (q *Questions) Remote(r Request) *SyncRecord {
	if !q.ask(r) {
		return nil
	}
	return q.Snapshot.byRemote[r]
}

// Stored is Remote for what may not have been asked for: then it returns nil, and
// nothing is noted.
func (q *Questions) Stored(r Request) *SyncRecord { return q.Snapshot.byRemote[r] }

// Namesakes returns the unmanaged records with a natural key.
func (q *Questions) Namesakes(s record.System, kind record.Kind, key string) []*SyncRecord {
	r := Request{What: Namesakes, System: s, Kind: kind, Key: key}
	if !q.ask(r) {
		return nil
	}
	return q.Snapshot.namesakesOf(r)
}

// GroupsOf returns the groups of a rule that an entity is stored as a member of.
func (q *Questions) GroupsOf(id record.EntityID, rule string) []string {
	if !q.ask(Request{What: GroupsOf, ID: id}) {
		return nil
	}
	var out []string
	for _, g := range q.Snapshot.groupsOf[id] {
		if g.Rule == rule {
			out = append(out, g.Key)
		}
	}
	return out
}

// Group returns the stored members of a group, what was made of it last, and the
// records at systems that belong to it and are not ours.
func (q *Questions) Group(rule, key string) (members, made []*Entity, unmanaged []derive.Unmanaged) {
	r := Request{What: Group, Rule: rule, Key: key}
	if !q.ask(r) {
		return nil, nil, nil
	}
	return q.Snapshot.members[r], q.Snapshot.made[r], q.Snapshot.unmanaged[r]
}

// Members returns how many stored members a group has, when it was asked for.
func (q *Questions) Members(rule, key string) int {
	return len(q.Snapshot.members[Request{What: Group, Rule: rule, Key: key}])
}

// Referent returns the key of the entity whose record a remote id is, or "".
func (q *Questions) Referent(s record.System, kind record.Kind, id string) string {
	r := Request{What: Referent, System: s, Kind: kind, Key: id}
	if !q.ask(r) {
		return ""
	}
	return q.Snapshot.referents[r]
}

// Lately returns the changes of an entity of the last days that nobody approved.
func (q *Questions) Lately(kind record.Kind, key string) []Late {
	r := Request{What: Lately, Kind: kind, Key: key}
	if !q.ask(r) {
		return nil
	}
	return q.Snapshot.lately[r]
}

// NewKey returns the key of the entity that is to be made of the record that Remote
// addresses, or "" as long as it is not known. Asked again it is the same.
func (q *Questions) NewKey(at Request) string {
	at.What = NewKey
	if !q.ask(at) {
		return ""
	}
	return q.Snapshot.newKeys[at]
}

// Whose returns the key of the entity whose record a person has said that the one is which
// Remote addresses, or "".
func (q *Questions) Whose(at Request) string {
	at.What = Whose
	if !q.ask(at) {
		return ""
	}
	return q.Snapshot.whose[at]
}
