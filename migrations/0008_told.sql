-- +goose Up

-- What we told a record last, by field: what we wrote over, since the next
-- reading may be an old one, and what we have sent without learning whether it
-- arrived.
alter table replica add column told jsonb not null default '{}';
alter table staging_replica add column told jsonb not null default '{}';
