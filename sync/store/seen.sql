-- name: SeenOf :many
select external_id, digest, missing from seen
where listing = @listing and external_id = any(@ids::text[]);

-- name: SeenAfter :many
select external_id, digest, missing from seen
where listing = @listing and external_id > @after order by external_id limit @count;

-- name: CountKnown :one
select count(*) from seen where listing = @listing and missing = 0;

-- name: PutSeen :exec
insert into seen (listing, external_id, digest) values (@listing, @external_id, @digest)
on conflict (listing, external_id) do update
set digest = excluded.digest, missing = 0, missing_since = null
where seen.digest <> excluded.digest or seen.missing <> 0;

-- name: DropSeen :exec
delete from seen where listing = any(@listings::int[]) and external_id = @external_id;

-- name: AdmitSeenChanged :exec
insert into seen (listing, external_id, digest)
select listing, external_id, digest from staging_item
where run = @run and state in ('changed', 'fault') and decided
on conflict (listing, external_id) do update
set digest = excluded.digest, missing = 0, missing_since = null;

-- name: AdmitSeenAbsent :exec
update seen set missing = seen.missing + 1, missing_since = coalesce(missing_since, @now::timestamptz)
from staging_item i
where i.run = @run and i.state = 'absent' and i.decided and seen.listing = i.listing and seen.external_id = i.external_id
-- a first absence that another plan has counted already counts once
and (seen.missing = 0 or seen.missing_since <= @before::timestamptz);

-- name: AdmitSeenRemoved :exec
delete from seen using staging_item i
where i.run = @run and i.state = 'removed' and i.decided and seen.listing = i.listing and seen.external_id = i.external_id;
