-- +goose Up

-- The keys of entities that are to be made of records that people have made at a system:
-- each plan that would make the entity calls it alike, whether or not it is applied.
create table new_key (
  kind        text collate "C" not null,
  system      text collate "C" not null,
  place       text collate "C" not null,
  scope       text collate "C" not null,
  external_id text collate "C" not null,
  key         text collate "C" not null,
  primary key (kind, system, place, scope, external_id)
);

-- An entity that is made of such a record, and those that it was compared with.
alter table staging_entity add column came boolean not null default false;
alter table staging_entity add column alike bigint[] not null default '{}';

-- A record that the next reading is to show, changed or not: whoever was deleted may come
-- again.
alter table staging_sync_record add column see_again boolean not null default false;

-- That nothing tells who a newcomer is, is told as long as it is so.
drop index conflict_unclear;
create index conflict_unclear on conflict (kind, key) where why in ('duplicate', 'somebody else', 'newcomer') and resolved_on is null;
