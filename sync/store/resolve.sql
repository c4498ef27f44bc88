-- name: ListConflicts :many
-- Newest first; kind blank is all.
select c.*, coalesce(e.version, 0)::bigint as entity_version, coalesce(e.provenance, '{}')::jsonb as provenance from conflict c left join entity e on e.id = c.entity
where (@kind::text = '' or c.kind = @kind) and (not @open::boolean or c.resolved_on is null) and c.id < @before::bigint
order by c.id desc limit @most;

-- name: ListConflict :one
select c.*, coalesce(e.version, 0)::bigint as entity_version, coalesce(e.provenance, '{}')::jsonb as provenance from conflict c left join entity e on e.id = c.entity where c.id = @id;

-- name: LockEntity :one
select * from entity where id = @id for update;

-- name: ResolveEntity :exec
-- The version moves on and what was decided does not: the next run decides it.
update entity set fields = fields || jsonb_build_object(@field::text, @value::text),
  provenance = provenance || jsonb_build_object(@field, jsonb_build_array('hub', @seen::text)),
  version = version + 1, modified_on = @now
where id = @id;

-- name: ResolveSyncRecords :exec
-- What stands at each system is known and no news any more, so that our value
-- is the one that has changed since.
update sync_record set base_local = base_local || jsonb_build_object(@field::text, remote ->> @field),
  base_remote = base_remote || jsonb_build_object(@field, remote ->> @field), version = version + 1
where entity = @entity and kind = @kind and remote ? @field;

-- name: ResolveConflicts :exec
update conflict set resolved_on = @now, resolved_by = @by::text
where entity = @entity and field = @field::text and resolved_by = '';

-- name: InsertResolved :exec
insert into plan_row (run, kind, key, entity, system, op, fields, reason, actor, entity_version, state, planned_on, done_on)
values (@run, @kind, @key, @entity, 'hub', 'update', @fields, 'conflict', @actor, @entity_version, 'done', @now, @now);
