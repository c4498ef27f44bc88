-- name: PutBlob :exec
-- Of what is kept already the seal is renewed: it may have been another key's.
insert into blob (digest, media_type, sealed) values ($1, $2, $3)
on conflict (digest) do update set sealed = excluded.sealed, at = now();

-- name: GetBlob :one
select media_type, sealed from blob where digest = $1;

-- name: DropBlobs :execrows
-- Bytes that were not put for so long, and that no entity names. What is read, planned
-- or sent names bytes that were put since.
delete from blob b where b.at < now() - make_interval(hours => @hours::int) and not exists (
  select from (select unnest(@kinds::text[]) as kind, unnest(@fields::text[]) as field) f
  join entity e on e.kind = f.kind and e.fields ->> f.field = b.digest);
