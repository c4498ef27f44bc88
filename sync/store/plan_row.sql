-- name: AddPlanRows :copyfrom
insert into plan_row (run, kind, key, entity, system, place, scope, sync_record, op, fields, reason, actor, entity_version, sync_record_version, component, batch, effect, emptied, approved, made, state, planned_on, seen)
values (@run, @kind, @key, @entity, @system, @place, @scope, @sync_record, @op, @fields, @reason, @actor, @entity_version, @sync_record_version, @component, @batch, @effect, @emptied, @approved, @made, @state, @planned_on, @seen);

-- name: DropPlanRows :exec
delete from plan_row where run = @run and state = 'planned';

-- name: PlanRowsForHash :many
select system, place, scope, kind, key, op, fields from plan_row where run = @run
order by system, place, scope, kind, key, op, fields::text;

-- name: OpenRowsOf :many
select * from plan_row where sync_record = any(@sync_records::bigint[]) and state = 'pending' order by id;

-- name: PlannedByRun :many
-- The sync records at a system that the Plan of a run has decided about.
select distinct sync_record::bigint as id from plan_row
where run = @run and system = @system and state <> 'planned' and sync_record is not null;

-- name: CloseRows :exec
update plan_row p set state = v.state, journal = nullif(v.journal, 0), error = v.error, done_on = @now
from (select unnest(@ids::bigint[]) as id, unnest(@states::text[]) as state, unnest(@journals::bigint[]) as journal, unnest(@errors::text[]) as error) v
where p.id = v.id;

-- name: CloseCarriedOutRows :exec
-- What was planned and is agreed now is done, and a row that the hub has overtaken is
-- superseded. What is agreed is looked at as a whole: by field it is unpacked each time.
update plan_row p set state = case when a.in_step then 'done' else 'superseded' end, journal = case when a.in_step then nullif(v.journal, 0) end,
  error = '', done_on = @now
from (select unnest(@sync_records::bigint[]) as id, unnest(@journals::bigint[]) as journal) v
join sync_record r on r.system = @system and r.id = v.id
join plan_row o on o.sync_record = v.id and o.state = 'pending',
lateral (select r.base_local @> coalesce(jsonb_object_agg(f.key, f.value -> 1), '{}') as in_step from jsonb_each(o.fields) f) a
where p.id = o.id;

-- name: CloseRowsOf :exec
update plan_row set state = @state, done_on = @now, error = @error where sync_record = @sync_record and state = 'pending';

-- name: ChangedLately :many
-- What was changed of our own copy without approval.
select key, op, fields, done_on::timestamptz as at from plan_row
where kind = @kind and key = any(@keys::text[]) and system = 'hub' and state = 'done' and not approved and done_on > @since
order by key, id;

-- name: TakesUp :one
-- Whether a run takes a place up: what it brings came with a first sync.
select exists (select from staging_listing s join listing l on l.id = s.listing
  where s.run = @run and s.complete and s.moves and l.initialised_on is null);

-- name: ApplyPlanRows :exec
update plan_row p set
  approved = p.approved or @approved,
  state = case when p.system = 'hub' or p.op in ('detach', 'conflict', 'keep') or (p.op = 'adopt' and p.fields = '{}') then 'done' else 'pending' end,
  done_on = case when p.system = 'hub' or p.op in ('detach', 'conflict', 'keep') or (p.op = 'adopt' and p.fields = '{}') then @now::timestamptz end,
  entity = coalesce(p.entity, e.id),
  sync_record = coalesce(p.sync_record, (select r.id from sync_record r where r.system = p.system and r.place = p.place and r.scope = p.scope
    and r.kind = p.kind and r.entity = e.id limit 1))
from entity e where p.run = @run and p.batch = @batch and p.state = 'planned' and e.kind = p.kind and e.key = p.key;

-- name: ApplyOrphanRows :exec
-- Rows about unmanaged records whose key is that of no entity.
update plan_row p set approved = @approved, state = case when p.op = 'keep' then 'done' else 'pending' end,
  done_on = case when p.op = 'keep' then @now::timestamptz end
where p.run = @run and p.batch = @batch and p.state = 'planned' and p.op in ('remove', 'keep') and p.sync_record is not null
and not exists (select from entity e where e.kind = p.kind and e.key = p.key);

-- name: DeleteOldPlanRows :execrows
-- What is over; the oldest have the lowest numbers.
delete from plan_row where plan_row.id in (
  select o.id from (select p.id, p.state, coalesce(p.done_on, p.planned_on) as at from plan_row p order by p.id limit 20000) o
  where o.state not in ('planned', 'pending') and o.at < now() - make_interval(hours => @hours::int));
