-- name: EnsureDeployment :exec
insert into deployment (id, digest_key) values (@id, @digest_key) on conflict do nothing;

-- name: GetDeployment :one
select id, digest_key from deployment;
