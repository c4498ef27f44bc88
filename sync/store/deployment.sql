-- name: EnsureDeployment :exec
insert into deployment (id, digest_key) values (@id, @digest_key) on conflict do nothing;

-- name: GetDeployment :one
select id, digest_key from deployment;

-- name: GetMark :one
-- How far the database has come, and whether it knows of any record.
select d.epoch, d.past_epochs, coalesce((select max(id) from journal), 0)::bigint as journal,
  (exists (select from sync_record) or exists (select from journal))::boolean as holds
from deployment d;

-- name: LockDeployment :exec
select from deployment for update;

-- name: RestoredOn :one
select restored_on from deployment;

-- name: BeginEpoch :exec
update deployment set past_epochs = past_epochs || epoch, epoch = gen_random_uuid(), restored_on = @now, last_restored_on = @now;

-- name: LastRestored :one
select d.last_restored_on from (select) always left join deployment d on true;

-- name: EndRestored :execrows
update deployment set restored_on = null where restored_on is not null;
