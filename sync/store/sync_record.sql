-- name: SyncRecordsByID :many
select * from sync_record where system = @system and place = @place and scope = @scope and kind = @kind
and external_id = any(@ids::text[]);

-- name: SyncRecordsOfEntities :many
select * from sync_record where entity = any(@entities::bigint[]) order by system, id;

-- name: SyncRecordsAt :many
select * from sync_record where entity = any(@entities::bigint[]) and system = @system and place = @place and kind = @kind order by id;

-- name: UnmanagedByNaturalKey :many
select * from sync_record where system = @system and kind = @kind and entity is null and natural_key = any(@keys::text[]);

-- name: ShownUnderKey :many
-- Records that a place has shown under a key and that belong to no entity, whatever
-- came of the run that read them.
select r.external_id::text as external_id from sync_record r
where r.system = @system and r.kind = @kind and r.natural_key = @key and r.entity is null
and r.place = @place and r.scope = @scope and r.external_id is not null and r.quarantine <> 'gone at the system'
union
select f.external_id::text from shown f join listing l on l.id = f.listing
where f.present and f.key = @key and l.system = @system and l.place = @place and l.scope = @scope and not exists (
  select from sync_record r where r.system = l.system and r.place = l.place and r.scope = l.scope and r.kind = @kind and r.external_id = f.external_id)
union
select i.external_id::text from listing l join staging_listing s on s.listing = l.id and s.complete
join staging_item i on i.run = s.run and i.listing = s.listing
where i.key = @key and i.state = 'changed' and l.system = @system and l.place = @place and l.scope = @scope and not exists (
  select from sync_record r where r.system = l.system and r.place = l.place and r.scope = l.scope and r.kind = @kind and r.external_id = i.external_id)
order by 1;

-- name: UnmanagedOfGroups :many
select g.key as group_key, r.system, r.place, coalesce(r.external_id, '')::text as external_id, r.remote, r.quarantine from group_key g join sync_record r on r.id = g.sync_record
where g.rule = @rule and g.key = any(@keys::text[]) and r.entity is null;

-- name: EndsDue :many
-- The entities with a record of a kind whose end may be confirmed, or that a person lets
-- go.
select distinct entity::bigint as id from sync_record where kind = @kind and entity is not null
and (confirm_at <= @now or confirm_at is not null and decided = 'let go') order by id;

-- name: AnyUnmade :one
select exists (select from sync_record where system = @system and place = @place and external_id is null and pending_op = 'put');

-- name: PendingSyncRecords :many
select id, entity from sync_record where system = @system and place = @place and desired_version > applied_version and (pending_op = 'remove') = @remove::boolean
and (pending_op <> '' or external_id is not null) and (not @made::boolean or external_id is not null)
and (next_attempt_on is null or next_attempt_on <= @now::timestamptz) and paused_on is null
and id > @after order by id limit @most;

-- name: NextUncertain :one
-- What has failed too often in this run is left to the next. A create that may be
-- repeated need not wait until it is certain; what is to be removed must.
select uncertain_until::timestamptz as at from sync_record
where system = @system and place = @place and desired_version > applied_version and uncertain_until > @now::timestamptz
and (pending_op = 'remove' or not @repeatable::boolean)
and (next_attempt_on is null or next_attempt_on <= uncertain_until)
order by uncertain_until limit 1;

-- name: CountPending :many
select kind, pending_op = 'remove' as removal, count(*) from sync_record where system = @system and place = @place and desired_version > applied_version and quarantine = '' and paused_on is null
and (pending_op <> '' or external_id is not null) group by 1, 2;

-- name: AnyDue :one
-- Refused records are due again after their gap.
select exists (select from sync_record where system = @system and place = @place and desired_version > applied_version
  and ((pending_op = 'remove') = @removals::boolean or @all_of_it::boolean)
  and (pending_op <> '' or external_id is not null) and (next_attempt_on is null or next_attempt_on <= @now::timestamptz) and paused_on is null);

-- name: BoundIDs :many
select e.key, r.external_id, (r.pending_op = 'remove')::boolean as leaves from sync_record r join entity e on e.id = r.entity
where r.system = @system and r.kind = @kind and e.kind = @kind and r.external_id is not null and e.key = any(@keys::text[]);

-- name: BoundRecords :many
-- The records at a place that are a living entity's, by their ids, with what is known of it.
select r.external_id, e.fields from sync_record r join entity e on e.id = r.entity
where r.system = @system and r.place = @place and r.scope = @scope and r.kind = @kind and r.external_id > @after::text and e.deleted = ''
order by r.external_id limit @most;

-- name: RecordsOfKeys :many
-- The records that a system holds of some entities, by their ids.
select r.external_id from sync_record r join entity e on e.id = r.entity
where e.kind = @kind and e.key = any(@keys::text[]) and e.deleted = ''
  and r.system = @system and r.kind = @kind and r.external_id is not null;

-- name: KeysOfIDs :many
select e.key, r.external_id from sync_record r join entity e on e.id = r.entity
where r.system = @system and r.kind = @kind and r.external_id = any(@ids::text[]);

-- name: BeginCreates :exec
-- Only what is still to be made: another plan may have dropped it meanwhile. Then the
-- transaction fails with TL002.
with begun as (
  update sync_record r set uncertain_until = @until, created_by = v.created_by, version = r.version + 1
  from (select unnest(@ids::bigint[]) as id, unnest(@created_bys::text[]) as created_by) v
  where r.system = @system and r.id = v.id and r.external_id is null and r.pending_op <> '' and r.desired_version > r.applied_version
  returning r.id)
select ensure(count(*) = cardinality(@ids::bigint[]), 'TL002') from begun;

-- name: TakeBackCreates :exec
update sync_record set uncertain_until = null, created_by = 'unknown', version = version + 1
where system = @system and id = any(@ids::bigint[]) and external_id is null;

-- name: FinishSyncRecords :exec
update sync_record r set external_id = v.external_id, created_by = case when v.created_by = '' then r.created_by else v.created_by end,
  remote = r.remote || v.remote, base_local = r.base_local || v.base_local, base_remote = r.base_remote || v.base_remote, echo = v.echo,
  applied_version = v.applied_version, uncertain_until = null, attempts = 0, next_attempt_on = null, last_error = '', quarantine = '', held = v.held,
  pending_op = case when r.desired_version > v.applied_version then r.pending_op else '' end,
  entity_synced_on = @now, remote_synced_on = @now, written_at = nextval('staging_item_number_seq'), version = r.version + 1
from (select unnest(@ids::bigint[]) as id, unnest(@external_ids::text[]) as external_id, unnest(@created_bys::text[]) as created_by,
  unnest(@remotes::text[])::jsonb as remote, unnest(@base_locals::text[])::jsonb as base_local, unnest(@base_remotes::text[])::jsonb as base_remote,
  unnest(@echos::text[])::jsonb as echo, unnest(@helds::text[])::jsonb as held, unnest(@applied_versions::bigint[]) as applied_version) v
where r.system = @system and r.id = v.id;

-- name: DoubtCreates :exec
-- A create was under way when the backup was made. What became of it stood in the
-- journal that is lost, and so did who has made what will be found.
update sync_record set created_by = 'unknown', version = version + 1
where external_id is null and uncertain_until is not null and created_by <> 'unknown';

-- name: HoldSyncRecord :exec
-- Written but for the fields that are held: they are tried again later.
update sync_record set attempts = @attempts, next_attempt_on = @next, last_error = @error where system = @system and id = @id;

-- name: RetryRefused :execrows
-- What was refused is tried again by the next Write. Without an entity all that wait
-- for a reason are.
update sync_record r set next_attempt_on = @now::timestamptz, attempts = 0
where r.desired_version > r.applied_version and r.next_attempt_on > @now and (@system::text = '' or r.system = @system)
and (@entity::bigint = 0 or r.entity = @entity)
and (@reason::text = '' or coalesce(nullif(r.quarantine, ''), r.last_error) = @reason
  or exists (select from jsonb_each(r.held) h where h.value ->> 0 = @reason));

-- name: FailSyncRecord :exec
-- What was certainly not made is nobody's.
update sync_record set attempts = attempts + 1, next_attempt_on = @next, last_error = @error, quarantine = @quarantine,
  uncertain_until = case when @uncertain::boolean then uncertain_until end,
  created_by = case when external_id is null and not @uncertain then 'unknown' else created_by end,
  version = version + 1
where system = @system and id = @id;

-- name: MoveSyncRecord :execrows
update sync_record r set external_id = @external_id, created_by = 'unknown', base_local = '{}', base_remote = '{}', echo = '{}',
  uncertain_until = null, version = r.version + 1
where r.system = @system and r.id = @id
and not exists (select from sync_record o where o.system = r.system and o.place = r.place and o.scope = r.scope
  and o.kind = r.kind and o.external_id = @external_id);

-- name: UnbindSyncRecord :exec
update sync_record set external_id = null, created_by = 'unknown', remote = '{}', base_local = '{}', base_remote = '{}', echo = '{}', pending_op = 'put',
  uncertain_until = null, recreated_on = @now, version = version + 1
where system = @system and id = @id;

-- name: ReferAgain :exec
-- Records that refer to one with a key, which gets another remote id: what stands there
-- of the reference is that of none, or of another.
update sync_record set remote = remote - @field::text, base_local = base_local - @field, base_remote = base_remote - @field,
  pending_op = case when pending_op = '' then 'put' else pending_op end, desired_version = desired_version + 1, version = version + 1
where system = @system and kind = @kind and external_id is not null and entity is not null and pending_op <> 'remove'
and @key::text = any(string_to_array(regexp_replace(remote ->> @field, E'\t[^\n]*', '', 'g'), E'\n'));

-- name: ReferBack :exec
-- Records that have let go of one with a key, which is there again: what was agreed of the
-- reference is that it is empty there.
update sync_record set remote = remote - @field::text, base_local = base_local - @field, base_remote = base_remote - @field,
  pending_op = case when pending_op = '' then 'put' else pending_op end, desired_version = desired_version + 1, version = version + 1
where system = @system and kind = @kind and external_id is not null and entity is not null and pending_op <> 'remove'
and @key::text = any(string_to_array(regexp_replace(base_local ->> @field, E'\t[^\n]*', '', 'g'), E'\n'))
and not coalesce(@key = any(string_to_array(regexp_replace(remote ->> @field, E'\t[^\n]*', '', 'g'), E'\n')), false);

-- name: LoseSyncRecord :exec
update sync_record set external_id = null, created_by = 'unknown', remote = '{}', base_local = '{}', base_remote = '{}', echo = '{}', pending_op = '', applied_version = desired_version, held = '{}',
  uncertain_until = null, quarantine = @why, version = version + 1
where system = @system and id = @id;

-- name: DropSyncRecord :execrows
-- As long as nothing else has been decided since.
delete from sync_record where system = @system and id = @id and desired_version = @desired_version;

-- name: DropUnmanaged :exec
-- Records that were nobody's, or are only remembered of somebody who is deleted,
-- are about to be somebody's.
delete from sync_record r using (select unnest(@for_ids::bigint[]) as id, unnest(@scopes::text[]) as scope, unnest(@kinds::text[]) as kind,
  unnest(@external_ids::text[]) as external_id) v
where r.system = @system and r.place = @place and r.scope = v.scope and r.kind = v.kind
and r.external_id = v.external_id and r.id <> v.id
and (r.entity is null or exists (select from entity e where e.id = r.entity and e.deleted <> ''));

-- name: ForgetField :exec
-- What stands there of a field is not known any more, and nothing is agreed on of it.
update sync_record set remote = remote - @field::text, base_local = base_local - @field, base_remote = base_remote - @field, version = version + 1
where system = @system and id = @id;

-- name: SetField :exec
update sync_record set remote = remote || jsonb_build_object(@field::text, @value::text), base_remote = base_remote || jsonb_build_object(@field, @base::text),
  written_at = nextval('staging_item_number_seq'), version = version + 1
where system = @system and id = @id;

-- name: NoteEcho :exec
update sync_record set echo = @echo where system = @system and id = @id;

-- name: NoteRemote :exec
update sync_record set remote = remote || @remote, version = version + 1 where system = @system and id = @id;

-- name: RecordsReached :many
-- Whose the records with these remote ids are, or whose they would be by their keys.
select external_id::text as external_id, coalesce(entity, 0)::bigint as entity, natural_key from sync_record
where system = @system and place = @place and scope = @scope and kind = @kind and external_id = any(@ids::text[]);

-- name: CausesReached :many
-- What must be read again before records of these entities may end.
select entity::bigint as entity, confirm_by from sync_record where entity = any(@entities::bigint[]) and confirm_at is not null;

-- name: SyncRecordsOf :many
select * from sync_record where system = @system and id = any(@ids::bigint[]) order by id;

-- name: Looked :execrows
-- A person has looked for what nobody knew of: without an id it is not there, and is made
-- by the next Write; else that is its id, and it is left as it is.
update sync_record r set looked_on = @now::timestamptz, next_attempt_on = @now, attempts = 0, version = r.version + 1,
  external_id = nullif(@external_id::text, ''),
  uncertain_until = case when @external_id::text = '' then r.uncertain_until end,
  applied_version = case when @external_id::text = '' then r.applied_version else r.desired_version end,
  pending_op = case when @external_id::text = '' then r.pending_op else '' end,
  quarantine = case when @external_id::text = '' then r.quarantine else '' end,
  last_error = case when @external_id::text = '' then r.last_error else '' end
where r.system = @system and r.entity = @entity::bigint and r.external_id is null and r.pending_op = 'put' and r.quarantine <> ''
and coalesce(r.uncertain_until, @now) <= @now;

-- name: PauseSyncRecord :execrows
-- Nothing that a plan believes of it changes: its version stays.
update sync_record set paused_on = @now, paused_by = @by, paused_why = @why
where entity = @entity and system = @system and paused_on is null;

-- name: ResumeSyncRecord :execrows
update sync_record set paused_on = null, paused_by = '', paused_why = ''
where entity = @entity and system = @system and paused_on is not null;
