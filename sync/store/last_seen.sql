-- name: LastSeenOf :many
select external_id, digest, missing from last_seen
where listing = @listing and external_id = any(@ids::text[]);

-- name: LastSeenAfter :many
select external_id, digest, missing from last_seen
where listing = @listing and external_id > @after order by external_id limit @count;

-- name: CountKnown :one
select count(*) from last_seen where listing = @listing and missing = 0;

-- name: PutLastSeen :exec
insert into last_seen (listing, external_id, digest)
select distinct on (external_id) @listing::int, v.external_id, v.digest
from (select unnest(@external_ids::text[]) as external_id, unnest(@digests::bytea[]) as digest) v
on conflict (listing, external_id) do update
set digest = excluded.digest, missing = 0, missing_since = null
where last_seen.digest <> excluded.digest or last_seen.missing <> 0;

-- name: DropLastSeen :exec
delete from last_seen where listing = any(@listings::int[]) and external_id = @external_id;

-- name: SeeAgain :exec
-- What was dealt with, but is to be shown again by each reading until it can be
-- decided: no record has this digest.
update staging_item set digest = '\x00' where run = @run and listing = @listing and external_id = any(@ids::text[]);

-- name: ApplySeeAgain :exec
-- Of an entity's record what the run itself has read is dealt with.
update last_seen n set digest = '\x00' from staging_sync_record s
join listing l on l.system = s.system and l.place = s.place and l.scope = s.scope
where s.run = @run and s.batch = @batch and s.see_again and n.listing = l.id and n.external_id = s.external_id
and not (s.entity_kind <> '' and exists (
  select from staging_item i where i.run = s.run and i.listing = l.id and i.external_id = s.external_id and i.state = 'changed'));

-- name: ApplyLastSeenChanged :exec
insert into last_seen (listing, external_id, digest)
select listing, external_id, digest from staging_item
where run = @run and batch = @batch and state in ('changed', 'fault') and planned and believed
on conflict (listing, external_id) do update
set digest = excluded.digest, missing = 0, missing_since = null
where last_seen.digest <> excluded.digest or last_seen.missing <> 0;

-- name: ApplyLastSeenAbsent :exec
-- An absence counts as the plan has counted it: where another plan has counted since, what
-- follows from one more was decided by nobody.
update last_seen set missing = last_seen.missing + 1, missing_since = coalesce(missing_since, @now::timestamptz)
from staging_item i
where i.run = @run and i.batch = @batch and i.state = 'absent' and i.planned and last_seen.listing = i.listing and last_seen.external_id = i.external_id
and last_seen.missing = i.missed;

-- name: ApplyLastSeenRemoved :exec
delete from last_seen using staging_item i
where i.run = @run and i.batch = @batch and i.state = 'removed' and i.planned and last_seen.listing = i.listing and last_seen.external_id = i.external_id;
