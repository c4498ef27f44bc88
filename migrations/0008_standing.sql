-- A run that carries out an approved plan waits beside the one of its pipeline that reads.

-- +goose Up
drop index run_active;
create unique index run_active on run (pipeline, scope_digest) where state in ('QUEUED', 'RUNNING') and not approved;

alter table run_step add column throttled_since timestamptz; -- since when it has brought nothing for that reason

-- +goose Down
alter table run_step drop column throttled_since;
drop index run_active;
create unique index run_active on run (pipeline, scope_digest) where state in ('QUEUED', 'RUNNING');
