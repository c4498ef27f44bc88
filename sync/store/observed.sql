-- name: ObserveSystem :exec
insert into observed_system (system, since) values (@system, @since) on conflict do nothing;

-- name: UnobserveSystem :execrows
delete from observed_system where system = $1;

-- name: PlanAgain :exec
-- The next Plan takes up the entities of some kinds: those that live, and those of which
-- a system has a record still.
update entity e set planned_version = 0 where e.kind = any(@kinds::text[]) and e.planned_version <> 0
and (e.deleted = '' or exists (select from sync_record r where r.entity = e.id and r.system = @system));
