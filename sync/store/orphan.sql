-- name: MadeAndShown :many
-- Records of a place that we have made, or that the journal proves to be ours, and that a
-- run has read and found as they were last seen.
select r.id from sync_record r
join last_seen s on s.listing = @listing and s.external_id = r.external_id and s.missing = 0
where r.system = @system and r.place = @place and r.scope = @scope and r.kind = @kind and r.id > @after
and (r.created_by = 'us' or r.id = any(@proved::bigint[]))
and not exists (select from staging_item i where i.run = @run and i.listing = @listing and i.external_id = r.external_id)
order by r.id limit @most;

-- name: CreatesUnbound :many
-- Unmanaged records of a place that the answer to a create of ours has named, and what
-- was sent with it. One that we have removed since was brought back by somebody.
select r.id, r.remote, j.sent from journal j
join sync_record r on r.system = j.system and r.place = j.place and r.scope = j.scope and r.kind = j.kind and r.external_id = j.external_id
where j.system = @system and j.place = @place and j.scope = @scope and j.kind = @kind
and j.op = 'create' and j.outcome = 'done' and j.created_by = 'us' and r.entity is null and r.created_by = 'unknown'
and not exists (select from journal d where d.system = j.system and d.place = j.place and d.scope = j.scope and d.kind = j.kind
  and d.external_id = j.external_id and d.op = 'remove' and d.outcome = 'done' and d.id > j.id)
order by r.id, j.id;

-- name: CreatesGivenUp :many
-- Creates of ours of which nobody knows what became, and that are not looked for any
-- more. Nothing was there before the first of them.
select j.sent, j.at, j.until from journal j
where j.system = @system and j.place = @place and j.scope = @scope and j.kind = @kind
and j.op = 'create' and j.outcome = 'unknown' and j.created_by = 'us'
and not exists (select from sync_record r where r.system = j.system and r.id = j.sync_record and r.uncertain_until is not null)
order by j.id;

-- name: OwnersOf :many
-- Records, how a listing has last shown them, and the entity whose they are, or whose key
-- they show while they are unmanaged; 0 is none. beside: it has another record there.
-- planned: a plan knows it as it is.
select sqlc.embed(r), s.digest as seen, coalesce(e.id, 0)::bigint as owner, coalesce(e.key, '')::text as owner_key,
  coalesce(e.fields, '{}')::jsonb as owner_fields, coalesce(e.deleted, '')::text as owner_deleted, coalesce(e.version, 0)::bigint as owner_version,
  coalesce(e.version = e.planned_version, true)::boolean as planned,
  (exists (select from sync_record o where o.entity = e.id and o.id <> r.id and o.external_id is not null
    and o.system = r.system and o.place = r.place and o.scope = r.scope and o.kind = r.kind))::boolean as beside
from sync_record r
left join last_seen s on s.listing = @listing and s.external_id = r.external_id and s.missing = 0
left join entity e on e.id = coalesce(r.entity, (
  select n.id from entity n where r.natural_key <> '' and n.kind = r.kind
  and n.key in (r.natural_key, (select a.to_key from entity_alias a where a.kind = r.kind and a.from_key = r.natural_key))
  order by n.deleted <> '', n.id limit 1))
where r.system = @system and r.id = any(@ids::bigint[]) order by r.id;

-- name: LetStay :exec
-- What was to be removed and is not, after all.
update sync_record set pending_op = '', applied_version = desired_version, attempts = 0, next_attempt_on = null, last_error = '', version = version + 1
where system = @system and id = @id and pending_op = 'remove';
