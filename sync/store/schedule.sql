-- name: Schedules :many
select * from schedule order by pipeline, name;

-- name: LockSchedules :exec
-- One process at a time brings the table in line with the program.
select pg_advisory_xact_lock(hashtextextended('schedule', 0));

-- name: PutSchedule :exec
insert into schedule (name, pipeline, cron, zone, missed, off, next_at)
values (@name, @pipeline, @cron, @zone, @missed, @off, @next_at)
on conflict (name) do update set pipeline = excluded.pipeline, cron = excluded.cron, zone = excluded.zone,
  missed = excluded.missed, off = excluded.off, next_at = excluded.next_at;

-- name: DeleteSchedule :exec
delete from schedule where name = $1;

-- name: DueSchedules :many
-- Two schedulers never see the same row.
select * from schedule where next_at <= @now::timestamptz and not paused and off = ''
order by next_at for update skip locked limit 10;

-- name: MoveSchedule :exec
update schedule set next_at = @next_at, last_at = @last_at, last_run = coalesce(@last_run, last_run),
  last_skip = @last_skip
where name = @name;

-- name: PauseSchedule :execrows
update schedule set paused = $2 where name = $1;
