-- How everything stands, for metrics. All of it is small, or found by an index.

-- name: PipelineStatus :many
-- Of each pipeline the last run by which it stands (LastEnded), when it was in step last
-- (LastGood), and since when it has runs at all.
select p.name, coalesce(l.outcome, '')::text as outcome, s.ended_at as succeeded_on, f.created_at as since,
  (select count(*) from run w where w.pipeline = p.name and w.plan_hash <> '' and w.plan_until > now()) as plans
from run_pipeline p
left join lateral (
  select r.outcome from run r where r.pipeline = p.name and r.state = 'ENDED' and r.scope_keys = 0 and r.outcome <> 'CANCELLED'
  and (not r.plan_only or r.approved or r.priority = 3 and r.outcome <> 'SUCCEEDED') order by r.number desc limit 1) l on true
left join lateral (
  select r.ended_at from run r where r.pipeline = p.name and r.state = 'ENDED' and r.outcome = 'SUCCEEDED' and (not r.plan_only or r.approved)
  and r.scope_keys = 0 order by r.number desc limit 1) s on true
left join lateral (select r.created_at from run r where r.pipeline = p.name order by r.number limit 1) f on true
order by p.name;

-- name: OpenStepCounts :many
select system, state, reason, count(*) from run_step where state in ('READY', 'RUNNING', 'WAITING') group by system, state, reason;

-- name: AsideCounts :many
select system, kind, count(*) filter (where quarantine <> '') as quarantined, count(*) filter (where held <> '{}') as held
from sync_record where quarantine <> '' or held <> '{}' group by system, kind;

-- name: CountAside :one
-- Records of ours that are quarantined somewhere, those with fields that are held, and
-- what is quarantined and nobody's.
select count(distinct entity) filter (where quarantine <> '') as quarantined, count(distinct entity) filter (where held <> '{}') as held,
  count(*) filter (where entity is null and quarantine not in ('', 'gone at the system')) as unreadable
from sync_record where quarantine <> '' or held <> '{}';

-- name: OpenConflictCounts :many
select kind, count(*) from conflict where won_by = '' and resolved_on is null group by kind;
