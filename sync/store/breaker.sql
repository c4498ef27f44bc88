-- name: GetBreaker :one
select * from breaker where system = @system;

-- name: CountFailure :one
insert into breaker (system, failures, last_run) values (@system, 1, @run)
on conflict (system) do update set last_run = excluded.last_run,
  failures = breaker.failures + case when breaker.last_run is distinct from excluded.last_run then 1 else 0 end
returning failures;

-- name: OpenBreaker :exec
insert into breaker (system, opened_on, until, wait, why) values (@system, @now, @until, @wait, @why)
on conflict (system) do update set opened_on = coalesce(breaker.opened_on, excluded.opened_on), until = excluded.until,
  wait = excluded.wait, why = excluded.why;

-- name: CloseBreaker :exec
delete from breaker where system = @system;
