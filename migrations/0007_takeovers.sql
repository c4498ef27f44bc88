-- +goose Up

-- How often a step was taken over since it last brought something: one that
-- kills its process each time must come to an end, too.
alter table run_step add column takeovers int not null default 0;
