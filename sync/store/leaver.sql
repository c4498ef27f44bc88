-- name: ListLeavers :many
-- What of entities is leaving, by entity: at the sources of their kinds, as SYSTEM KIND,
-- and what waits to be confirmed. The plan is one that waits for a person and ends it.
with ends as materialized (
  select v.* from leaving v where (@entities::bigint[] = '{}' or v.entity = any(@entities)) and (@kind::text = '' or v.kind = @kind)
    and (v.why <> 'missing' or v.system || ' ' || v.kind = any(@sources::text[]))
), page as (
  select distinct entity from ends where entity > @after::bigint order by entity limit @most
)
select e.id, e.kind, e.key, e.fields, v.id as sync_record, v.system, v.place, v.scope, v.kind as record_kind, v.external_id, v.why, v.missing, v.since, v.confirm_at,
  v.confirm_by, v.view, v.decided, v.decided_on, v.decided_by, v.decided_why,
  coalesce((select p.run from plan_row p join run n on n.id = p.run
    where p.kind = e.kind and p.key = e.key and p.state = 'planned' and p.op in ('delete', 'remove', 'detach')
      and n.plan_hash <> '' and n.plan_until > @now::timestamptz order by p.id desc limit 1), '00000000-0000-0000-0000-000000000000')::uuid as plan
from page g join ends v on v.entity = g.entity join entity e on e.id = v.entity
order by e.id, v.system, v.place, v.id, v.since;

-- name: CountLeavers :one
select count(distinct v.entity) from leaving v
where v.decided = '' and (v.why <> 'missing' or v.system || ' ' || v.kind = any(@sources::text[]));

-- name: DecideLeaver :execrows
-- A plan made before has not known it: what it does with the record is out of date.
update sync_record r set decided = @decided, decided_on = @now::timestamptz, decided_by = @by, decided_why = @why, version = r.version + 1
from (select v.id, v.system from leaving v where v.entity = @entity
  and (v.why <> 'missing' or v.system || ' ' || v.kind = any(@sources::text[]))
  group by v.id, v.system) o
where r.system = o.system and r.id = o.id;

-- name: DoubtAbsence :exec
-- Whoever is kept counts as proved to be absent by later readings alone, so that no plan
-- made of an earlier one ends them. The row stays: they are not shown again.
update shown f set reading = nextval('run_reading') from leaving v
where v.entity = @entity and v.why = 'missing' and v.decided = 'keep' and f.listing = v.listing and f.external_id = v.external_id and not f.present;

-- name: LockLeaverListings :exec
-- No plan that ends the entity is applied while a person decides.
select l.id from listing l where l.id in (select v.listing from leaving v where v.entity = @entity) order by l.id for no key update;

-- name: LockLeaverRecords :exec
select r.id from sync_record r where r.entity = @entity order by r.system, r.id for update;
