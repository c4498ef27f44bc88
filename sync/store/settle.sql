-- name: ShownConflicts :many
-- Newest first; kind blank is all.
select c.*, e.version as entity_version from conflict c join entity e on e.id = c.entity
where (@kind::text = '' or c.kind = @kind) and (not @open::boolean or c.settled_on is null) and c.id < @before::bigint
order by c.id desc limit @most;

-- name: ShownConflict :one
select c.*, e.version as entity_version from conflict c join entity e on e.id = c.entity where c.id = @id;

-- name: LockEntity :one
select * from entity where id = @id for update;

-- name: SettleEntity :exec
-- The version moves on and what was decided does not: the next run decides it.
update entity set fields = fields || jsonb_build_object(@field::text, @value::text),
  provenance = provenance || jsonb_build_object(@field, jsonb_build_array('hub', @seen::text)),
  version = version + 1, modified_on = @now
where id = @id;

-- name: SettleReplicas :exec
-- What stands at each system is known and no news any more, so that our value
-- is the one that has changed since.
update replica set agreed_hub = agreed_hub || jsonb_build_object(@field::text, far ->> @field),
  agreed_far = agreed_far || jsonb_build_object(@field, far ->> @field), version = version + 1
where entity = @entity and kind = @kind and far ? @field;

-- name: SettleConflicts :exec
update conflict set settled_on = @now, settled_by = @by::text
where entity = @entity and field = @field::text and settled_by = '';

-- name: InsertSettled :exec
insert into plan_row (run, kind, key, entity, system, op, fields, reason, actor, entity_version, state, decided_on, done_on)
values (@run, @kind, @key, @entity, 'hub', 'update', @fields, 'conflict', @actor, @entity_version, 'done', @now, @now);
