-- name: InsertChild :exec
insert into run_child (run, number, pipeline, needs) values (@run, @number, @pipeline, @needs);

-- name: ChildrenOf :many
-- The pipelines of a parent run in their order, with the number of the run of each.
select c.*, r.number as run_number from run_child c left join run r on r.id = c.child
where c.run = $1 order by c.number;

-- name: StartChild :exec
update run_child set state = 'RUNNING', child = @child where run = @run and number = @number;

-- name: EndChild :exec
update run_child set state = @state, outcome = @outcome, reason = @reason, detail = @detail, taken = @taken
where run = @run and number = @number;

-- name: RunningParents :many
select id from run where children > 0 and state = 'RUNNING' order by id;

-- name: SkipChildren :exec
-- What has not begun will not.
update run_child set state = 'SKIPPED', reason = @reason where run = @run and state = 'PENDING';
