-- +goose Up

-- A schedule has what the program and the settings say of it, and beside it what was
-- said by the API, which wins until it is reset.
alter table schedule add column source text not null default 'BUILT_IN' check (source in ('BUILT_IN', 'SETTINGS'));
-- Since when it is in force as it is now: no slot before is missed by it.
alter table schedule add column changed_on timestamptz not null default now();

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
