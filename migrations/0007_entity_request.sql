-- +goose Up

-- What a call that changes EMS was answered with, so that it is safe to repeat for a day.
create table entity_request (
  request_id text        primary key,
  digest     bytea       not null, -- of who has asked for what
  answer     jsonb       not null, -- the row as it was answered
  created_at timestamptz not null default now()
);
