-- +goose Up

-- The systems that are observed: read and planned, never written. A row goes when its
-- system is written again; then all that it is to hold is planned once more.
create table observed_system (
  system text primary key,
  since  timestamptz not null
);
