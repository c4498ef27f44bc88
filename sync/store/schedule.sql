-- name: Schedules :many
-- All as they are in force.
select * from schedule_in_force order by pipeline, name;

-- name: ScheduleInForce :one
select * from schedule_in_force where name = $1;

-- name: LockSchedules :exec
-- One process at a time changes what is in force.
select pg_advisory_xact_lock(hashtextextended('schedule', 0));

-- name: PutSchedule :exec
-- What the program and the settings say.
insert into schedule (name, pipeline, cron, zone, missed, off, paused, source)
values (@name, @pipeline, @cron, @zone, @missed, @off, @paused, @source)
on conflict (name) do update set pipeline = excluded.pipeline, cron = excluded.cron, zone = excluded.zone,
  missed = excluded.missed, off = excluded.off, paused = excluded.paused, source = excluded.source
where (schedule.pipeline, schedule.cron, schedule.zone, schedule.missed, schedule.off, schedule.paused, schedule.source)
  is distinct from (excluded.pipeline, excluded.cron, excluded.zone, excluded.missed, excluded.off, excluded.paused, excluded.source);

-- name: DeleteSchedule :exec
delete from schedule where name = $1;

-- name: ChangedSchedule :exec
-- What is in force has changed.
update schedule set next_at = @next_at, changed_on = @changed_on where name = @name;

-- name: SetSchedule :exec
insert into schedule_set (name, cron, zone, missed, set_by, set_on)
values (@name, @cron::text, @zone::text, @missed::text, @set_by, @set_on::timestamptz)
on conflict (name) do update set cron = excluded.cron, zone = excluded.zone, missed = excluded.missed,
  set_by = excluded.set_by, set_on = excluded.set_on;

-- name: PauseSchedule :exec
insert into schedule_set (name, paused, paused_by, paused_on)
values (@name, @paused::boolean, @paused_by, @paused_on::timestamptz)
on conflict (name) do update set paused = excluded.paused, paused_by = excluded.paused_by, paused_on = excluded.paused_on;

-- name: ResetSchedule :exec
delete from schedule_set where name = $1;

-- name: DueSchedules :many
-- Two schedulers never see the same row.
select f.* from schedule s join schedule_in_force f on f.name = s.name
where s.next_at <= @now::timestamptz and not f.paused and s.off = ''
order by s.next_at limit 10 for update of s skip locked;

-- name: MoveSchedule :exec
update schedule set next_at = @next_at, last_at = @last_at, last_run = coalesce(@last_run, last_run),
  last_skip = @last_skip
where name = @name;
