-- name: LockPipeline :one
-- The lock under which runs of a pipeline are numbered, queued and started.
insert into run_pipeline (name) values ($1)
on conflict (name) do update set name = excluded.name
returning number;

-- name: NextRunNumber :one
update run_pipeline set number = number + 1 where name = $1 returning number;

-- name: InsertRun :one
insert into run (id, pipeline, number, parent, children, scope_digest, scope_kind, scope_keys, priority, state,
  plan_only, override, override_reason, requested_by)
values (@id, @pipeline, @number, sqlc.narg(parent), @children, @scope_digest, @scope_kind, @scope_keys, @priority, 'QUEUED',
  @plan_only, @override, @override_reason, @requested_by)
returning *;

-- name: InsertRunScope :exec
insert into run_scope (run, kind, key) select @run, @kind, unnest(@keys::text[]);

-- name: RunScope :many
select key from run_scope where run = $1 order by key;

-- name: EraseOldScopes :execrows
-- Who was asked for is forgotten some time after the run.
with dropped as (delete from run_scope s using run r
  where r.id = s.run and r.state = 'ENDED' and r.ended_at < now() - make_interval(hours => @hours::int) returning s.run)
update run set scope_digest = run.id::text from dropped where run.id = dropped.run;

-- name: Run :one
select * from run where id = $1;

-- name: LockRun :one
select * from run where id = $1 for no key update;

-- name: ActiveRun :one
-- One that carries an approved plan out reads nothing anew, and is none.
select * from run where pipeline = $1 and scope_digest = $2 and state in ('QUEUED', 'RUNNING') and not approved;

-- name: RunningRun :one
-- The run of a pipeline that is being carried out.
select id from run where pipeline = $1 and state = 'RUNNING';

-- name: NextQueuedRun :one
select * from run where pipeline = $1 and state = 'QUEUED'
order by priority, number limit 1 for no key update;

-- name: StartRun :one
update run set state = 'RUNNING', started_at = coalesce(started_at, now()), ended_at = null,
  outcome = '', reason = '', detail = ''
where id = $1 returning *;

-- name: ApplyRun :exec
update run set applied = true where id = $1;

-- name: EndRun :one
update run set state = @state, outcome = @outcome, reason = @reason, detail = @detail,
  plan_hash = @plan_hash, plan_until = @plan_until, ended_at = now()
where id = @id returning *;

-- name: ApproveRun :one
update run set state = 'QUEUED', approved = true, plan_hash = '', plan_until = null,
  outcome = '', reason = '', detail = '', ended_at = null
where id = $1 returning *;

-- name: StoppedRun :one
-- The newest run of a pipeline that a limit has stopped and whose plan waits.
select * from run where pipeline = $1 and state = 'ENDED' and outcome = 'GUARD_STOPPED' and plan_hash <> '' and plan_until > now()
order by number desc limit 1;

-- name: CancelRun :one
update run set cancelled_by = $2 where id = $1 returning *;

-- name: ListRuns :many
-- Newest first; pipeline blank is all, before null from the newest on.
select * from run
where (@pipeline::text = '' or pipeline = @pipeline) and (sqlc.narg(before)::uuid is null or id < sqlc.narg(before))
order by id desc limit @size;

-- name: LastRun :one
select * from run where pipeline = $1 order by number desc limit 1;

-- name: ExpiredPlans :many
select * from run where plan_hash <> '' and plan_until < now() order by id limit 100;

-- name: ExtendPlans :execrows
-- A plan that waits for a person is kept as long as the newest one that repeats all
-- of its rows: of the same pipeline and about the same records. One that is locked
-- is being applied, or dropped.
with repeated as (
  select o.id from run n, run o
  where n.id = @id and n.plan_hash <> '' and o.plan_hash <> '' and o.plan_until between now() and n.plan_until
  and o.id <> n.id and o.pipeline = n.pipeline and o.scope_kind = n.scope_kind and o.scope_keys = n.scope_keys
  and (o.scope_keys = 0 or o.scope_keys = (
    select count(*) from run_scope a join run_scope b on b.run = n.id and b.key = a.key where a.run = o.id))
  and (o.plan_hash = n.plan_hash or not exists (
    select from plan_row p where p.run = o.id and p.state = 'planned' and not exists (
      select from plan_row q where q.run = n.id and q.kind = p.kind and q.key = p.key and q.system = p.system and q.place = p.place
        and q.scope = p.scope and q.op = p.op and q.fields = p.fields)))
  for no key update of o skip locked)
update run r set plan_until = n.plan_until from repeated, run n where r.id = repeated.id and n.id = @id;

-- name: DropPlan :exec
update run set plan_hash = '', plan_until = null, state = 'ENDED',
  reason = case when state = 'PLANNED' then @reason::text else reason end
where id = @id;

-- name: RejectPlan :exec
update run set plan_hash = '', plan_until = null, state = 'ENDED', outcome = 'CANCELLED', reason = @reason::text, detail = '',
  cancelled_by = @cancelled_by
where id = @id;

-- name: RequestOf :one
select * from run_request where request_id = $1;

-- name: LockRequest :exec
select pg_advisory_xact_lock(hashtextextended('run_request:' || @request_id::text, 0));

-- name: InsertRequest :exec
insert into run_request (request_id, digest, run) values ($1, $2, $3);

-- name: DeleteOldRequests :execrows
with entities as (delete from entity_request where created_at < now() - make_interval(hours => @hours::int))
delete from run_request where created_at < now() - make_interval(hours => @hours::int);

-- name: RunOfNumber :one
select id from run where pipeline = @pipeline and number = @number;

-- name: DeleteOldRuns :execrows
-- The newest of each pipeline stays, and the one that was in step last: how it stands is
-- told by them. So does one that keeps a plan, or of which something is to be done.
delete from run where run.id in (
  select r.id from run r where r.state = 'ENDED' and r.plan_hash = '' and r.ended_at < now() - make_interval(hours => @hours::int)
  and r.number < (select max(l.number) from run l where l.pipeline = r.pipeline)
  and r.number <> coalesce((select max(g.number) from run g where g.pipeline = r.pipeline and g.outcome = 'SUCCEEDED' and (not g.plan_only or g.approved) and g.scope_keys = 0), 0)
  and not exists (select from plan_row p where p.run = r.id and p.state in ('planned', 'pending'))
  order by r.id limit 5000);
