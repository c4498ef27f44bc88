-- name: BeginApply :execrows
-- None when the run was cancelled before, or its plan is being applied already.
insert into plan_apply (run, state, kinds, by_all, first_sync, passed, takes_up, left_open, counters, detail)
select @run, 'APPLYING', @kinds, @by_all, @first_sync, @passed, @takes_up, @left_open, @counters, @detail
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

-- name: LockApprovals :exec
-- One approval after the other: each sees what the one before has begun.
select pg_advisory_xact_lock(hashtextextended('approve', 0));

-- name: CancelApply :execrows
-- What has not begun to be applied will not.
insert into plan_apply (run, state) values (@run, 'CANCELLED') on conflict do nothing;

-- name: PlanKinds :many
select distinct kind from plan_row where run = @run order by kind;

-- name: DropApply :exec
delete from plan_apply where run = @run;

-- name: ComponentsOfBatch :many
-- What is applied or left together within a batch; 0 is what is unmanaged.
select distinct c.component from (
  select component from staging_item where staging_item.run = @run and staging_item.batch = @batch
  union select component from staging_entity where staging_entity.run = @run and staging_entity.batch = @batch
  union select component from staging_sync_record where staging_sync_record.run = @run and staging_sync_record.batch = @batch
  union select component from staging_conflict where staging_conflict.run = @run and staging_conflict.batch = @batch
  union select component from staging_alias where staging_alias.run = @run and staging_alias.batch = @batch
  union select component from plan_row where plan_row.run = @run and plan_row.batch = @batch and plan_row.state = 'planned') c
order by c.component;

-- name: LastBatch :one
select greatest(
  (select coalesce(max(batch), 0) from staging_item where staging_item.run = @run),
  (select coalesce(max(batch), 0) from staging_entity where staging_entity.run = @run),
  (select coalesce(max(batch), 0) from staging_sync_record where staging_sync_record.run = @run),
  (select coalesce(max(batch), 0) from staging_conflict where staging_conflict.run = @run),
  (select coalesce(max(batch), 0) from staging_alias where staging_alias.run = @run),
  (select coalesce(max(batch), 0) from plan_row where plan_row.run = @run and plan_row.state = 'planned'))::int;

-- name: MoveToBatch :exec
-- Components are applied with a later batch.
with i as (update staging_item set batch = @to_batch where staging_item.run = @run and staging_item.batch = @batch and component = any(@components::int[])),
e as (update staging_entity set batch = @to_batch where staging_entity.run = @run and staging_entity.batch = @batch and component = any(@components::int[])),
r as (update staging_sync_record set batch = @to_batch where staging_sync_record.run = @run and staging_sync_record.batch = @batch and component = any(@components::int[])),
c as (update staging_conflict set batch = @to_batch where staging_conflict.run = @run and staging_conflict.batch = @batch and component = any(@components::int[])),
a as (update staging_alias set batch = @to_batch where staging_alias.run = @run and staging_alias.batch = @batch and component = any(@components::int[]))
update plan_row set batch = @to_batch where plan_row.run = @run and plan_row.batch = @batch and plan_row.state = 'planned' and component = any(@components::int[]);

-- name: UnmanagedOfBatch :many
-- The unmanaged sync records of a batch.
select seq from staging_sync_record where run = @run and batch = @batch and component = 0 order by seq;

-- name: MoveUnmanagedToBatch :exec
-- Unmanaged sync records are applied with a later batch, and with them what was seen
-- of them.
with i as (update staging_item t set batch = @to_batch where t.run = @run and t.batch = @batch and t.component = 0 and exists (
  select from staging_sync_record s join listing l on l.system = s.system and l.place = s.place and l.scope = s.scope
  where s.run = t.run and s.batch = t.batch and s.seq = any(@seqs::int[]) and l.id = t.listing and s.external_id = t.external_id))
update staging_sync_record set batch = @to_batch where staging_sync_record.run = @run and staging_sync_record.batch = @batch and seq = any(@seqs::int[]);

-- name: EntityOfBatch :one
-- An entity that a batch is about; 0 when it only makes new ones.
select coalesce((select min(s.entity) from staging_entity s where s.run = @run and s.batch = @batch),
  (select min(r.entity) from staging_sync_record s join sync_record r on r.system = s.system and r.id = s.sync_record where s.run = @run and s.batch = @batch), 0)::bigint;

-- name: MayPutAside :one
-- Whether all that was read for a batch is shown again by the next full reading of
-- its place, whatever is stored of it now.
select not exists (select from staging_item i join staging_listing s on s.run = i.run and s.listing = i.listing
  where i.run = @run and i.batch = @batch and i.planned and (not s.whole or i.state not in ('changed', 'fault', 'absent')));

-- name: OthersInBatch :one
-- Whether anything was read for a batch besides what is staged of an unmanaged record.
select exists (select from staging_item i where i.run = @run and i.batch = @batch and not exists (
  select from staging_sync_record s join listing l on l.system = s.system and l.place = s.place and l.scope = s.scope
  where s.run = i.run and s.batch = i.batch and s.seq = @seq and l.id = i.listing and s.external_id = i.external_id));

-- name: QuarantineRefused :exec
-- What was read of records that the tables do not take: they are put aside.
update sync_record r set quarantine = @why, version = r.version + 1
from staging_sync_record s join listing l on l.system = s.system and l.place = s.place and l.scope = s.scope
join staging_item i on i.run = s.run and i.batch = s.batch and i.listing = l.id and i.external_id = s.external_id
where s.run = @run and s.batch = @batch and i.planned and i.state in ('changed', 'fault')
and r.system = s.system and r.id = s.sync_record and r.quarantine <> @why;

-- name: PutAsideRefused :exec
-- The same for those of which nothing is known yet.
insert into sync_record (system, place, scope, kind, external_id, natural_key, quarantine)
select s.system, s.place, s.scope, s.kind, s.external_id, coalesce(nullif(s.natural_key, ''), s.key), @why from staging_sync_record s
where s.run = @run and s.batch = @batch and s.sync_record is null and not s.drop and s.external_id is not null on conflict do nothing;

-- name: SeeRefusedAgain :exec
-- Each full reading shows them again: no record has this digest.
insert into last_seen (listing, external_id, digest)
select i.listing, i.external_id, '\x00' from staging_item i where i.run = @run and i.batch = @batch and i.planned and i.state in ('changed', 'fault')
on conflict (listing, external_id) do update set digest = excluded.digest, missing = 0, missing_since = null
where last_seen.digest <> excluded.digest or last_seen.missing <> 0;

-- name: BatchRefused :exec
update plan_apply set refused = refused + 1, refusal = case when refusal = '' then @why::text else refusal end where run = @run;

-- name: ComponentsAbout :many
-- The components of a plan with rows about these records.
select distinct p.kind, p.key, p.component from plan_row p
join (select unnest(@kinds::text[]) as kind, unnest(@keys::text[]) as key) n on n.kind = p.kind and n.key = p.key
where p.run = @run and p.state = 'planned' order by p.kind, p.key, p.component;

-- name: ComponentsMaking :many
-- The components of a plan in which these entities, or records of them, are made.
select distinct p.component from plan_row p
join (select unnest(@kinds::text[]) as kind, unnest(@keys::text[]) as key) n on n.kind = p.kind and n.key = p.key
where p.run = @run and p.state = 'planned' and p.op in ('create', 'return') order by p.component;

-- name: ChangesOfComponents :many
select kind, fields from plan_row where run = @run and state = 'planned' and component = any(@components::int[]) order by id;

-- name: RecordsPlanned :one
select count(*)::int from (select distinct kind, key from plan_row where run = @run and state = 'planned') r;

-- name: EffectsPlanned :many
-- What a plan does, as limits count it.
select e.system, e.place, e.kind, e.field, e.effect, e.made, count(*) as n from (
  select p.system, p.place, p.kind, ''::text as field, p.effect, (p.made and p.effect <> 'created')::boolean as made from plan_row p where p.run = @run and p.state = 'planned' and p.effect <> '' and not p.approved
  union all
  select o.system, o.place, o.kind, unnest(o.emptied), 'emptied'::text, o.made from plan_row o where o.run = @run and o.state = 'planned' and o.emptied <> '{}' and not o.approved) e
group by e.system, e.place, e.kind, e.field, e.effect, e.made order by e.system, e.place, e.kind, e.effect, e.field, e.made;
