-- name: EnsureLease :exec
insert into lease (system, slot) values ($1, $2) on conflict do nothing;

-- name: LockLeases :many
-- All slots of a system, always in this order and before any run or step: who
-- frees a lease and who waits for one see each other.
select * from lease where system = $1 order by slot for update;

-- name: TakeLease :exec
update lease set step = @step, token = @token, holder = @holder, worker = @holder, heartbeat = heartbeat + 1
where system = @system and slot = @slot;

-- name: HandLease :exec
-- The next holder is known, but has not begun.
update lease set step = @step, token = @token, holder = '', heartbeat = heartbeat + 1
where system = @system and slot = @slot;

-- name: FreeLease :exec
update lease set step = null, holder = '', heartbeat = heartbeat + 1 where system = $1 and slot = $2;

-- name: Heartbeat :one
-- No row: the lease is somebody else's by now.
update lease l set heartbeat = l.heartbeat + 1
where l.system = @system and l.slot = @slot and l.step = @step::bigint and l.token = @token
returning (select r.cancelled_by <> '' from run r join run_step s on s.run = r.id where s.id = l.step)::bool as cancelled;

-- name: HeldLeases :many
select system, slot, step::bigint as step, token, holder, heartbeat, worker from lease where step is not null;

-- name: HeartbeatWorker :exec
insert into lease_worker (id, heartbeat_at) values ($1, now())
on conflict (id) do update set heartbeat_at = now();

-- name: EndWorker :exec
delete from lease_worker where id = $1;

-- name: WorkerLives :one
select exists (select 1 from lease_worker
  where id = $1 and heartbeat_at > now() - make_interval(secs => @seconds::float8));

-- name: WarmWorker :one
-- The process that worked at a system last, where nobody does now. No lock: it
-- is only a hint.
select worker from lease where system = $1 and step is null and worker <> '' order by slot limit 1;

-- name: DeleteDeadWorkers :execrows
delete from lease_worker where heartbeat_at < now() - interval '1 day';
