-- +goose Up

-- Bytes that fields name by their digest, such as photos: each once, sealed.
create table blob (
  digest     text collate "C" primary key, -- the value of the field: sha256:...
  media_type text        not null,
  sealed     bytea       not null,
  at         timestamptz not null default now() -- when it was put last
);
create index blob_at on blob (at);
