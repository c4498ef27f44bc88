-- +goose Up

-- Whose a remote record is that shows no key, as a person has said: it becomes the record
-- of the entity with this key when a listing shows it, and counts as made by us. A row goes
-- when that is done.
create table whose (
  system      text collate "C" not null,
  place       text collate "C" not null,
  scope       text collate "C" not null default '',
  kind        text collate "C" not null,
  external_id text collate "C" not null,
  key         text collate "C" not null,
  said_on     timestamptz not null,
  primary key (system, place, scope, kind, external_id),
  unique (system, place, scope, kind, key)
);
