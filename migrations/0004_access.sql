-- +goose Up

-- Who may call the API. The token itself is shown once and never stored.
create table token (
  id         bigint generated always as identity primary key,
  hash       bytea       not null unique check (octet_length(hash) = 32), -- sha-256
  name       text        not null,
  role       text        not null check (role in ('viewer', 'operator', 'admin')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);

-- What was done through the API, by whom and why. Each row's hash covers the row and
-- the hash before it, and is keyed with the deployment's digest key, so that a change
-- shows. Rows hold ids and stable
-- words, never a value or a key of a record: erasing a person must not break
-- the chain. That a run was started stands in the table of runs, not here.
create table audit (
  id        bigint      primary key, -- 1, 2, 3: no gaps
  at        timestamptz not null,
  actor     text        not null,
  token     bigint,               -- its id; null: done without one
  action    text        not null,
  target    text        not null,
  reason    text        not null default '',
  prev_hash bytea       not null,
  hash      bytea       not null
);
create index audit_action on audit (action, id);

-- Where the chain begins: the last row that was erased for its age. Zero: none was.
create table audit_base (
  one  boolean primary key default true check (one),
  id   bigint not null,
  hash bytea  not null
);

-- What makes this deployment different from every other: the key of its
-- digests. A digest that has left the database tells nothing without it.
--
-- An epoch is a stretch of the database's life in which its journal only grows;
-- a restore from a backup ends it. What has happened since the backup is not
-- known here, and other epochs may have been: processes keep what they have seen
-- in a file of their own.
create table deployment (
  one         boolean primary key default true check (one),
  id          uuid   not null,
  digest_key  bytea  not null,
  epoch       uuid   not null default gen_random_uuid(),
  past_epochs uuid[] not null default '{}',
  restored_on timestamptz, -- RESTORED since then; null: it is not
  last_restored_on timestamptz -- when it was RESTORED last, also when that is over
);
