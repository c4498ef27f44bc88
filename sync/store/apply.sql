-- name: AppliesMany :one
-- Whether a batch has more sync records to apply than this.
select exists (select from staging_sync_record where run = @run and batch = @batch offset @most::bigint);

-- name: StagedOfKinds :many
-- Entities of some kinds that a batch changes, or makes.
select s.kind, s.key, (e.id is not null)::boolean as known, coalesce(e.fields, '{}')::jsonb as was, s.fields, s.provenance, s.deleted
from staging_entity s left join entity e on e.id = s.entity
where s.run = @run and s.batch = @batch and s.kind = any(@kinds::text[]) and (e.id is null or (s.fields, s.deleted) is distinct from (e.fields, e.deleted))
order by s.seq;

-- name: LockStagedEntities :exec
select e.id from entity e join staging_entity s on e.id = s.entity where s.run = @run and s.batch = @batch for update of e;

-- name: LockStagedSyncRecords :exec
select r.id from sync_record r join staging_sync_record s on r.system = s.system and r.id = s.sync_record where s.run = @run and s.batch = @batch for update of r;

-- An entity that has moved, or one that another run has made since.
-- name: StaleEntities :many
select s.kind, s.key, s.component from staging_entity s join entity e on e.id = s.entity
where s.run = @run and s.batch = @batch and e.version <> s.version
union all
select s.kind, s.key, s.component from staging_entity s join entity e on e.kind = s.kind and e.key = s.key
where s.run = @run and s.batch = @batch and s.entity is null;

-- A sync record that has moved, or one that another run has made since.
-- name: StaleSyncRecords :many
select coalesce(nullif(s.entity_kind, ''), s.kind)::text as kind, s.key, s.component, s.seq
from staging_sync_record s left join sync_record r on r.system = s.system and r.id = s.sync_record
where s.run = @run and s.batch = @batch and s.sync_record is not null and (r.id is null or r.version <> s.version)
union all
select s.entity_kind as kind, s.key, s.component, s.seq from staging_sync_record s
join entity e on e.kind = s.entity_kind and e.key = s.key
join sync_record r on r.entity = e.id and r.system = s.system and r.place = s.place and r.scope = s.scope and r.kind = s.kind
where s.run = @run and s.batch = @batch and s.sync_record is null and not s.drop
and not exists (select from staging_sync_record o where o.run = s.run and o.batch = s.batch and o.system = r.system and o.sync_record = r.id)
union all
-- Or one with this remote id.
select s.entity_kind as kind, s.key, s.component, s.seq from staging_sync_record s
join sync_record r on r.system = s.system and r.place = s.place and r.scope = s.scope and r.kind = s.kind and r.external_id = s.external_id
where s.run = @run and s.batch = @batch and not s.drop and not s.recreated and (s.sync_record is null or s.sync_record <> r.id)
and not exists (select from staging_sync_record o where o.run = s.run and o.batch = s.batch and o.system = r.system and o.sync_record = r.id);

-- name: StaleAbsences :many
-- What was absent when the plan was made, and was shown again since.
-- Few are: each is looked up by itself, whatever is expected.
select e.kind, e.key, i.component from staging_item i
join staging_listing sl on sl.run = i.run and sl.listing = i.listing
join listing l on l.id = i.listing
cross join lateral (select e.kind, e.key from sync_record r join entity e on e.id = r.entity
  where r.system = l.system and r.place = l.place and r.scope = l.scope and r.external_id = i.external_id offset 0) e
where i.run = @run and i.batch = @batch and i.state = 'absent' and i.planned
and not exists (select from shown f where f.listing = i.listing and f.external_id = i.external_id and not f.present and f.reading <= sl.reading);

-- name: StaleArrivals :many
-- What was made for somebody who has come in at a system, and may be somebody of ours of
-- whom the plan did not know: one that shares something, or that no plan has looked at.
select s.kind, s.key, s.component from staging_entity s
cross join lateral jsonb_array_elements(s.groups) n join group_key g on g.rule = n ->> 0 and g.key = n ->> 1
join entity e on e.id = g.entity and e.kind = s.kind
where s.run = @run and s.batch = @batch and s.came and g.rule = 'newcomers ' || s.kind and e.deleted = '' and e.id <> all(s.alike)
union
select s.kind, s.key, s.component from staging_entity s
where s.run = @run and s.batch = @batch and s.came and exists (
  select from entity e where e.kind = s.kind and e.version <> e.planned_version and e.deleted = ''
  and not exists (select from group_key g where g.entity = e.id)
  and not exists (select from staging_entity o where o.run = s.run and o.entity = e.id and o.version = e.version));

-- name: StaleNewcomers :many
-- A record that is to be made, and that somebody else has made since: it was
-- shown, or is known by now.
select p.kind, p.key, p.component from plan_row p
join shown f on f.present and f.key = p.key
join listing l on l.id = f.listing and l.system = p.system and l.place = p.place and l.scope = p.scope
where p.run = @run and p.batch = @batch and p.op = 'create' and p.state = 'planned' and p.system <> 'hub'
and f.reading > coalesce((select max(s.reading) from staging_listing s join listing sl on sl.id = s.listing
  where s.run = p.run and sl.system = p.system and sl.place = p.place and sl.scope = p.scope), 0)
union all
select p.kind, p.key, p.component from plan_row p
join sync_record r on r.system = p.system and r.place = p.place and r.scope = p.scope and r.kind = p.kind and r.natural_key = p.key
where p.run = @run and p.batch = @batch and p.op = 'create' and p.state = 'planned' and p.system <> 'hub' and r.entity is null and r.external_id is not null
and r.quarantine <> 'gone at the system'
and not exists (select from staging_sync_record o where o.run = p.run and o.batch = p.batch and o.system = r.system and o.sync_record = r.id);

-- name: StaleReadings :many
-- What another run has read otherwise since.
select coalesce(r.entity_kind, e.kind, '')::text as kind, coalesce(r.key, e.key, '')::text as key, i.component from staging_item i
join listing l on l.id = i.listing
left join staging_sync_record r on r.run = i.run and r.batch = i.batch and r.component = i.component
  and r.system = l.system and r.place = l.place and r.scope = l.scope and r.external_id = i.external_id
left join sync_record k on r.run is null and k.system = l.system and k.place = l.place and k.scope = l.scope and k.external_id = i.external_id
left join entity e on e.id = k.entity
where i.run = @run and i.batch = @batch and i.contradicted and i.planned and i.component <> 0
union all
-- Or first seen to differ, where the run itself saw nothing new.
select s.entity_kind as kind, s.key, s.component from staging_sync_record s
join listing l on l.system = s.system and l.place = s.place and l.scope = s.scope
join staging_listing o on o.listing = l.id and o.run <> s.run and o.complete
join staging_item i on i.run = o.run and i.listing = o.listing and i.external_id = s.external_id
where s.run = @run and s.batch = @batch and s.component <> 0 and i.state <> 'fault' and not i.contradicted
and o.reading > (select coalesce(max(n.reading) filter (where n.listing = o.listing), max(n.reading)) from staging_listing n where n.run = s.run)
and not exists (select from staging_item a join listing v on v.id = a.listing
  where a.run = s.run and v.system = s.system and v.place = s.place and v.scope = s.scope and a.external_id = i.external_id);

-- name: StaleUnplanned :many
-- A record that is to be made, where another run has read one with its key since and
-- has not planned yet.
with fresh as materialized (
  select l.system, l.place, l.scope, i.listing, i.external_id, i.key from staging_listing o join listing l on l.id = o.listing
  join staging_item i on i.run = o.run and i.listing = o.listing
  where o.run <> @run and o.complete and i.state = 'changed' and i.key <> '' and not i.planned
  and o.reading > (select coalesce(max(n.reading) filter (where n.listing = o.listing), max(n.reading), 0) from staging_listing n where n.run = @run))
select p.kind, p.key, p.component from plan_row p join fresh f on f.system = p.system and f.place = p.place and f.scope = p.scope and f.key = p.key
where p.run = @run and p.batch = @batch and p.op = 'create' and p.state = 'planned' and p.system <> 'hub'
and not exists (select from sync_record r where r.system = f.system and r.place = f.place and r.scope = f.scope and r.external_id = f.external_id)
and not exists (select from staging_item a where a.run = p.run and a.listing = f.listing and a.external_id = f.external_id);

-- name: LockListings :exec
-- No reading of what the batch moves ends while it is applied.
select l.id from listing l join staging_listing s on s.listing = l.id where s.run = @run order by l.id for no key update of l;

-- name: Overtake :exec
-- A reading under way was compared with what a batch moves.
update staging_listing o set overtaken = true
where o.run <> @run and not o.complete and not o.overtaken and exists (
  select from staging_item i where i.run = @run and i.batch = @batch and i.planned and i.listing = o.listing);

-- name: RowsNotRepeated :many
-- What the newest later run of the same pipeline about the record does not repeat: one
-- that has read all it reads, and has a plan which waits, or has applied one.
with later as materialized (
  select n.id, n.started_at, n.scope_keys from run o join run n on n.pipeline = o.pipeline and n.started_at > o.started_at
  where o.id = @run and (n.applied or n.plan_hash <> '' and n.plan_until > now())
  and not exists (select from run_step s where s.run = n.id and s.action = 'READ' and s.state <> 'DONE')),
of_all as materialized (select id, started_at from later where scope_keys = 0 order by started_at desc limit 1),
of_some as materialized (
  select distinct on (c.kind, c.key) c.kind, c.key, l.id, l.started_at from later l join run_scope c on c.run = l.id
  where l.scope_keys > 0 and l.started_at > coalesce((select w.started_at from of_all w), '-infinity')
  order by c.kind, c.key, l.started_at desc)
select p.kind, p.key, p.component from plan_row p
left join of_some s on s.kind = p.kind and s.key = p.key left join of_all a on true
where p.run = @run and p.batch = @batch and p.state = 'planned' and coalesce(s.id, a.id) is not null and not exists (
  select from plan_row q where q.run = coalesce(s.id, a.id) and q.kind = p.kind and q.key = p.key and q.system = p.system and q.place = p.place
  and q.scope = p.scope and q.op = p.op and q.fields = p.fields);

-- name: DropStaleEntities :exec
delete from staging_entity where run = @run and batch = @batch and component = any(@components::int[]);

-- name: DropStaleSyncRecords :exec
delete from staging_sync_record where run = @run and batch = @batch and (component = any(@components::int[]) or seq = any(@seqs::int[]));

-- name: DropStaleConflicts :exec
delete from staging_conflict where run = @run and batch = @batch and component = any(@components::int[]);

-- name: DropStaleAliases :exec
delete from staging_alias where run = @run and batch = @batch and component = any(@components::int[]);

-- name: DropStaleRows :exec
delete from plan_row where run = @run and batch = @batch and state = 'planned' and component = any(@components::int[]);

-- name: HoldStaleListings :exec
-- What they showed of stale components counts as not seen: so they prove nobody's
-- absence to the writes of the run; and a listing of what has changed is gone on with
-- from where it began, since it shows them no more.
update staging_listing t set held = true, moves = moves and whole where t.run = @run and exists (
  select from staging_item i where i.run = t.run and i.batch = @batch and i.listing = t.listing and i.planned and (i.component = any(@components::int[])
    or exists (select from staging_sync_record s join listing l on l.system = s.system and l.place = s.place and l.scope = s.scope
      where s.run = i.run and s.batch = i.batch and s.seq = any(@seqs::int[]) and l.id = i.listing and s.external_id = i.external_id)));

-- name: HoldShownAgain :exec
-- Listings of which a plan could not decide something are gone on with from where they
-- began.
update staging_listing set held = true, moves = moves and whole where run = @run and listing = any(@listings::int[]);

-- name: DropStaleItems :exec
update staging_item i set planned = false where i.run = @run and i.batch = @batch and i.planned and (i.component = any(@components::int[])
  or exists (select from staging_sync_record s join listing l on l.system = s.system and l.place = s.place and l.scope = s.scope
    where s.run = i.run and s.batch = i.batch and s.seq = any(@seqs::int[]) and l.id = i.listing and s.external_id = i.external_id));

-- name: MarkDue :exec
-- The next Plan takes up the entities of stale components.
update entity e set planned_version = 0 where e.planned_version <> 0 and exists (
  select from staging_entity s where s.run = @run and s.batch = @batch and s.component = any(@components::int[]) and s.entity = e.id
  union all
  select from staging_sync_record s where s.run = @run and s.batch = @batch and s.component = any(@components::int[]) and s.entity_kind = e.kind and s.key = e.key);

-- name: ApplyNewEntities :exec
insert into entity (kind, key, fields, provenance, deleted, made_rule, made_group, made, version, planned_version, modified_on)
select kind, key, fields, provenance, deleted, made_rule, made_group, made, 1, 1, @now from staging_entity
where run = @run and batch = @batch and entity is null order by seq;

-- name: ApplyEntities :exec
update entity e set fields = s.fields, provenance = s.provenance, deleted = s.deleted, made_rule = s.made_rule, made_group = s.made_group,
  made = s.made, version = e.version + 1, planned_version = e.version + 1, modified_on = @now
from staging_entity s where s.run = @run and s.batch = @batch and e.id = s.entity;

-- name: ApplyGroupsCleared :exec
-- An array, so that it is looked up by the index, however many there are expected to be.
delete from group_key where entity = any(array(select s.entity from staging_entity s where s.run = @run and s.batch = @batch));

-- name: ApplyGroups :exec
insert into group_key (rule, key, entity)
select g ->> 0, g ->> 1, e.id
from staging_entity s join entity e on e.kind = s.kind and e.key = s.key, jsonb_array_elements(s.groups) g
where s.run = @run and s.batch = @batch on conflict do nothing;

-- name: ApplyAliases :exec
insert into entity_alias (kind, from_key, to_key, reason, made_on)
select kind, from_key, to_key, reason, @now from staging_alias where run = @run and batch = @batch
on conflict (kind, from_key) do update set to_key = excluded.to_key, reason = excluded.reason;

-- name: ApplyAliasChains :exec
update entity_alias a set to_key = s.to_key from staging_alias s
where s.run = @run and s.batch = @batch and a.kind = s.kind and a.to_key = s.from_key and a.from_key <> s.to_key;

-- name: ApplyAliasesReturned :exec
-- A key that an entity has again is no alias.
delete from entity_alias a using staging_entity s
where s.run = @run and s.batch = @batch and s.kind = a.kind and s.key = a.from_key and s.deleted = '';

-- name: SupersedeRows :exec
-- A record has at most one change to come: the newest. An unmanaged one that is not as
-- it was is not removed.
update plan_row o set state = 'superseded', done_on = @now
where o.sync_record = any(array(select p.sync_record from plan_row p where p.run = @run and p.batch = @batch and p.state = 'planned' and p.sync_record is not null
  union select s.sync_record from staging_sync_record s where s.run = @run and s.batch = @batch and (s.drop or s.entity_kind = '') and s.sync_record is not null))
and o.state = 'pending' and o.run <> @run;

-- name: ApplySyncRecordsDropped :exec
delete from sync_record r using staging_sync_record s where s.run = @run and s.batch = @batch and s.drop and r.system = s.system and r.id = s.sync_record;

-- name: ApplyUnmanagedGroupsCleared :exec
delete from group_key g using staging_sync_record s where s.run = @run and s.batch = @batch and g.sync_record = s.sync_record;

-- name: ApplyNewSyncRecords :exec
insert into sync_record (system, place, scope, kind, external_id, entity, natural_key, remote, base_local, base_remote, echo, pending_op, quarantine, held, desired_version, remote_synced_on, created_by)
select s.system, s.place, s.scope, s.kind, s.external_id, e.id, s.natural_key, s.remote, s.base_local, s.base_remote, s.echo, s.pending_op, s.quarantine, s.held,
  case when s.bump then 1 else 0 end, case when s.external_id is not null then @now::timestamptz end,
  case when s.taken_over and (@by_person::boolean or exists (select from whose w where w.system = s.system and w.place = s.place and w.scope = s.scope and w.kind = s.kind and w.external_id = s.external_id)) then 'us' else s.created_by end
from staging_sync_record s left join entity e on e.kind = s.entity_kind and e.key = s.key
where s.run = @run and s.batch = @batch and s.sync_record is null and not s.drop order by s.seq;

-- name: ApplySyncRecords :exec
update sync_record r set external_id = case when s.recreated then null else s.external_id end, entity = e.id, natural_key = s.natural_key,
  remote = s.remote, base_local = s.base_local, base_remote = s.base_remote, echo = s.echo, pending_op = s.pending_op,
  created_by = case when s.taken_over and (@by_person::boolean or exists (select from whose w where w.system = s.system and w.place = s.place and w.scope = s.scope and w.kind = s.kind and w.external_id = s.external_id)) then 'us'
    when s.recreated or r.external_id is not null and s.external_id is null then 'unknown'
    when r.entity is null and e.id is not null and s.created_by = 'them' then 'them' -- the entity was made of it
    when s.external_id is distinct from r.external_id then s.created_by else r.created_by end,
  recreated_on = case when s.recreated then @now::timestamptz else r.recreated_on end,
  desired_version = r.desired_version + case when s.bump then 1 else 0 end,
  attempts = case when s.bump then 0 else r.attempts end,
  next_attempt_on = case when s.bump then null else r.next_attempt_on end,
  applied_version = case when e.id is null then r.desired_version else r.applied_version end,
  uncertain_until = case when e.id is not null and (s.external_id is null or s.recreated) then r.uncertain_until end,
  quarantine = s.quarantine, held = s.held, confirm_at = s.confirm_at, confirm_why = s.confirm_why, confirm_by = s.confirm_by,
  confirm_since = case when s.confirm_at is not null then case when s.confirm_why = r.confirm_why then r.confirm_since else @now::timestamptz end end,
  decided = case when s.confirm_why = r.confirm_why then r.decided else '' end,
  remote_synced_on = @now, version = r.version + 1
from staging_sync_record s left join entity e on e.kind = s.entity_kind and e.key = s.key
where s.run = @run and s.batch = @batch and not s.drop and r.system = s.system and r.id = s.sync_record;

-- name: JournalTakenOver :exec
-- What counts as made by us on a person's word is told like a write, though nothing is
-- sent.
insert into journal (at, run, step, system, place, scope, kind, sync_record, entity, op, until, outcome, external_id, created_by, done_on)
select @now::timestamptz, s.run, coalesce((select max(id) from run_step where run = s.run and action = 'PLAN'), 0), r.system, r.place, r.scope, r.kind, r.id, r.entity,
  'take_over', @now::timestamptz, 'done', r.external_id, r.created_by, @now::timestamptz
from staging_sync_record s join sync_record r on r.system = s.system and r.place = s.place and r.scope = s.scope and r.kind = s.kind and r.external_id = s.external_id
where s.run = @run and s.batch = @batch and s.taken_over and not s.drop and r.entity is not null and r.created_by = 'us'
and (@by_person::boolean or exists (select from whose w where w.system = s.system and w.place = s.place and w.scope = s.scope and w.kind = s.kind and w.external_id = s.external_id));

-- name: TakeOvers :many
-- How many records a plan would make ours, by place.
select system, place, kind, count(*) as records from staging_sync_record where run = @run and taken_over and not drop
group by system, place, kind order by system, place, kind;

-- name: KeepApart :exec
-- What is found at other places than these stays made by whoever made it.
update staging_sync_record set taken_over = false where run = @run and taken_over and system || '/' || place <> all(@places::text[]);

-- name: ApplyUnmanagedGroups :exec
insert into group_key (rule, key, sync_record)
select g ->> 0, g ->> 1, r.id
from staging_sync_record s join sync_record r on r.system = s.system and r.place = s.place and r.scope = s.scope and r.kind = s.kind
  and r.external_id = s.external_id, jsonb_array_elements(s.groups) g
where s.run = @run and s.batch = @batch and not s.drop on conflict do nothing;
