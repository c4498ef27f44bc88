-- +goose Up

-- What makes this deployment different from every other: the key of its
-- digests. A digest that has left the database tells nothing without it.
create table deployment (
  one        boolean primary key default true check (one),
  id         uuid  not null,
  digest_key bytea not null
);
