-- What the API shows. Pages go on after a row of ours, so that page tokens
-- carry no key.

-- name: ShownEntities :many
select e.* from entity e
where e.kind = @kind and e.key > @after_key
  and ((@system::text = '' and @state::text = '') or exists (
    select from replica_shown r where r.entity = e.id
      and (@system = '' or r.system = @system) and (@state = '' or r.state = @state)))
order by e.key limit @most;

-- name: ShownEntity :one
select * from entity where id = @id;

-- name: ShownEntityByKey :one
select e.* from entity e
where e.kind = @kind and e.key = coalesce(
  (select a.to_key from entity_alias a where a.kind = @kind and a.from_key = @key), @key);

-- name: ShownReplicas :many
select * from replica_shown where entity = any(@entities::bigint[])
order by entity, system, place, scope, id;

-- name: ShownChange :one
select * from plan_row where id = @id;

-- name: ShownChanges :many
select * from plan_row
where run = @run and (@system::text = '' or system = @system)
  and (kind, key, id) > (@after_kind::text, @after_key::text, @after_id::bigint)
order by kind, key, id limit @most;

-- name: ShownHistory :many
select * from plan_row where kind = @kind and key = @key and id < @before::bigint
order by id desc limit @most;
