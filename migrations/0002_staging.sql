-- +goose Up

-- What a run has read and planned and not yet applied. Dropped with the run
-- or its plan. Logged: an unlogged table is emptied when Postgres crashes, and
-- a run would go on without what it had read.
create table staging_listing (
  run         uuid not null,
  listing     int  not null,
  complete    boolean not null default false,
  certificate jsonb not null default 'null', -- null: what it did not show may be there all the same
  why         text not null default '',
  signed_in   boolean not null default true,
  filters     boolean not null default true,
  ended       boolean not null default false,
  stated      int,
  moved       boolean not null default false, -- the stated number differed between pages
  reread      boolean not null default false, -- it was broken off once and is read again
  count       bigint not null default 0,
  absent      bigint not null default 0,
  fingerprint text not null default '',
  shape       text not null default '', -- of the site, as fingerprint is of the account
  reading     bigint not null default 0, -- its number among all complete readings
  -- False in a run for some keys, and where all was to be shown and is not
  -- certified: what it has read moves no cursor and takes no place up.
  moves       boolean not null default true,
  whole       boolean not null default true, -- a reading of a part shows no absence, and permits no create
  records     bigint not null default 0, -- listed so far, when they come in the order of their ids
  known       bigint not null default 0, -- of those that the last full listing showed, passed so far
  profile_state jsonb, -- of a reading that is done in several slices, up to the cursor profile_at
  profile_at  text not null default '',
  held        boolean not null default false, -- something of it is not taken
  overtaken   boolean not null default false, -- while it was read, a plan has moved what it was compared with
  begun_at    bigint  not null default 0, -- staged items with a higher number were read after it began
  next_good   jsonb,   -- the good reading, when the plan made from this one is applied
  next_cursor text not null default '',
  last_key    text collate "C" not null default '',
  primary key (run, listing)
);
create index staging_listing_of on staging_listing (listing);
create table staging_item (
  run         uuid  not null,
  listing     int   not null,
  external_id text collate "C" not null,
  state       text  not null, -- changed, absent, removed, fault
  digest      bytea,
  fields      jsonb,
  reason      text  not null default '',
  successor   text  not null default '',
  believed    boolean not null default true, -- false: something of it is held, and it is not stored as seen
  asked       boolean not null default false, -- absent, also when it was asked for by itself
  key         text collate "C" not null default '', -- the natural key of one that was not listed before
  contradicted boolean not null default false, -- another run has read the record otherwise since
  planned     boolean not null default false,
  component   int     not null default 0,
  batch       int     not null default 0, -- with which Apply takes it; 0 before it is planned
  missed      int     not null default 0, -- absent: how many listings in a row had missed it when that was decided
  number      bigint  not null generated always as identity, -- Plan names items by it
  primary key (run, listing, external_id)
);
create index staging_item_number on staging_item (run, number);
create index staging_item_batch on staging_item (run, batch);
create table staging_key (
  run uuid not null, listing int not null, external_id text collate "C" not null,
  primary key (run, listing, external_id)
);
create table staging_entity (
  run uuid not null, seq int not null, entity bigint, kind text not null, key text collate "C" not null,
  fields jsonb not null, provenance jsonb not null, deleted text not null,
  made_rule text not null, made_group text not null, made jsonb not null, version bigint not null, groups jsonb not null,
  -- It is made of a record that people have made, and those that it was compared with.
  came boolean not null default false, alike bigint[] not null default '{}',
  component int not null default 0, batch int not null,
  primary key (run, seq)
);
create index staging_entity_batch on staging_entity (run, batch);
create table staging_sync_record (
  run uuid not null, seq int not null, sync_record bigint, system text not null, place text not null, scope text not null,
  kind text not null, external_id text, entity bigint, key text not null, entity_kind text not null,
  natural_key text not null, quarantine text not null default '', held jsonb not null default '{}', remote jsonb not null, base_local jsonb not null, base_remote jsonb not null,
  echo jsonb not null default '{}', pending_op text not null, bump boolean not null, drop boolean not null, recreated boolean not null default false,
  taken_over boolean not null default false, -- a first sync makes it ours, if a person says so
  created_by text not null default 'unknown', -- who made the record that it is bound to now, where that is another
  confirm_at timestamptz, confirm_why text not null default '', confirm_by jsonb not null default '[]',
  see_again boolean not null default false, -- the next reading is to show it, changed or not: whoever was deleted may come again
  version bigint not null, groups jsonb not null, component int not null default 0, batch int not null,
  primary key (run, seq)
);
create index staging_sync_record_batch on staging_sync_record (run, batch);
create table staging_conflict (
  run uuid not null, seq int not null, kind text not null, key text not null, field text not null, system text not null,
  hub_value text not null, remote_value text not null, won_by text not null, why text not null,
  component int not null default 0, batch int not null,
  primary key (run, seq)
);
create index staging_conflict_batch on staging_conflict (run, batch);
create table staging_alias (
  run uuid not null, kind text not null, from_key text collate "C" not null, to_key text not null, reason text not null,
  component int not null default 0, batch int not null,
  primary key (run, kind, from_key)
);
create index staging_alias_batch on staging_alias (run, batch);

-- Whether two readings of a record say otherwise in a field that both show.
create function says_otherwise(a jsonb, b jsonb) returns boolean language sql immutable strict as $$
  select exists (select from jsonb_each_text(a) x join jsonb_each_text(b) y using (key) where x.value <> y.value)
$$;

-- Plans that are being applied, batch by batch. A row is there from the decision to
-- apply a plan until its run ends: whoever comes next goes on after the last batch.
create table plan_apply (
  run         uuid    primary key,
  state       text    not null check (state in ('APPLYING', 'APPLIED', 'CANCELLED')), -- cancelled: it may not begin
  begun_on    timestamptz not null default now(),
  batch       int     not null default 0, -- the last that was applied
  kinds       text[]  not null default '{}',
  by_all      boolean not null default false, -- a person approved all of it
  first_sync  boolean not null default false, -- or the first sync of a place
  passed      text[]  not null default '{}',  -- or that it passes these limits
  takes_up    boolean not null default false, -- it takes a place up
  stale       int     not null default 0, -- records that had changed since and were left out
  left_open   int     not null default 0, -- records that the person has not named
  refused     int     not null default 0, -- components that the tables did not take
  refusal     text    not null default '', -- why the first of them was not taken, and what it is about
  counters    jsonb   not null default '[]',  -- what the plan counts, until the step has told it
  detail      jsonb   not null default '{}'
);
create index plan_apply_open on plan_apply (run) where state = 'APPLYING';

select leave_out_of_statistics(t) from unnest(array['staging_item', 'staging_entity', 'staging_sync_record']) t;
