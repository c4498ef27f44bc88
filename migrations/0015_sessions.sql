-- +goose Up

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
