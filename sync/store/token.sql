-- name: InsertToken :one
insert into token (hash, name, role, created_at, expires_at)
values ($1, $2, $3, $4, $5)
returning *;

-- name: TokenByHash :one
select * from token where hash = $1;

-- name: ListTokens :many
select * from token order by id;

-- name: RevokeToken :one
update token set revoked_at = coalesce(revoked_at, @at::timestamptz) where id = $1
returning *;
