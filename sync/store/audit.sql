-- name: LockAudit :exec
-- The chain grows at one end only; the number is "audit" in ASCII.
select pg_advisory_xact_lock(418581342580);

-- name: LastAudit :one
select * from audit order by id desc limit 1;

-- name: InsertAudit :exec
insert into audit (id, at, actor, action, target, reason, prev_hash, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: ListAudit :many
select * from audit where id > $1 order by id limit $2;
