-- +goose Up

-- What has changed in EMS and is to be shown to other systems anew. The triggers only
-- note that; sync/hub makes what is shown, before each plan.
create table ems.due (
  ticket bigint generated always as identity primary key, -- one or more for each statement: what is worked is what was read
  kind   text collate "C" not null, -- of the entity; or of what is shown with others: membership_type, membership_period, tag
  ids    bigint[] not null -- not many: see ems.note
);

-- Notes rows in parts, so that many rows are few tickets.
create function ems.note(what text, rows bigint[]) returns void language sql as $$
  insert into ems.due (kind, ids)
  select what, rows[n : n + 499] from generate_series(1, cardinality(rows), 500) n
$$;

-- What was shown of a person last: by it is found who shares an address or a phone
-- with whom, whose it is, and when a date changes something.
create table ems.person_shown (
  person_id    bigint  primary key, -- a person who was purged may still be in it
  of_version   bigint  not null, -- of the row that was shown
  email        text    not null, -- canonical; empty: none
  phone        text    not null,
  email_shared boolean not null, -- it is somebody else's
  phone_shared boolean not null,
  grown_on     date,
  alive        boolean not null,
  due_on       date
);
create index person_shown_email on ems.person_shown (email) where email <> '';
create index person_shown_phone on ems.person_shown (phone) where phone <> '';
create index person_shown_due on ems.person_shown (due_on) where due_on is not null;

-- Whether an event was shown as one in the window, which a date changes; what hangs on the
-- event is shown so, too.
create table ems.event_shown (
  event_id  bigint  primary key, -- an event that was purged may still be in it
  in_window boolean not null
);
-- An event is in the window when it ended after the one time and begins before the other.
create function ems.in_window(begins timestamptz, ends timestamptz, since timestamptz, until timestamptz) returns boolean
  language sql immutable return ends > since and begins < until;

create index membership_person on ems.membership (person_id) where deleted_on is null;
create index membership_of_period on ems.membership (period_id);
create index bib_tag_mapping_tag on ems.bib_tag_mapping (tag_id);
create index bib_tag_mapping_person on ems.bib_tag_mapping (person_id);
create index event_participant_race on ems.event_participant (race_id);
create index start_group_participant_of on ems.start_group_participant (event_participant_id) where deleted_on is null;
create index conversation_person on ems.conversation (person_id);

-- Notes rows that changed: $1 is the kind that is shown, $2 the column with its id.
-- Who hangs on another row counts for both when it moves. One statement notes all of
-- its rows at once.
-- +goose StatementBegin
create function ems.note_due() returns trigger language plpgsql as $$
begin
  case tg_op
    when 'INSERT' then
      execute format('select ems.note(%L, array_agg(f.%I)) from fresh f', tg_argv[0], tg_argv[1]);
    when 'DELETE' then
      execute format('select ems.note(%L, array_agg(w.%I)) from was w', tg_argv[0], tg_argv[1]);
    else
      execute format('select ems.note(%L, array_agg(distinct v.of)) from fresh f full join was w on w.id = f.id
        cross join lateral (values (f.%2$I), (w.%2$I)) v (of) where f.version is distinct from w.version and v.of is not null', tg_argv[0], tg_argv[1]);
  end case;
  return null;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
do $$
declare
  shown constant text[][] := array[
    ['person', 'event.person', 'id'], ['contact_preference', 'event.person', 'person_id'], ['membership', 'event.person', 'person_id'],
    ['membership_type', 'membership_type', 'id'], ['membership_period', 'membership_period', 'id'],
    ['organisation', 'event.organisation', 'id'], ['event', 'event.event', 'id'], ['race', 'event.race', 'id'],
    ['start_group', 'event.start_group', 'id'], ['event_participant', 'event.participant', 'id'],
    ['start_group_participant', 'event.start_group_participant', 'id'], ['bib_tag_mapping', 'event.tag', 'id'], ['tag', 'tag', 'id'],
    ['conversation', 'event.conversation', 'id']];
  s text[];
begin
  foreach s slice 1 in array shown loop
    execute format('create trigger due_inserted after insert on ems.%I referencing new table as fresh
      for each statement execute function ems.note_due(%L, %L)', s[1], s[2], s[3]);
    execute format('create trigger due_updated after update on ems.%I referencing old table as was new table as fresh
      for each statement execute function ems.note_due(%L, %L)', s[1], s[2], s[3]);
    execute format('create trigger due_deleted after delete on ems.%I referencing old table as was
      for each statement execute function ems.note_due(%L, %L)', s[1], s[2], s[3]);
  end loop;
end $$;
-- +goose StatementEnd

-- What a call that changes EMS was answered with, so that it is safe to repeat for a day.
create table entity_request (
  request_id text        primary key,
  digest     bytea       not null, -- of who has asked for what
  answer     jsonb       not null, -- the row as it was answered
  created_at timestamptz not null default now()
);
