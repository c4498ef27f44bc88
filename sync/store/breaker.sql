-- name: GetBreaker :one
select * from breaker where system = @system;

-- name: CountFailure :one
insert into breaker (system, failures) values (@system, 1)
on conflict (system) do update set failures = breaker.failures + 1 returning failures;

-- name: OpenBreaker :exec
insert into breaker (system, opened_on, until, wait, why) values (@system, @now, @until, @wait, @why)
on conflict (system) do update set opened_on = coalesce(breaker.opened_on, excluded.opened_on), until = excluded.until,
  wait = excluded.wait, why = excluded.why;

-- name: CloseBreaker :exec
delete from breaker where system = @system;
