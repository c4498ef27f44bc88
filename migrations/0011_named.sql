-- +goose Up

-- A reading of a part of a listing shows no absence, and permits no create.
alter table staging_listing add column whole boolean not null default true;

-- Where the next reading of what has changed since begins.
create table run_cursor (
  listing int primary key references listing (id),
  cursor  text not null
);
alter table listing drop column cursor;

-- Records that a system has named as changed, or that must be looked at, until a
-- run has admitted them. Only what to read is known of them. run, listing: which
-- run is reading it, by which listing.
create table run_named (
  system      text not null,
  kind        text collate "C" not null,
  external_id text collate "C" not null,
  named_on    timestamptz not null,
  run         uuid,
  listing     int,
  primary key (system, kind, external_id)
);
