package chaos

import (
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// somebody is who decides.
var somebody = store.Actor{Name: "somebody"}

// entity is the one with one of these keys; 0 is none.
func (r *rig) entity(keys []string) (id int64, err error) {
	err = r.pool.QueryRow(r.ctx, `select coalesce(max(id), 0) from entity where kind = $1 and key = any($2)`, kind, keys).Scan(&id)
	return id, err
}

// pause has nothing written of a record at a system.
func (r *rig) pause(keys []string, at record.System) (int64, error) {
	id, err := r.entity(keys)
	if err != nil {
		return 0, err
	}
	return store.New(r.pool).PauseSyncRecord(r.ctx, store.PauseSyncRecordParams{Entity: &id, System: string(at), Now: &r.now, By: somebody.Name})
}

// resume ends a pause.
func (r *rig) resume(keys []string, at record.System) (int64, error) {
	id, err := r.entity(keys)
	if err != nil {
		return 0, err
	}
	return store.New(r.pool).ResumeSyncRecord(r.ctx, &id, string(at))
}

// retry has what was refused tried again.
func (r *rig) retry(keys []string) (int64, error) {
	id, err := r.entity(keys)
	if err != nil || id == 0 {
		return 0, err // of nobody it would be that of all
	}
	return store.New(r.pool).RetryRefused(r.ctx, store.RetryRefusedParams{Now: r.now, Entity: id})
}

// leaver keeps one who is leaving, or lets them go.
func (r *rig) leaver(keys []string, keep bool) (int64, error) {
	id, err := r.entity(keys)
	if err != nil {
		return 0, err
	}
	d := store.LeaverDecision{Entities: []int64{id}, Decided: record.LetGo, Sources: r.cast.policies().SourceNames(), By: somebody}
	if keep {
		d.Decided = record.Keep
	}
	err = store.Open(r.pool).DecideLeavers(r.ctx, d, r.now)
	if errors.Is(err, store.ErrNotLeaving) {
		return 0, nil
	}
	return 1, err
}

// dispute is an open conflict.
type dispute struct {
	id          int64
	key         string
	field       record.Field
	hub, remote string
}

// openConflict is the oldest open conflict that a person may settle; without a key
// there is none.
func (r *rig) openConflict() (c dispute, err error) {
	err = r.pool.QueryRow(r.ctx, `select id, key, field, hub_value, remote_value from conflict
		where resolved_by = '' and entity <> 0 and why in ('by order', 'a person decides', 'flapping')
		and field = any($1) order by id limit 1`, []record.Field{mail, phone}).Scan(&c.id, &c.key, &c.field, &c.hub, &c.remote)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, nil
	}
	return c, err
}

// settle settles a conflict: take "remote" takes theirs, "value" another, "" ours.
func (r *rig) settle(id int64, take, v string) (int64, error) {
	st := store.Open(r.pool)
	row, err := st.ListConflict(r.ctx, id)
	if err != nil {
		return 0, err
	}
	c := store.Resolution{Conflicts: []store.LookedAt{{Conflict: id, Etag: row.Etag()}}, TakeRemote: take == "remote", By: somebody}
	if take == "value" {
		c.Value = &v
	}
	err = st.Resolve(r.ctx, c, r.now)
	if errors.Is(err, store.ErrNotResolvable) || errors.Is(err, store.ErrConflictResolved) {
		return 0, nil
	}
	return 1, err
}
