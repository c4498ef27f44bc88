-- name: LockAudit :exec
-- The chain grows at one end only; the number is "audit" in ASCII.
select pg_advisory_xact_lock(418581342580);

-- name: LastAudit :one
select * from audit order by id desc limit 1;

-- name: AuditRow :one
select * from audit where id = $1;

-- name: InsertAudit :exec
insert into audit (id, at, actor, token, action, target, reason, prev_hash, hash)
values (@id, @at, @actor, @token, @action, @target, @reason, @prev_hash, @hash);

-- name: ListAudit :many
select * from audit where id > $1 order by id limit $2;

-- name: NewestAudit :many
-- The newest first, before a row; of one action or of all.
select * from audit where id < @before and (@action::text = '' or action = @action) order by id desc limit @most;

-- name: AuditBase :one
select id, hash from audit_base;

-- name: LastAuditBefore :one
-- The last row that is older, of the first ten thousand.
select x.* from audit x where x.at < @before and x.id < (select min(a.id) + 10000 from audit a) order by x.id desc limit 1;

-- name: SetAuditBase :exec
insert into audit_base (id, hash) values (@id, @hash) on conflict (one) do update set id = excluded.id, hash = excluded.hash;

-- name: DeleteAuditTo :execrows
delete from audit where id <= $1;
