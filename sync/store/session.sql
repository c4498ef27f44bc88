-- name: PutSession :exec
-- How a session stands; since when is told anew where it stands otherwise than before.
insert into browser_session (system, account, state, since, reason, detail, worker, signed_in_on, ends_on, looked_on)
values (@system, @account, @state, @now, @reason, @detail, @worker, sqlc.narg(signed_in_on), sqlc.narg(ends_on), @now)
on conflict (system) do update set account = excluded.account, state = excluded.state, reason = excluded.reason,
  detail = excluded.detail, worker = excluded.worker, signed_in_on = excluded.signed_in_on, ends_on = excluded.ends_on,
  looked_on = excluded.looked_on,
  since = case when (browser_session.account, browser_session.state, browser_session.reason) = (excluded.account, excluded.state, excluded.reason)
    then browser_session.since else excluded.since end;

-- name: Sessions :many
-- With the worker's life: one that is gone has nothing warm.
select s.*, exists (select from lease_worker w
    where w.id = s.worker and w.heartbeat_at > now() - make_interval(secs => @seconds::float8)) as lives,
  (select count(*) from evidence e where e.system = s.system and starts_with(e.name, s.account || '/')) as evidence
from browser_session s order by s.system;

-- name: SessionsInNeed :many
select system from browser_session where state = 'NEEDS_A_PERSON' order by system;

-- name: SignIns :many
select * from sign_in order by system;

-- name: LockSignIn :exec
-- One request at a time for a system.
select pg_advisory_xact_lock(hashtextextended('sign_in:' || @system::text, 0));

-- name: OpenSignIn :one
-- The request that has not ended, unless it was with a worker that is gone.
select * from sign_in s where s.system = @system and s.ended_on is null
  and (s.worker = '' or exists (select from lease_worker w
    where w.id = s.worker and w.heartbeat_at > now() - make_interval(secs => @seconds::float8)));

-- name: AskSignIn :one
insert into sign_in (system, job, asked_on, asked_by) values (@system, @job, @now, @asked_by)
on conflict (system) do update set job = excluded.job, asked_on = excluded.asked_on, asked_by = excluded.asked_by,
  worker = '', ended_on = null, reason = '', detail = ''
returning *;

-- name: BeginSignIn :execrows
update sign_in set worker = @worker where system = @system and job = @job and ended_on is null;

-- name: EndSignIn :execrows
update sign_in set ended_on = @now::timestamptz, reason = @reason, detail = @detail where system = @system and job = @job;
