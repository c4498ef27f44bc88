-- name: LockStagedEntities :exec
select e.id from entity e join staging_entity s on e.id = s.entity where s.run = @run for update of e;

-- name: LockStagedReplicas :exec
select r.id from replica r join staging_replica s on r.system = s.system and r.id = s.replica where s.run = @run for update of r;

-- An entity that has moved, or one that another run has made since.
-- name: StaleEntities :many
select s.kind, s.key from staging_entity s join entity e on e.id = s.entity
where s.run = @run and e.version <> s.version
union all
select s.kind, s.key from staging_entity s join entity e on e.kind = s.kind and e.key = s.key
where s.run = @run and s.entity is null
limit 100;

-- A replica that has moved, or one that another run has made since.
-- name: StaleReplicas :many
select s.entity_kind as kind, s.key from staging_replica s left join replica r on r.system = s.system and r.id = s.replica
where s.run = @run and s.replica is not null and (r.id is null or r.version <> s.version)
union all
select s.entity_kind as kind, s.key from staging_replica s
join entity e on e.kind = s.entity_kind and e.key = s.key
join replica r on r.entity = e.id and r.system = s.system and r.place = s.place and r.scope = s.scope and r.kind = s.kind
where s.run = @run and s.replica is null and not s.drop
and not exists (select from staging_replica o where o.run = s.run and o.system = r.system and o.replica = r.id)
limit 100;

-- name: AdmitNewEntities :exec
insert into entity (kind, key, fields, provenance, gone, made_rule, made_group, made, version, decided, modified_on)
select kind, key, fields, provenance, gone, made_rule, made_group, made, 1, 1, @now from staging_entity
where run = @run and entity is null order by seq;

-- name: AdmitEntities :exec
update entity e set fields = s.fields, provenance = s.provenance, gone = s.gone, made_rule = s.made_rule, made_group = s.made_group,
  made = s.made, version = e.version + 1, decided = e.version + 1, modified_on = @now
from staging_entity s where s.run = @run and e.id = s.entity;

-- name: AdmitGroupsCleared :exec
delete from group_key g using staging_entity s where s.run = @run and g.entity = s.entity;

-- name: AdmitGroups :exec
insert into group_key (rule, key, entity)
select g ->> 0, g ->> 1, e.id
from staging_entity s join entity e on e.kind = s.kind and e.key = s.key, jsonb_array_elements(s.groups) g
where s.run = @run on conflict do nothing;

-- name: AdmitAliases :exec
insert into entity_alias (kind, from_key, to_key, reason, made_on)
select kind, from_key, to_key, reason, @now from staging_alias where run = @run
on conflict (kind, from_key) do update set to_key = excluded.to_key, reason = excluded.reason;

-- name: AdmitAliasChains :exec
update entity_alias a set to_key = s.to_key from staging_alias s
where s.run = @run and a.kind = s.kind and a.to_key = s.from_key and a.from_key <> s.to_key;

-- name: AdmitAliasesReturned :exec
-- A key that an entity has again is no alias.
delete from entity_alias a using staging_entity s
where s.run = @run and s.kind = a.kind and s.key = a.from_key and s.gone = '';

-- name: SupersedeRows :exec
-- A record has at most one change to come: the newest.
update plan_row o set state = 'superseded', done_on = @now
where o.state = 'pending' and o.run <> @run and (
  exists (select from plan_row p where p.run = @run and p.state = 'planned' and p.replica = o.replica)
  or exists (select from staging_replica s where s.run = @run and s.drop and s.replica = o.replica));

-- name: AdmitReplicasDropped :exec
delete from replica r using staging_replica s where s.run = @run and s.drop and r.system = s.system and r.id = s.replica;

-- name: AdmitForeignGroupsCleared :exec
delete from group_key g using staging_replica s where s.run = @run and g.replica = s.replica;

-- name: AdmitNewReplicas :exec
insert into replica (system, place, scope, kind, external_id, entity, natural_key, far, agreed_hub, agreed_far, told, wish, quarantine, wanted, remote_synced_on)
select s.system, s.place, s.scope, s.kind, s.external_id, e.id, s.natural_key, s.far, s.agreed_hub, s.agreed_far, s.told, s.wish, s.quarantine,
  case when s.bump then 1 else 0 end, case when s.external_id is not null then @now::timestamptz end
from staging_replica s left join entity e on e.kind = s.entity_kind and e.key = s.key
where s.run = @run and s.replica is null and not s.drop order by s.seq;

-- name: AdmitReplicas :exec
update replica r set external_id = case when s.recreated then null else s.external_id end, entity = e.id, natural_key = s.natural_key,
  far = s.far, agreed_hub = s.agreed_hub, agreed_far = s.agreed_far, told = s.told, wish = s.wish, ours = r.ours or s.recreated,
  recreated_on = case when s.recreated then @now::timestamptz else r.recreated_on end,
  wanted = r.wanted + case when s.bump then 1 else 0 end,
  attempts = case when s.bump then 0 else r.attempts end,
  next_attempt_on = case when s.bump then null else r.next_attempt_on end,
  done = case when e.id is null then r.wanted else r.done end,
  intent = case when e.id is null then '' else r.intent end,
  intent_until = case when e.id is null then null else r.intent_until end,
  quarantine = s.quarantine,
  remote_synced_on = @now, version = r.version + 1
from staging_replica s left join entity e on e.kind = s.entity_kind and e.key = s.key
where s.run = @run and not s.drop and r.system = s.system and r.id = s.replica;

-- name: AdmitForeignGroups :exec
insert into group_key (rule, key, replica)
select g ->> 0, g ->> 1, r.id
from staging_replica s join replica r on r.system = s.system and r.place = s.place and r.scope = s.scope and r.kind = s.kind
  and r.external_id = s.external_id, jsonb_array_elements(s.groups) g
where s.run = @run and not s.drop on conflict do nothing;
