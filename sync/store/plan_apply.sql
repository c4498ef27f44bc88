-- name: BeginApply :execrows
-- None when the run was cancelled before, or its plan is being applied already.
insert into plan_apply (run, state, kinds, by_all, first_sync, passed, takes_up, counters, detail)
select @run, 'APPLYING', @kinds, @by_all, @first_sync, @passed, @takes_up, @counters, @detail
on conflict do nothing;

-- name: PlanApply :one
select * from plan_apply where run = @run;

-- name: LockApply :one
-- Held until a batch is applied: two processes never apply the same one.
select * from plan_apply where run = @run and state = 'APPLYING' for update;

-- name: NextBatch :one
-- The first batch after this one of which anything is left; 0 when none is.
select coalesce(least(
  (select min(i.batch) from staging_item i where i.run = @run and i.batch > @after),
  (select min(e.batch) from staging_entity e where e.run = @run and e.batch > @after),
  (select min(r.batch) from staging_sync_record r where r.run = @run and r.batch > @after),
  (select min(c.batch) from staging_conflict c where c.run = @run and c.batch > @after),
  (select min(a.batch) from staging_alias a where a.run = @run and a.batch > @after),
  (select min(p.batch) from plan_row p where p.run = @run and p.batch > @after and p.state = 'planned')), 0)::int;

-- name: BatchApplied :exec
update plan_apply set batch = @batch, stale = stale + @stale where run = @run;

-- name: DropBatch :exec
with i as (delete from staging_item where staging_item.run = @run and staging_item.batch = @batch),
e as (delete from staging_entity where staging_entity.run = @run and staging_entity.batch = @batch),
r as (delete from staging_sync_record where staging_sync_record.run = @run and staging_sync_record.batch = @batch),
c as (delete from staging_conflict where staging_conflict.run = @run and staging_conflict.batch = @batch)
delete from staging_alias where staging_alias.run = @run and staging_alias.batch = @batch;

-- name: Applied :exec
update plan_apply set state = 'APPLIED' where run = @run;

-- name: OthersApplying :many
-- Plans of other runs that are being applied, with entities of these kinds.
select run from plan_apply where state = 'APPLYING' and run <> @run and kinds && @kinds::text[] order by begun_on, run;

-- name: CancelApply :execrows
-- What has not begun to be applied will not.
insert into plan_apply (run, state) values (@run, 'CANCELLED') on conflict do nothing;

-- name: PlanKinds :many
select distinct kind from plan_row where run = @run order by kind;

-- name: DropApply :exec
delete from plan_apply where run = @run;
