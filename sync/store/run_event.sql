-- name: BumpEvent :one
-- The row lock makes the numbers of a run's events come without gaps and in
-- the order in which they are committed.
update run set event_seq = event_seq + 1 where id = $1 returning *;

-- name: InsertEvent :exec
-- Whoever watches the run is told when it is committed.
with added as (insert into run_event (run, seq, step, body) values (@run, @seq, @step, @body) returning run)
select pg_notify('run_event', run::text) from added;

-- name: EventSeqs :many
select id, event_seq from run where id = any(@ids::uuid[]);

-- name: EventsAfter :many
select * from run_event where run = $1 and seq > $2 order by seq limit 500;

-- name: LastStepEvent :one
select body from run_event where run = @run and step = @step order by seq desc limit 1;

-- name: DeleteOldEvents :execrows
delete from run_event e using run r
where r.id = e.run and r.state = 'ENDED' and e.at < now() - make_interval(hours => @hours::int);
