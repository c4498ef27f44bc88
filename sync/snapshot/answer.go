package snapshot

import (
	"context"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// batch is what one query can answer: questions that differ only in Key or ID.
type batch struct {
	plan.Request // without Key and ID

	keys []string
	ids  []int64
}

// batches puts questions of a kind together, in a fixed order.
func batches(need plan.Need) []batch {
	byQuery := map[plan.Request]*batch{}
	for q := range need {
		key, id := q.Key, q.ID
		q.Key, q.ID = "", 0
		b := byQuery[q]
		if b == nil {
			b = &batch{Request: q}
			byQuery[q] = b
		}
		b.keys, b.ids = append(b.keys, key), append(b.ids, int64(id))
	}
	out := make([]batch, 0, len(byQuery))
	for _, b := range byQuery {
		slices.Sort(b.keys)
		slices.Sort(b.ids)
		out = append(out, *b)
	}
	slices.SortFunc(out, func(x, y batch) int { return int(x.What) - int(y.What) })
	return out
}

// askedMost is how many questions one query answers: so many that Postgres looks
// each up by its index, and sorts what it finds in memory.
const askedMost = 500

// parts divides a batch into those that one query answers.
func (b batch) parts() []batch {
	var out []batch
	for i := 0; i < len(b.keys); i += askedMost {
		end := min(i+askedMost, len(b.keys))
		out = append(out, batch{Request: b.Request, keys: b.keys[i:end], ids: b.ids[i:end]})
	}
	return out
}

// answer puts into the snapshot what was asked for.
func (t Taker) answer(ctx context.Context, s *plan.Snapshot, need plan.Need) error {
	for _, b := range batches(need) {
		for _, part := range b.parts() {
			if err := t.query(ctx, s, part); err != nil {
				return err
			}
		}
	}
	for q := range need {
		s.Answered(q)
	}
	return nil
}

func (t Taker) query(ctx context.Context, s *plan.Snapshot, b batch) error {
	switch b.What {
	case plan.ByKey:
		return t.byKey(ctx, s, b)
	case plan.ByID:
		rows, err := t.Hub.EntitiesByID(ctx, b.ids)
		return entities(s, rows, err)
	case plan.RecordsOf:
		rows, err := t.Store.SyncRecordsOfEntities(ctx, b.ids)
		return records(s, rows, err)
	case plan.ByRemote:
		rows, err := t.Store.SyncRecordsByID(ctx, store.SyncRecordsByIDParams{
			System: string(b.System), Place: b.Place, Scope: b.Scope, Kind: string(b.Kind), Ids: b.keys,
		})
		return records(s, rows, err)
	case plan.Namesakes:
		rows, err := t.Store.UnmanagedByNaturalKey(ctx, string(b.System), string(b.Kind), b.keys)
		return records(s, rows, err)
	case plan.GroupsOf:
		rows, err := t.Hub.GroupsOfEntities(ctx, b.ids)
		for _, r := range rows {
			s.PutGroupOf(record.EntityID(r.Entity), r.Rule, r.Key)
		}
		return asked("groups", err)
	case plan.Group:
		return t.group(ctx, s, b)
	case plan.Referent:
		rows, err := t.Store.KeysOfIDs(ctx, string(b.System), string(b.Kind), b.keys)
		for _, r := range rows {
			s.PutReferent(b.System, b.Kind, *r.ExternalID, r.Key)
		}
		return asked("whose records they are", err)
	case plan.All, plan.Living, plan.Waiting, plan.Unplanned:
		ids, err := t.whole(ctx, b.Request)
		s.PutIDs(b.What, b.Kind, entityIDs(ids))
		return err
	case plan.Lately:
		return t.lately(ctx, s, b)
	case plan.NewKey:
		keys, err := t.Hub.NewKeys(ctx, b.Kind, hub.Place{System: b.System, Place: b.Place, Scope: b.Scope}, b.keys)
		for id, key := range keys {
			at := b.Request
			at.Key = id
			s.PutNewKey(at, key)
		}
		return asked("keys for what is to be made", err)
	case plan.Whose:
		rows, err := t.Store.WhoseAre(ctx, store.WhoseAreParams{
			System: string(b.System), Place: b.Place, Scope: b.Scope, Kind: string(b.Kind), Ids: b.keys,
		})
		for _, r := range rows {
			at := b.Request
			at.Key = r.ExternalID
			s.PutWhose(at, r.Key)
		}
		return asked("whose records are as somebody has said", err)
	}
	return fmt.Errorf("the plan asks for something unknown: %d", b.What)
}

// whole answers a question about a whole kind.
func (t Taker) whole(ctx context.Context, q plan.Request) (ids []int64, err error) {
	switch q.What {
	case plan.All:
		ids, err = t.Hub.AllEntities(ctx, string(q.Kind))
	case plan.Living:
		ids, err = t.Hub.LivingEntities(ctx, string(q.Kind))
	case plan.Waiting:
		ids, err = t.Store.EndsDue(ctx, string(q.Kind), &t.Now)
	case plan.Unplanned:
		ids, err = t.Hub.Unplanned(ctx, string(q.Kind))
	default:
		return nil, fmt.Errorf("the plan asks for something unknown of a whole kind: %d", q.What)
	}
	return ids, asked("which entities are taken up", err)
}

func asked(what string, err error) error {
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

// lately answers with what was changed of entities in the last days.
func (t Taker) lately(ctx context.Context, s *plan.Snapshot, b batch) error {
	since := t.Now.Add(-plan.Repairable)
	rows, err := t.Store.ChangedLately(ctx, string(b.Kind), b.keys, &since)
	if err != nil {
		return asked("what was changed lately", err)
	}
	for _, r := range rows {
		change, err := record.DecodeChange(r.Fields)
		if err != nil {
			return asked("what was changed lately", err)
		}
		s.PutLately(b.Kind, r.Key, plan.Late{Op: r.Op, Fields: change, At: r.At})
	}
	return nil
}

// byKey answers with the entities of keys, and of what the keys have become.
func (t Taker) byKey(ctx context.Context, s *plan.Snapshot, b batch) error {
	aliases, err := t.Hub.ResolveAliases(ctx, string(b.Kind), b.keys)
	if err != nil {
		return asked("aliases", err)
	}
	keys := slices.Clone(b.keys)
	for _, a := range aliases {
		s.PutAlias(b.Kind, a.FromKey, a.ToKey)
		keys = append(keys, a.ToKey)
	}
	rows, err := t.Hub.EntitiesByKey(ctx, string(b.Kind), keys)
	return entities(s, rows, err)
}

// group answers with the members of groups, what was made of them last, and
// what is there that is not ours.
func (t Taker) group(ctx context.Context, s *plan.Snapshot, b batch) error {
	members, err := t.Hub.MembersOfGroups(ctx, b.keys, b.Rule, plan.GroupMost+1)
	if err != nil {
		return asked("the members of groups", err)
	}
	for _, r := range members {
		s.PutMember(b.Rule, r.GroupKey, entity(&hub.Entity{
			ID: r.ID, Kind: r.Kind, Key: r.Key, Fields: r.Fields, Provenance: r.Provenance, Deleted: r.Deleted, MadeRule: r.MadeRule,
			MadeGroup: r.MadeGroup, Made: r.Made, Version: r.Version, PlannedVersion: r.PlannedVersion, ModifiedOn: r.ModifiedOn,
		}))
	}
	made, err := t.Hub.MadeInGroups(ctx, b.Rule, b.keys)
	if err != nil {
		return asked("what was made of groups", err)
	}
	for i := range made {
		s.PutMade(b.Rule, made[i].MadeGroup, entity(&made[i]))
	}
	unmanaged, err := t.Store.UnmanagedOfGroups(ctx, b.Rule, b.keys)
	for _, r := range unmanaged {
		s.PutUnmanaged(b.Rule, r.GroupKey, derive.Unmanaged{
			System: record.System(r.System), Place: r.Place, ID: record.ExternalID(r.ExternalID), Fields: record.DecodeFields(r.Remote),
			Absent: r.Quarantine == reconcile.NotThere,
		})
	}
	return asked("unmanaged records of groups", err)
}

func entities(s *plan.Snapshot, rows []hub.Entity, err error) error {
	for i := range rows {
		s.PutEntity(entity(&rows[i]))
	}
	return asked("entities", err)
}

func records(s *plan.Snapshot, rows []store.SyncRecord, err error) error {
	for i := range rows {
		s.PutRecord(syncRecord(&rows[i]))
	}
	return asked("sync records", err)
}
