-- What the API shows. Pages go on after a row of ours, so that page tokens
-- carry no key.

-- name: ListEntities :many
select e.* from entity e
where e.kind = @kind and e.key > @after_key
  and ((@system::text = '' and @state::text = '') or exists (
    select from sync_record_state r where r.entity = e.id
      and (@system = '' or r.system = @system) and (@state = '' or r.state = @state)))
order by e.key limit @most;

-- name: ListEntity :one
select * from entity where id = @id;

-- name: ListEntityByKey :one
select e.* from entity e
where e.kind = @kind and e.key = coalesce(
  (select a.to_key from entity_alias a where a.kind = @kind and a.from_key = @key), @key);

-- name: ListSyncRecords :many
select * from sync_record_state where entity = any(@entities::bigint[])
order by entity, system, place, scope, id;

-- name: ListChange :one
select * from plan_row where id = @id;

-- name: ListChanges :many
select * from plan_row
where run = @run and (@system::text = '' or system = @system)
  and (kind, key, id) > (@after_kind::text, @after_key::text, @after_id::bigint)
order by kind, key, id limit @most;

-- name: ListHistory :many
select * from plan_row where kind = @kind and key = @key and id < @before::bigint
order by id desc limit @most;
