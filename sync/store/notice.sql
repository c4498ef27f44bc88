-- What people are told about runs.

-- name: LockNotices :exec
-- One process at a time decides what is told.
select pg_advisory_xact_lock(hashtextextended('notices', 0));

-- name: LastNotices :many
-- The newest of each pipeline and kind.
select distinct on (pipeline, kind) id, pipeline, kind, run, reason, made_on from notice order by pipeline, kind, id desc;

-- name: LastEnded :one
-- The newest run of a pipeline about all its records by which it stands: one that was
-- meant to do something, or one of the schedule that could not even plan.
select * from run where pipeline = $1 and state = 'ENDED' and scope_keys = 0 and outcome <> 'CANCELLED'
and (not plan_only or approved or priority = 3 and outcome <> 'SUCCEEDED')
order by number desc limit 1;

-- name: LastGood :one
-- When a pipeline was in step last.
select ended_at::timestamptz from run where pipeline = $1 and state = 'ENDED' and outcome = 'SUCCEEDED' and (not plan_only or approved) and scope_keys = 0 order by number desc limit 1;

-- name: AnyRunning :one
select exists (select from run where pipeline = $1 and state = 'RUNNING');

-- name: AddNotice :one
insert into notice (kind, pipeline, run, reason, body, made_on) values (@kind, @pipeline, @run, @reason, @body, @made_on) returning id;

-- name: Notice :one
select * from notice where id = @id;

-- name: NoticeSent :exec
update notice set sent_on = @now::timestamptz, error = '' where id = @id;

-- name: NoticeFailed :exec
update notice set error = @error where id = @id;

-- name: DeleteOldNotices :exec
-- The newest of each pipeline and kind stays: what follows is told by it.
delete from notice n where n.made_on < now() - make_interval(hours => @hours)
and exists (select from notice l where l.pipeline = n.pipeline and l.kind = n.kind and l.id > n.id);

-- name: PlanCounts :many
-- What a plan would do, by system and kind.
select system, kind, count(*) filter (where effect = 'created') as created, count(*) filter (where effect in ('changed', 'overwritten')) as changed,
  count(*) filter (where effect = 'removed') as removed
from plan_row where run = @run and state = 'planned' and effect <> '' group by system, kind order by system, kind;

-- name: WeekOfRuns :many
select pipeline, count(*) as runs, count(*) filter (where outcome = 'SUCCEEDED') as good, (array_agg(id order by number desc))[1]::uuid as last from run where ended_at > @since::timestamptz and (not plan_only or approved) group by pipeline order by pipeline;

-- name: CountWaiting :one
-- What waits for somebody.
select (select count(*) from run where plan_hash <> '' and plan_until > now()) as plans,
  (select count(*) from conflict where won_by = '' and resolved_on is null) as conflicts;

-- name: WeekOfChanges :many
select r.pipeline, p.system, p.kind, count(*) filter (where p.effect = 'created') as created,
  count(*) filter (where p.effect in ('changed', 'overwritten')) as changed, count(*) filter (where p.effect = 'removed') as removed
from run r join plan_row p on p.run = r.id
where r.ended_at > @since::timestamptz and p.state = 'done' and p.effect <> '' group by r.pipeline, p.system, p.kind order by r.pipeline, p.system, p.kind;
