-- name: InsertStep :exec
insert into run_step (run, number, stage, action, system, place, view, selection, needed, state, reason, detail)
values (@run, @number, @stage, @action, @system, @place, @view, @selection, @needed, @state, @reason, @detail);

-- name: TakesPart :many
-- Which of some systems a run has read, or plans something for.
select s.system from run_step s where s.run = @run and s.action = 'READ' and s.state = 'DONE' and s.system = any(@systems::text[])
union select p.system from plan_row p where p.run = @run and p.system = any(@systems::text[]) order by 1;

-- name: Step :one
select * from run_step where id = $1;

-- name: LockStep :one
select * from run_step where id = $1 for update;

-- name: StepsOf :many
select * from run_step where run = $1 order by number;

-- name: NextSteps :many
-- The steps that are next: those of all stages before are over.
select * from run_step s where s.run = $1 and s.state = 'PENDING' and not exists (
  select 1 from run_step e
  where e.run = s.run and e.state in ('PENDING', 'READY', 'RUNNING', 'WAITING')
    and (e.stage < s.stage or (e.stage = s.stage and e.system = s.system and e.number < s.number)))
order by s.number for update;

-- name: OpenSteps :one
-- How many steps of a run are not over.
select count(*) filter (where state = 'PENDING') as pending,
  count(*) filter (where state in ('READY', 'RUNNING', 'WAITING')) as active
from run_step where run = $1;

-- name: ReadyStep :one
-- Voids all jobs of the step before, for a new one.
update run_step set state = 'READY', token = token + 1, slot = @slot, job = null, not_before = null,
  ready_at = coalesce(ready_at, now()), moved_at = now()
where id = @id returning *;

-- name: SetStepJob :exec
update run_step set job = $2 where id = $1;

-- name: RunStep :one
update run_step set state = 'RUNNING', reason = '', detail = '', slot = @slot, started_at = coalesce(started_at, now()), moved_at = now()
where id = @id returning *;

-- name: WaitStep :one
-- The step waits for a lease, without one.
update run_step set state = 'WAITING', slot = null, reason = @reason, detail = '', moved_at = now(),
  throttled_since = case when @reason = 'THROTTLED' then coalesce(throttled_since, now()) else throttled_since end,
  not_before = now() + make_interval(secs => sqlc.narg(seconds)::float8)
where id = @id returning *;

-- name: TakenOver :one
update run_step set takeovers = takeovers + 1 where id = $1 returning takeovers;

-- name: KeepStep :one
-- What a slice has brought. One that has brought anything was not throttled in vain.
update run_step set throttled_since = case when cursor = @cursor and counters = @counters then throttled_since end, cursor = @cursor, counters = @counters, notes = @notes, attempts = @attempts, takeovers = 0
where id = @id returning *;

-- name: EndStep :one
update run_step set state = @state, outcome = @outcome, reason = @reason, detail = @detail,
  token = token + 1, slot = null, not_before = null, ended_at = now()
where id = @id returning *;

-- name: FailedStep :one
-- The first step of a run at a system that has failed for a reason.
select * from run_step where run = $1 and system = $2 and reason = $3 and state = 'FAILED' order by number limit 1;

-- name: SkipSteps :many
-- What has not begun will not.
update run_step set state = @state, reason = @reason where run = @run and state = 'PENDING' returning *;

-- name: Fence :one
-- Held until the caller's transaction ends: nobody takes the step over before.
select 1 as ok from run_step where id = $1 and token = $2 and state = 'RUNNING' for share;

-- name: EnsureStep :exec
-- Fence for who does not wait for the answer: the transaction fails with TL001 where
-- the lease is lost.
with held as (select 1 from run_step where id = @id and token = @token and state = 'RUNNING' for share)
select ensure(count(*) = 1, 'TL001') from held;

-- name: FirstWaiting :one
-- Who gets a lease of this system next.
select s.* from run_step s join run r on r.id = s.run
where s.system = @system and s.state = 'WAITING' and (s.not_before is null or s.not_before <= now())
  and (@slot::int = 0 or s.action = 'READ')
order by r.priority, s.ready_at, s.id limit 1 for update of s;

-- name: WaitsBefore :one
-- Whether somebody waits who comes before a step that has a lease.
select exists (
  select 1 from run_step s join run r on r.id = s.run
  where s.system = @system and s.state = 'WAITING' and (s.not_before is null or s.not_before <= now())
    and (@slot::int = 0 or s.action = 'READ')
    and (r.priority, s.ready_at, s.id) < (@priority::int, @ready_at::timestamptz, @id::bigint));

-- name: WaitingSystems :many
-- Systems with a step that could go on if it had a lease.
select distinct system from run_step
where state = 'WAITING' and (not_before is null or not_before <= now());

-- name: StaleReady :many
-- Steps whose job should have begun by now.
select id, run, token, system, job from run_step
where state = 'READY' and moved_at < now() - make_interval(secs => @seconds::float8) order by id limit 100;

-- name: SilentSteps :many
-- Steps that have waited for a worker or a lease for so long. silent is how
-- long, run_silent for how long no step of the run has moved; moving says that
-- another step works at the system, or that its lease was handed on lately.
select s.id, s.run, s.number, s.token, s.system, s.state, s.reason,
  extract(epoch from now() - greatest(s.moved_at, s.not_before))::float8 as silent,
  (select extract(epoch from now() - max(greatest(o.moved_at, o.not_before, o.ended_at)))
    from run_step o where o.run = s.run)::float8 as run_silent,
  exists (select 1 from run_step o where o.run = s.run and o.state = 'RUNNING') as running,
  exists (select 1 from lease l join run_step h on h.id = l.step
    where l.system = s.system and l.step <> s.id
      and (l.holder <> '' or h.moved_at > now() - make_interval(secs => @seconds::float8))) as moving
from run_step s
where s.state in ('READY', 'WAITING')
  and greatest(s.moved_at, s.not_before) <= now() - make_interval(secs => @seconds::float8)
order by s.id limit 100;

-- name: ExplainStep :one
-- Says once why a step does not go on.
update run_step set reason = @reason, detail = @detail
where id = @id and token = @token and state in ('READY', 'WAITING') and reason <> @reason returning *;

-- name: CancelledSteps :many
select s.id, s.run, s.token, s.system from run_step s join run r on r.id = s.run
where r.state = 'RUNNING' and r.cancelled_by <> '' and s.state in ('READY', 'WAITING') order by s.id limit 100;

-- name: Reopen :exec
-- An approved plan is applied, and then its writes are carried out.
update run_step set state = 'PENDING', outcome = '', reason = '', detail = '', ended_at = null, ready_at = null, moved_at = now()
where run = $1 and (action = 'PLAN' or (action = 'WRITE' and state in ('SKIPPED', 'PENDING') and reason <> 'OBSERVED'));

-- name: NotWritten :one
-- Records of the places that a run has written, and of its scope, that are to be
-- told something and nothing says why they were not: neither quarantined nor
-- with an error that they wait for. What has changed since the run planned is
-- for the next one. A place may be written by several steps.
select count(distinct (r.system, r.id)) from run_step s
join sync_record r on r.system = s.system and r.place = s.place
  and r.desired_version > r.applied_version and r.quarantine = '' and r.last_error = '' and r.paused_on is null
  and (r.pending_op <> '' or r.external_id is not null)
join entity e on e.id = r.entity
where s.run = @run and s.action = 'WRITE' and s.state = 'DONE'
  and e.modified_on <= (select p.ended_at from run_step p where p.run = s.run and p.action = 'PLAN')
  and (not @scoped::bool or exists (
    select 1 from run_scope c where c.run = s.run and c.kind = e.kind and c.key = e.key));

-- name: StepsForAPerson :many
-- Of the systems whose last step ended so that a person must act: that step.
select l.system, l.outcome, l.reason, l.detail, l.ended_at from (
  select distinct on (s.system) s.* from run_step s
  where s.ended_at is not null and s.state in ('DONE', 'FAILED')
  order by s.system, s.ended_at desc, s.id desc) l
where l.state = 'FAILED' and l.outcome in ('NEEDS_AUTH', 'DRIFTED') order by l.system;
