-- +goose Up

-- Each row's hash is keyed with the deployment's digest key, and covers the token with
-- which it was done. Rows from before had neither.
delete from audit;
alter table audit add column token bigint; -- its id; null: done without one
create index audit_action on audit (action, id);

-- Where the chain begins: the last row that was erased for its age. Zero: none was.
create table audit_base (
  one  boolean primary key default true check (one),
  id   bigint not null,
  hash bytea  not null
);
