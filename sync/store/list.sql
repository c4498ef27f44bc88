-- What the API shows. Pages go on after a row of ours, so that page tokens
-- carry no key.

-- name: ListEntities :many
select e.* from entity e
where e.kind = @kind and e.key > @after_key and (sqlc.narg('changed_since')::timestamptz is null or e.modified_on >= sqlc.narg('changed_since'))
  and ((@system::text = '' and @state::text = '' and not @held::boolean) or exists (
    select from sync_record_state r where r.entity = e.id
      and (@system = '' or r.system = @system) and (@state = '' or r.state = @state) and (not @held or r.held <> '{}')))
order by e.key limit @most;

-- name: ListEntity :one
select * from entity where id = @id;

-- name: ListEntityByKey :one
select e.* from entity e
where e.kind = @kind and e.key = coalesce(
  (select a.to_key from entity_alias a where a.kind = @kind and a.from_key = @key), @key);

-- name: UnknownKeys :one
-- How many of these keys are nobody's: neither in our own copy, nor once somebody's, nor to
-- be made by the plan.
select count(*) from unnest(@keys::text[]) k where not exists (select from entity e where e.kind = @kind and e.key = k)
and not exists (select from entity_alias a where a.kind = @kind and a.from_key = k)
and not exists (select from staging_entity s where s.run = @run and s.kind = @kind and s.key = k);

-- name: FindEntities :many
-- Entities in whose key or fields each of these words stands; as patterns of like, in
-- lower case.
select e.* from entity e where (@kind::text = '' or e.kind = @kind) and not exists (
  select from unnest(@words::text[]) w where lower(e.key) not like w
  and not exists (select from jsonb_each_text(e.fields) f where lower(f.value) like w))
order by (e.deleted <> ''), e.kind, e.key limit @most;

-- name: ListSyncRecords :many
select * from sync_record_state where entity = any(@entities::bigint[])
order by entity, system, place, scope, id;

-- name: ListUnreadable :many
-- What is set aside at systems and is nobody's.
select id, system, place, scope, kind, external_id, quarantine from sync_record
where entity is null and (quarantine <> '' or held <> '{}') and quarantine not in ('', 'gone at the system')
  and (@system::text = '' or system = @system) and id > @after order by id limit @most;

-- name: ListChange :one
select * from plan_row where id = @id;

-- name: ListChanges :many
select * from plan_row
where run = @run and (@system::text = '' or system = @system) and (@of_kind::text = '' or kind = @of_kind)
  and (kind, key, id) > (@after_kind::text, @after_key::text, @after_id::bigint)
order by kind, key, id limit @most;

-- name: CountChanges :many
select system, place, kind, op, count(*) as changes from plan_row where run = @run group by 1, 2, 3, 4 order by 3, 1, 2, 4;

-- name: ListHistory :many
-- What was sent, and what was decided: a decision that was carried out shows as
-- the write that did so.
select h.id, h.written, h.run, h.entity, h.system, h.place, h.scope, h.op, h.fields, h.reason, h.actor, h.state, h.at, h.done_on, h.error from (
  select p.id, false as written, p.run, p.entity, p.system, p.place, p.scope, p.op, p.fields, p.reason, p.actor, p.state,
    p.planned_on as at, p.done_on, p.error
  from plan_row p where p.kind = @kind and p.key = @key and not exists (select from journal w where w.id = p.journal)
  union all
  select j.id, true, j.run, j.entity, j.system, j.place, j.scope, case j.op when 'clear' then 'update' else j.op end, j.sent,
    case j.op when 'clear' then 'freed for another record' when 'take_over' then 'counts as made by us, on a person''s word' else '' end, 'sync',
    case j.outcome when '' then 'pending' when 'refused' then 'failed' else j.outcome end, j.at, j.done_on, j.error
  from journal j where j.entity = @entity::bigint
) h where (h.at, h.written, h.id) < (@before::timestamptz, @before_written::boolean, @before_id::bigint)
order by h.at desc, h.written desc, h.id desc limit @most;
