-- name: TakeRate :one
-- Takes the next start and says how long it is off, by the database's clock.
insert into lease_rate as p (key, next_at) values (@key, now() + make_interval(secs => @every::float8))
on conflict (key) do update
  set next_at = greatest(p.next_at, now()) + make_interval(secs => @every::float8)
returning greatest(extract(epoch from p.next_at - now())::float8 - @every::float8, 0)::float8 as wait;

-- name: ClaimNonce :execrows
insert into lease_nonce (key, digest) values ($1, $2) on conflict do nothing;

-- name: DeleteOldOnce :execrows
delete from lease_nonce where at < now() - make_interval(hours => @hours::int);

-- name: PutSecret :exec
insert into lease_secret (key, sealed) values ($1, $2)
on conflict (key) do update set sealed = excluded.sealed, at = now();

-- name: GetSecret :one
select sealed from lease_secret where key = $1;

-- name: InsertEvidence :one
insert into evidence (system, name, run, media_type, sealed) values ($1, $2, $3, $4, $5) returning id;

-- name: ListEvidence :many
-- Newest first, without what was seen.
select id, system, name, run, media_type, at, octet_length(sealed)::int as size from evidence
where (@before::bigint = 0 or id < @before) and (@system::text = '' or system = @system)
  and (sqlc.narg(run)::uuid is null or run = sqlc.narg(run))
  and (@session::text = '' or starts_with(name, @session || '/'))
order by id desc limit @most::int;

-- name: Evidence :one
select * from evidence where id = $1;

-- name: DeleteOldEvidence :execrows
delete from evidence where at < now() - make_interval(hours => @hours::int);
