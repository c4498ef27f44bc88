-- +goose Up

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
