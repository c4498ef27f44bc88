-- name: ApplyConflicts :exec
-- That nothing tells whose records are is told once, as long as it is so; it may
-- concern nobody yet. A line with a winner says that it is so no longer. What a system gives
-- out otherwise than we have it is told once for the same two values, also when a person has
-- answered; of other values it is another conflict.
with given as (
  update conflict c set resolved_on = @now::timestamptz from staging_conflict s join entity e on e.kind = s.kind and e.key = s.key
  where s.run = @run and s.batch = @batch and s.why = 'given there'
    and c.entity = e.id and c.field = s.field and c.system = s.system and c.why = s.why and c.resolved_on is null
    and (s.won_by <> '' or (c.hub_value, c.remote_value) is distinct from (s.hub_value, s.remote_value))),
cleared as (
  update conflict c set resolved_on = @now::timestamptz from staging_conflict s
  where s.run = @run and s.batch = @batch and s.won_by <> '' and s.why in ('duplicate', 'somebody else', 'newcomer')
    and c.kind = s.kind and c.key = s.key and c.system = s.system and c.why = s.why and c.remote_value = s.remote_value and c.resolved_on is null)
insert into conflict (run, entity, kind, key, field, system, hub_value, remote_value, won_by, why, found_on, resolved_on)
select s.run, coalesce(e.id, 0), s.kind, s.key, s.field, s.system, s.hub_value, s.remote_value, s.won_by, s.why, @now,
  case when s.won_by <> '' then @now::timestamptz end
from staging_conflict s left join entity e on e.kind = s.kind and e.key = s.key
where s.run = @run and s.batch = @batch and case when s.why = 'given there' then e.id is not null and s.won_by = '' and not exists (select from conflict c
    where c.entity = e.id and c.field = s.field and c.system = s.system and c.why = s.why and c.hub_value = s.hub_value and c.remote_value = s.remote_value)
  when s.why not in ('duplicate', 'somebody else', 'newcomer') then e.id is not null
  else s.won_by = '' and not exists (select from conflict c
    where c.kind = s.kind and c.key = s.key and c.system = s.system and c.why = s.why and c.remote_value = s.remote_value and c.resolved_on is null) end;

-- name: TellDoubles :exec
-- Records at a system, which are named, share what only one may have: told once, as
-- long as it is so.
insert into conflict (run, entity, kind, key, field, system, hub_value, remote_value, won_by, why, found_on)
select coalesce((select j.run from journal j where j.id = @entry::bigint), '00000000-0000-0000-0000-000000000000'),
  e.id, e.kind, e.key, @field, @system, '', @doubles, '', 'duplicate', @now
from entity e where e.id = @entity and not exists (select from conflict c
  where c.entity = e.id and c.system = @system and c.why = 'duplicate' and c.remote_value <> '' and c.resolved_on is null);

-- name: EndDoubles :exec
update conflict set resolved_on = @now::timestamptz
where entity = any(@entities::bigint[]) and system = @system and why = 'duplicate' and remote_value <> '' and resolved_on is null;

-- name: Conflicts :many
select * from conflict where id > @after order by id limit @most;

-- name: EndDuplicate :exec
-- The second of two records that show one key is removed: where there is no third,
-- nothing is unclear any more.
update conflict c set resolved_on = @now::timestamptz from sync_record r
where r.system = @system and r.id = @id and r.entity is null
and c.kind = r.kind and c.key = r.natural_key and c.system = r.system and c.why = 'duplicate' and c.remote_value = '' and c.resolved_on is null
and not exists (select from sync_record o where o.system = r.system and o.place = r.place and o.scope = r.scope and o.kind = r.kind
  and o.natural_key = r.natural_key and o.entity is null and o.id <> r.id and o.quarantine <> 'gone at the system');

-- name: DeleteOldConflicts :execrows
-- What was decided, by a person or by the order of the policy; what waits for a person
-- stays.
delete from conflict where coalesce(resolved_on, case when won_by <> '' then found_on end) < now() - make_interval(hours => @hours::int);
