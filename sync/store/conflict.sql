-- name: ApplyConflicts :exec
insert into conflict (run, entity, kind, key, field, system, hub_value, remote_value, won_by, why, found_on, resolved_on)
select s.run, e.id, s.kind, s.key, s.field, s.system, s.hub_value, s.remote_value, s.won_by, s.why, @now,
  case when s.won_by <> '' then @now::timestamptz end
from staging_conflict s join entity e on e.kind = s.kind and e.key = s.key where s.run = @run and s.batch = @batch;

-- name: Conflicts :many
select * from conflict where id > @after order by id limit @most;
