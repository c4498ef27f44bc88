-- name: SyncRecordsByID :many
select * from sync_record where system = @system and place = @place and scope = @scope and kind = @kind
and external_id = any(@ids::text[]);

-- name: SyncRecordsOfEntities :many
select * from sync_record where entity = any(@entities::bigint[]) order by system, id;

-- name: UnmanagedByNaturalKey :many
select * from sync_record where system = @system and kind = @kind and entity is null and natural_key = any(@keys::text[]);

-- name: UnmanagedOfGroups :many
select g.key as group_key, r.system, r.place, r.remote from group_key g join sync_record r on r.id = g.sync_record
where g.rule = @rule and g.key = any(@keys::text[]) and r.entity is null;

-- name: AnyUnmade :one
select exists (select from sync_record where system = @system and place = @place and external_id is null and pending_op = 'put');

-- name: PendingSyncRecords :many
select * from sync_record where system = @system and place = @place and desired_version > applied_version and (pending_op = 'remove') = @remove::boolean
and (pending_op <> '' or external_id is not null) and (not @made::boolean or external_id is not null)
and (next_attempt_on is null or next_attempt_on <= @now::timestamptz)
and id > @after order by id limit @most;

-- name: NextIntent :one
-- What has failed too often in this run is left to the next.
select intent_until::timestamptz as at from sync_record
where system = @system and place = @place and desired_version > applied_version and intent <> '' and intent_until > @now::timestamptz
and (next_attempt_on is null or next_attempt_on <= intent_until)
order by intent_until limit 1;

-- name: CountPending :many
select kind, count(*) from sync_record where system = @system and place = @place and desired_version > applied_version and quarantine = ''
and (pending_op <> '' or external_id is not null) group by kind;

-- name: AnyDue :one
-- Refused records are due again after their gap.
select exists (select from sync_record where system = @system and place = @place and desired_version > applied_version
  and (pending_op <> '' or external_id is not null) and (next_attempt_on is null or next_attempt_on <= @now::timestamptz));

-- name: HeldAt :one
select count(*) from sync_record where system = @system and place = @place and entity is not null;

-- name: BoundIDs :many
select e.key, r.external_id from sync_record r join entity e on e.id = r.entity
where r.system = @system and r.kind = @kind and e.kind = @kind and r.external_id is not null and e.key = any(@keys::text[]);

-- name: KeysOfIDs :many
select e.key, r.external_id from sync_record r join entity e on e.id = r.entity
where r.system = @system and r.kind = @kind and r.external_id = any(@ids::text[]);

-- name: OpenIntents :exec
update sync_record set intent = @intent, intent_until = @until, version = version + 1
where system = @system and id = any(@ids::bigint[]);

-- name: FinishSyncRecord :exec
update sync_record set external_id = @external_id, created_by = case when created_by = 'us' or @created_by::text = '' then created_by else @created_by end, remote = remote || @remote, base_local = base_local || @base_local,
  base_remote = base_remote || @base_remote, echo = @echo,
  applied_version = @applied_version, intent = '', intent_until = null, attempts = 0, next_attempt_on = null, last_error = '', quarantine = '',
  pending_op = case when desired_version > @applied_version then pending_op else '' end, data_hash = @data_hash, entity_synced_on = @now, remote_synced_on = @now,
  version = version + 1
where system = @system and id = @id;

-- name: FailSyncRecord :exec
update sync_record set attempts = attempts + 1, next_attempt_on = @next, last_error = @error, quarantine = @quarantine,
  intent = case when @keep_intent::boolean then intent else '' end,
  intent_until = case when @keep_intent then intent_until end,
  version = version + 1
where system = @system and id = @id;

-- name: MoveSyncRecord :execrows
update sync_record r set external_id = @external_id, intent = '', intent_until = null, version = r.version + 1
where r.system = @system and r.id = @id
and not exists (select from sync_record o where o.system = r.system and o.place = r.place and o.scope = r.scope
  and o.kind = r.kind and o.external_id = @external_id);

-- name: UnbindSyncRecord :exec
update sync_record set external_id = null, created_by = 'us', remote = '{}', base_local = '{}', base_remote = '{}', echo = '{}', pending_op = 'put',
  intent = '', intent_until = null, recreated_on = @now, version = version + 1
where system = @system and id = @id;

-- name: LoseSyncRecord :exec
update sync_record set external_id = null, remote = '{}', base_local = '{}', base_remote = '{}', echo = '{}', pending_op = '', applied_version = desired_version,
  intent = '', intent_until = null, quarantine = @why, version = version + 1
where system = @system and id = @id;

-- name: DropSyncRecord :exec
delete from sync_record where system = @system and id = @id;

-- name: DropUnmanaged :exec
-- A record that was nobody's, or is only remembered of somebody who is deleted, is
-- about to be somebody's.
delete from sync_record r where r.system = @system and r.place = @place and r.scope = @scope and r.kind = @kind
and r.external_id = @external_id and r.id <> @for_id
and (r.entity is null or exists (select from entity e where e.id = r.entity and e.deleted <> ''));

-- name: RecordWithValue :one
-- The record of ours that holds a value which only one record may hold.
select * from sync_record where system = @system and place = @place and scope = @scope and kind = @kind
and remote ->> @field::text = @value::text and id <> @other and entity is not null and external_id is not null limit 1;

-- name: EmptyField :exec
update sync_record set remote = remote || jsonb_build_object(@field::text, ''), base_remote = base_remote || jsonb_build_object(@field, ''),
  version = version + 1
where system = @system and id = @id;

-- name: NoteEcho :exec
update sync_record set echo = @echo where system = @system and id = @id;

-- name: NoteRemote :exec
update sync_record set remote = remote || @remote, version = version + 1 where system = @system and id = @id;
