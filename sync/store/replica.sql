-- name: ReplicasByID :many
select * from replica where system = @system and place = @place and scope = @scope and kind = @kind
and external_id = any(@ids::text[]);

-- name: ReplicasOfEntities :many
select * from replica where entity = any(@entities::bigint[]) order by system, id;

-- name: UnlinkedByNaturalKey :many
select * from replica where system = @system and kind = @kind and entity is null and natural_key = any(@keys::text[]);

-- name: ForeignOfGroups :many
select g.key as group_key, r.system, r.place, r.far from group_key g join replica r on r.id = g.replica
where g.rule = @rule and g.key = any(@keys::text[]) and r.entity is null;

-- name: AnyUnmade :one
select exists (select from replica where system = @system and place = @place and external_id is null and wish = 'put');

-- name: PendingReplicas :many
select * from replica where system = @system and place = @place and wanted > done and (wish = 'let_go') = @let_go::boolean
and (wish <> '' or external_id is not null) and (not @made::boolean or external_id is not null)
and (next_attempt_on is null or next_attempt_on <= @now::timestamptz)
and id > @after order by id limit @most;

-- name: NextIntent :one
-- What has failed too often in this run is left to the next.
select intent_until::timestamptz as at from replica
where system = @system and place = @place and wanted > done and intent <> '' and intent_until > @now::timestamptz
and (next_attempt_on is null or next_attempt_on <= intent_until)
order by intent_until limit 1;

-- name: CountPending :many
select kind, count(*) from replica where system = @system and place = @place and wanted > done and quarantine = ''
and (wish <> '' or external_id is not null) group by kind;

-- name: AnyDue :one
-- Refused records are due again after their gap.
select exists (select from replica where system = @system and place = @place and wanted > done
  and (wish <> '' or external_id is not null) and (next_attempt_on is null or next_attempt_on <= @now::timestamptz));

-- name: HeldAt :one
select count(*) from replica where system = @system and place = @place and entity is not null;

-- name: BoundIDs :many
select e.key, r.external_id from replica r join entity e on e.id = r.entity
where r.system = @system and r.kind = @kind and e.kind = @kind and r.external_id is not null and e.key = any(@keys::text[]);

-- name: KeysOfIDs :many
select e.key, r.external_id from replica r join entity e on e.id = r.entity
where r.system = @system and r.kind = @kind and r.external_id = any(@ids::text[]);

-- name: OpenIntents :exec
update replica set intent = @intent, intent_until = @until, version = version + 1
where system = @system and id = any(@ids::bigint[]);

-- name: FinishReplica :exec
update replica set external_id = @external_id, ours = ours or @ours, far = far || @far, agreed_hub = agreed_hub || @agreed_hub,
  agreed_far = agreed_far || @agreed_far, told = @told,
  done = @done, intent = '', intent_until = null, attempts = 0, next_attempt_on = null, last_error = '', quarantine = '',
  wish = case when wanted > @done then wish else '' end, data_hash = @data_hash, entity_synced_on = @now, remote_synced_on = @now,
  version = version + 1
where system = @system and id = @id;

-- name: FailReplica :exec
update replica set attempts = attempts + 1, next_attempt_on = @next, last_error = @error, quarantine = @quarantine,
  intent = case when @keep_intent::boolean then intent else '' end,
  intent_until = case when @keep_intent then intent_until end,
  version = version + 1
where system = @system and id = @id;

-- name: MoveReplica :execrows
update replica r set external_id = @external_id, intent = '', intent_until = null, version = r.version + 1
where r.system = @system and r.id = @id
and not exists (select from replica o where o.system = r.system and o.place = r.place and o.scope = r.scope
  and o.kind = r.kind and o.external_id = @external_id);

-- name: UnbindReplica :exec
update replica set external_id = null, ours = true, far = '{}', agreed_hub = '{}', agreed_far = '{}', told = '{}', wish = 'put',
  intent = '', intent_until = null, recreated_on = @now, version = version + 1
where system = @system and id = @id;

-- name: LoseReplica :exec
update replica set external_id = null, far = '{}', agreed_hub = '{}', agreed_far = '{}', told = '{}', wish = '', done = wanted,
  intent = '', intent_until = null, quarantine = @why, version = version + 1
where system = @system and id = @id;

-- name: DropReplica :exec
delete from replica where system = @system and id = @id;

-- name: DropUnlinked :exec
-- A record that was nobody's, or is only remembered of somebody who is gone, is
-- about to be somebody's.
delete from replica r where r.system = @system and r.place = @place and r.scope = @scope and r.kind = @kind
and r.external_id = @external_id and r.id <> @for_id
and (r.entity is null or exists (select from entity e where e.id = r.entity and e.gone <> ''));

-- name: HolderOf :one
-- The record of ours that holds a value which only one record may hold.
select * from replica where system = @system and place = @place and scope = @scope and kind = @kind
and far ->> @field::text = @value::text and id <> @other and entity is not null and external_id is not null limit 1;

-- name: EmptyField :exec
update replica set far = far || jsonb_build_object(@field::text, ''), agreed_far = agreed_far || jsonb_build_object(@field, ''),
  version = version + 1
where system = @system and id = @id;

-- name: NoteTold :exec
update replica set told = @told where system = @system and id = @id;

-- name: ShowReplica :exec
update replica set far = far || @far, version = version + 1 where system = @system and id = @id;
