-- +goose Up

-- Runs, their steps, leases and schedules. All that a run writes although
-- nothing has changed is in tables whose names contain run, step, lease or
-- schedule.

-- The last number given to a run of a pipeline. Its row is the lock under
-- which runs of the pipeline are queued and started.
create table run_pipeline (
  name   text primary key,
  number bigint not null default 0
);

create table run (
  id              uuid   primary key, -- version 7: ordered by time
  pipeline        text   not null references run_pipeline (name),
  number          bigint not null,
  parent          uuid references run (id) on delete set null, -- the run that has asked for it
  children        int    not null default 0, -- of a parent run: how many pipelines it runs; it has no steps
  scope_digest    text   not null, -- of all that tells two requests apart; blank once erased
  scope_kind      text   not null default '',
  scope_keys      int    not null default 0,
  priority        int    not null, -- 1 some records, 2 a person asked, 3 a schedule
  state           text   not null check (state in ('QUEUED', 'RUNNING', 'PLANNED', 'ENDED')),
  outcome         text   not null default '',
  reason          text   not null default '',
  detail          text   not null default '',
  plan_only       boolean not null,
  approved        boolean not null default false,
  applied        boolean not null default false,
  plan_hash       text   not null default '', -- blank when no plan is kept
  plan_until      timestamptz,
  override        text[] not null default '{}',
  override_reason text   not null default '',
  requested_by    text   not null,
  cancelled_by    text   not null default '', -- set: it ends at the next slice
  event_seq       bigint not null default 0,
  created_at      timestamptz not null default now(),
  started_at      timestamptz,
  ended_at        timestamptz,
  unique (pipeline, number)
);
create unique index run_active  on run (pipeline, scope_digest) where state in ('QUEUED', 'RUNNING');
create unique index run_running on run (pipeline) where state = 'RUNNING';
create index run_plan on run (plan_until) where plan_hash <> '';
create index run_start on run (pipeline, started_at);
create index run_parent on run (parent) where parent is not null;
create index run_parents on run (id) where children > 0 and state = 'RUNNING';

-- The pipelines that a parent run runs, one after the other, and what came of each.
create table run_child (
  run      uuid not null references run (id) on delete cascade, -- the parent
  number   int  not null,
  pipeline text not null,
  needs    text[] not null, -- pipelines before it without whose data it is skipped
  state    text not null default 'PENDING' check (state in ('PENDING', 'RUNNING', 'ENDED', 'SKIPPED')),
  child    uuid references run (id) on delete set null,
  outcome  text not null default '',
  reason   text not null default '',
  detail   text not null default '',
  taken    boolean not null default false, -- its data is there, for what needs it
  primary key (run, number)
);
create index run_child_child on run_child (child) where child is not null;

-- What a run was asked for. Personal data: erased with the person.
create table run_scope (
  run  uuid not null references run (id) on delete cascade,
  kind text collate "C" not null,
  key  text collate "C" not null,
  primary key (run, key)
);
create index run_scope_key on run_scope (kind, key);

-- Requests with an id of the caller's, for 24 hours.
create table run_request (
  request_id text  primary key,
  digest     bytea not null,
  run        uuid  not null references run (id) on delete cascade,
  created_at timestamptz not null default now()
);

create table run_step (
  id         bigint generated always as identity primary key,
  run        uuid   not null references run (id) on delete cascade,
  number     int    not null,
  -- Steps of one stage go at the same time, those of one system in it in
  -- order; a stage begins when those before it are over.
  stage      int    not null,
  action     text   not null check (action in ('READ', 'PLAN', 'WRITE')),
  system     text   not null,
  place      text   not null default '',
  view       text   not null default '',
  selection  jsonb  not null default '{}',
  needed     boolean not null default false,
  state      text   not null default 'PENDING' check (state in
    ('PENDING', 'READY', 'RUNNING', 'WAITING', 'DONE', 'SKIPPED', 'FAILED', 'CANCELLED')),
  outcome    text   not null default '', -- of a failed step: how it would have the run end
  reason     text   not null default '',
  detail     text   not null default '',
  token      bigint not null default 0,  -- grows with each job; older jobs are void
  slot       int,                        -- of the lease that it holds
  job        bigint,                     -- River's id of the newest job
  cursor     text   not null default '',
  not_before timestamptz,
  attempts   int    not null default 0,
  -- How often it was taken over since it last brought something: one that kills
  -- its process each time must come to an end, too.
  takeovers  int    not null default 0,
  counters   jsonb  not null default '[]',
  notes      jsonb  not null default '{}',
  ready_at   timestamptz, -- its age among those that wait
  moved_at   timestamptz, -- when it began to wait for a worker or a lease, or to work
  started_at timestamptz,
  ended_at   timestamptz,
  unique (run, number)
);
create index run_step_open on run_step (system, state)
  where state in ('READY', 'RUNNING', 'WAITING');

-- Ends a transaction with an error code where something is not as it must be, so that
-- what follows can be sent without waiting for the answer.
-- +goose StatementBegin
create function ensure(holds boolean, code text) returns void language plpgsql as $$
begin
  if holds is not true then
    raise exception 'not as it must be' using errcode = code;
  end if;
end $$;
-- +goose StatementEnd

-- What a watcher is told. One of the two bodies is set.
create table run_event (
  run  uuid   not null references run (id) on delete cascade,
  seq  bigint not null,
  at   timestamptz not null default now(),
  step bigint,
  body jsonb  not null,
  primary key (run, seq)
);

-- The right to work at a system. A step that has no lease waits without
-- holding anything.
create table lease (
  system   text   not null,
  slot     int    not null,
  step     bigint,                    -- null: free
  token    bigint not null default 0, -- of that step; the fence
  holder   text   not null default '', -- the process at work; blank while handed on
  heartbeat     bigint not null default 0,
  worker   text   not null default '', -- the process whose session is warm
  primary key (system, slot)
);

-- The processes that work jobs.
create table lease_worker (
  id      text primary key,
  heartbeat_at timestamptz not null
);

-- What processes share when they work at a system (connector.Host).
create table lease_rate (
  key     text primary key,
  next_at timestamptz not null
);
create table lease_nonce (
  key    text  not null,
  digest bytea not null,
  at     timestamptz not null default now(),
  primary key (key, digest)
);
create table lease_secret (
  key    text  primary key,
  sealed bytea not null,
  at     timestamptz not null default now()
);

-- What was seen when something broke: masked by who saw it, sealed, kept for
-- seven days. The name is that of the session, a slash, and what it is.
create table evidence (
  id         bigint generated always as identity primary key,
  system     text  not null,
  name       text  not null,
  run        uuid, -- in which it was seen; null: in none
  media_type text  not null,
  sealed     bytea not null,
  at         timestamptz not null default now()
);
create index evidence_at on evidence (at);

-- A schedule has what the program and the settings say of it, and beside it what was
-- said by the API, which wins until it is reset.
create table schedule (
  name       text primary key,
  pipeline   text not null,
  source     text not null default 'BUILT_IN' check (source in ('BUILT_IN', 'SETTINGS')),
  cron       text not null,
  zone       text not null,
  missed     text not null check (missed in ('CATCH_UP_ONCE', 'SKIP')),
  off        text not null default '', -- why it never runs; blank: it does
  paused     boolean not null default false,
  changed_on timestamptz not null default now(), -- in force as it is now: it has missed no slot before
  next_at    timestamptz,
  last_at    timestamptz,
  last_run   uuid,
  last_skip  text not null default ''
);

-- What the API has set, by the name of the schedule; it outlives the schedule's own row.
-- Null is not set: cron, zone and missed are set together.
create table schedule_set (
  name      text primary key,
  cron      text,
  zone      text,
  missed    text check (missed in ('CATCH_UP_ONCE', 'SKIP')),
  set_by    text not null default '',
  set_on    timestamptz,
  paused    boolean,
  paused_by text not null default '',
  paused_on timestamptz,
  check (num_nulls(cron, zone, missed, set_on) in (0, 4)),
  check (num_nulls(paused, paused_on) in (0, 2))
);

-- Schedules as they are in force.
create view schedule_in_force as
select s.name, s.pipeline, coalesce(o.cron, s.cron) as cron, coalesce(o.zone, s.zone) as zone,
  coalesce(o.missed, s.missed) as missed, s.off, coalesce(o.paused, s.paused) as paused,
  s.next_at, s.last_at, s.last_run, s.last_skip, s.changed_on,
  case when o.cron is null then s.source else 'API' end as source, coalesce(o.set_by, '') as set_by, o.set_on,
  case when o.paused is not null then 'API' when s.paused then 'SETTINGS' else 'BUILT_IN' end as pause_source,
  coalesce(o.paused_by, '') as paused_by, o.paused_on
from schedule s left join schedule_set o on o.name = s.name;

-- What people are told. A row is made with the job that sends it.
create table notice (
  id       bigint generated always as identity primary key,
  kind     text   not null,
  pipeline text   not null default '',
  run      uuid,
  reason   text   not null default '',
  body     jsonb  not null,
  made_on  timestamptz not null,
  sent_on  timestamptz,
  error    text   not null default '' -- why it was not sent when it was tried last
);
create index notice_last on notice (pipeline, kind, id);

-- Counts the complete readings of all listings.
create sequence run_reading;

-- What the last complete readings of a listing looked like, and by field the one
-- that was like it should be. Digests and counts; no values.
create table run_reading_profile (
  reading bigint primary key,
  listing int    not null references listing (id),
  run     uuid   not null,
  profile jsonb  not null
);
create index run_reading_profile_listing on run_reading_profile (listing, reading);
create table run_reading_good (
  listing int primary key references listing (id),
  good    jsonb not null
);

-- In what the last reading of a listing is not like the good one, since when, and
-- who has said that this is how it is now.
create table reading_finding (
  listing     int    not null references listing (id),
  id          text   collate "C" not null,
  reading     bigint not null,
  found_on    timestamptz not null,
  finding     jsonb  not null,
  accepted_on timestamptz,
  accepted_by text   not null default '',
  reason      text   not null default '',
  primary key (listing, id)
);
create index reading_finding_id on reading_finding (id);

-- Where the next reading of what has changed since begins.
create table run_cursor (
  listing int primary key references listing (id),
  cursor  text not null
);

-- Records that a system has named as changed, or that must be looked at, until a
-- run has applied them. Only what to read is known of them. run, listing: which
-- run is reading it, by which listing.
create table run_notified (
  system      text not null,
  kind        text collate "C" not null,
  external_id text collate "C" not null,
  notified_on    timestamptz not null,
  run         uuid,
  listing     int,
  primary key (system, kind, external_id)
);

-- What has come of the webhooks of a system: when one was last believed, when one was
-- not and why, and when a reading has last found changes of which none had been
-- announced. It decides nothing: doctor tells it.
create table webhook (
  system      text primary key,
  heard_on    timestamptz,
  refused_on  timestamptz,
  refused_why text not null default '', -- holds no value
  missed_on   timestamptz,
  missed_kind text not null default '',
  missed      int  not null default 0   -- how many had changed, since the last was believed
);

-- Systems that fail again and again are left alone for a while, by all
-- processes. A row without until only counts cycles in a row that have failed.
create table breaker (
  system    text primary key,
  failures  int not null default 0,
  last_run  uuid, -- that has failed: a run counts once
  opened_on timestamptz,
  until     timestamptz,
  wait      int not null default 0, -- seconds; doubles with each probe that fails
  why       text not null default ''
);

-- The systems that are observed: read and planned, never written. A row goes when its
-- system is written again; then all that it is to hold is planned once more.
create table observed_system (
  system text primary key,
  since  timestamptz not null
);

-- How the session in the browser stands at each system behind web pages, as the worker
-- has it that used it last. What signs anybody in lies sealed in lease_secret.
create table browser_session (
  system       text primary key,
  account      text        not null, -- a digest, as the names of evidence begin
  state        text        not null, -- SIGNED_IN, SIGNING_IN, SIGNED_OUT, NEEDS_A_PERSON
  since        timestamptz not null, -- in this state, for this reason
  reason       text        not null default '',
  detail       text        not null default '', -- for people; no value of anybody's
  worker       text        not null,
  signed_in_on timestamptz, -- null: it is not
  ends_on      timestamptz, -- when it is signed in anew at the latest
  looked_on    timestamptz not null
);

-- The sign-in that a person has asked for last, by system, and what came of it.
create table sign_in (
  system   text primary key,
  job      bigint      not null default 0, -- of the queue
  asked_on timestamptz not null,
  asked_by text        not null,
  worker   text        not null default '', -- who does it; blank: nobody yet
  ended_on timestamptz,
  reason   text        not null default '', -- of one that did not succeed
  detail   text        not null default ''  -- blank: it did
);
