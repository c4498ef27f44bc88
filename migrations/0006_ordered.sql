-- +goose Up

-- A listing in the order of its ids is joined with what was seen of it, and
-- counts as it goes along: the records listed, and those that the last census
-- showed.
alter table staging_listing add column records bigint not null default 0, add column known bigint not null default 0;
