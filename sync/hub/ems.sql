-- name: AnyDue :one
-- Whether EMS has anything to show anew.
select (exists (select from ems.due) or exists (select from ems.person_shown where due_on <= (@today::text)::date)
  or exists (select from ems.event_shown s join ems.event e on e.id = s.event_id
    where s.in_window <> ems.in_window(e.start_date_time, e.end_date_time, @since::timestamptz, @until::timestamptz)))::boolean as due;

-- name: LockShowing :exec
-- One shows at a time, so that nothing older is shown over something newer.
select pg_advisory_xact_lock(1701671784);

-- name: NoteDates :exec
-- Persons of whom a date has changed something, and events that have come into the window
-- or left it.
select
  ems.note('event.person', (select array_agg(person_id) from ems.person_shown where due_on <= (@today::text)::date)),
  ems.note('event.event', (select array_agg(s.event_id) from ems.event_shown s join ems.event e on e.id = s.event_id
    where s.in_window <> ems.in_window(e.start_date_time, e.end_date_time, @since::timestamptz, @until::timestamptz)));

-- name: KeepWindow :exec
-- Which events are in the window. All that hangs on them is shown by that.
insert into ems.event_shown as s (event_id, in_window)
select e.id, ems.in_window(e.start_date_time, e.end_date_time, @since::timestamptz, @until::timestamptz) from ems.event e where e.id = any(@events::bigint[])
on conflict (event_id) do update set in_window = excluded.in_window where s.in_window <> excluded.in_window;

-- name: DueTickets :many
-- The first tickets, with no more rows than this together; the first in any case.
select ticket, kind, ids from (
  select d.ticket, d.kind, d.ids, row_number() over (order by d.ticket) as n, sum(cardinality(d.ids)) over (order by d.ticket) as rows
  from (select * from ems.due order by ticket limit @most::int) d) d
where d.rows <= @most::int or d.n = 1 order by ticket;

-- name: DueTicketsOf :many
select ticket, kind, ids from ems.due where kind = @kind and ids && @ids::bigint[] order by ticket;

-- name: DropTickets :exec
delete from ems.due where ticket = any(@tickets::bigint[]);

-- name: NoteMembers :exec
-- All who have a membership of a type or a period that has changed.
select ems.note('event.person', array_agg(distinct m.person_id)) from ems.membership m join ems.membership_period p on p.id = m.period_id
where m.deleted_on is null and (p.id = any(@periods::bigint[]) or p.membership_type_id = any(@types::bigint[]));

-- name: NoteWearers :exec
-- Who wears a tag that has changed.
select ems.note('event.tag', array_agg(m.id)) from ems.bib_tag_mapping m where m.tag_id = any(@tags::bigint[]);

-- name: NoteEntrants :exec
-- Participants of races that are completed now and were not, or the other way round.
select ems.note('event.participant', array_agg(p.id)) from ems.race r join ems.event_participant p on p.race_id = r.id
join entity e on e.kind = 'event.participant' and e.key = p.id::text
where r.id = any(@races::bigint[]) and (e.fields ->> 'locked') is distinct from (r.status = 'COMPLETED')::text;

-- name: NoteEntered :exec
-- Persons whom participants name, now or as they were shown, and what these wear, where
-- that they are entered in an event in the window is not what was shown.
with named as (
  select p.person_id from ems.event_participant p where p.id = any(@participants::bigint[])
  union
  select (case when e.fields ->> 'person' ~ '^[0-9]{1,18}$' then e.fields ->> 'person' end)::bigint
  from entity e where e.kind = 'event.participant' and e.key in (select i::text from unnest(@participants::bigint[]) i)
), entered as (
  select n.person_id, (exists (select from ems.event_participant p join ems.event_shown w on w.event_id = p.event_id and w.in_window
    where p.person_id = n.person_id and p.deleted_on is null))::text as is_so
  from named n where n.person_id is not null
)
select
  ems.note('event.person', (select array_agg(n.person_id) from entered n
    join entity e on e.kind = 'event.person' and e.key = n.person_id::text where e.fields ->> 'entered' is distinct from n.is_so)),
  ems.note('event.tag', (select array_agg(m.id) from entered n join ems.bib_tag_mapping m on m.person_id = n.person_id
    join entity e on e.kind = 'event.tag' and e.key = m.id::text where e.fields ->> 'entered' is distinct from n.is_so));

-- name: ConsentsOf :many
-- The preferences of persons for any topic.
select person_id, channel, state from ems.contact_preference
where person_id = any(@ids::bigint[]) and channel = any(@channels::text[]) and topic = '*' and deleted_on is null;

-- name: MembershipsOf :many
select m.person_id, t.name, m.status, least(greatest(m.valid_from, '0001-01-01'), '9999-12-31')::text as valid_from,
  (case when m.valid_to is null then '' else least(greatest(m.valid_to, '0001-01-01'), '9999-12-31')::text end)::text as valid_to
from ems.membership m join ems.membership_period p on p.id = m.period_id join ems.membership_type t on t.id = p.membership_type_id
where m.person_id = any(@ids::bigint[]) and m.deleted_on is null;

-- name: PersonsShown :many
select person_id as id, of_version as version, email, phone, email_shared, phone_shared, coalesce(grown_on::text, '')::text as grown_on, alive, coalesce(due_on::text, '')::text as due_on
from ems.person_shown where person_id = any(@ids::bigint[]);

-- name: Sharers :many
-- Who was shown with one of the addresses or phones, or not since it is another's.
select person_id as id, of_version as version, email, phone, email_shared, phone_shared, coalesce(grown_on::text, '')::text as grown_on, alive, coalesce(due_on::text, '')::text as due_on
from ems.person_shown where email = any(@emails::text[]) and email <> ''
union
select person_id as id, of_version as version, email, phone, email_shared, phone_shared, coalesce(grown_on::text, '')::text as grown_on, alive, coalesce(due_on::text, '')::text as due_on
from ems.person_shown where phone = any(@phones::text[]) and phone <> '';

-- name: KeepPersonsShown :exec
insert into ems.person_shown (person_id, of_version, email, phone, email_shared, phone_shared, grown_on, alive, due_on)
select u.id, u.version, u.email, u.phone, u.email_shared, u.phone_shared, nullif(u.grown_on, '')::date, u.alive, nullif(u.due_on, '')::date
from (select unnest(@ids::bigint[]) as id, unnest(@versions::bigint[]) as version, unnest(@emails::text[]) as email, unnest(@phones::text[]) as phone,
  unnest(@email_shared::boolean[]) as email_shared, unnest(@phone_shared::boolean[]) as phone_shared, unnest(@grown_on::text[]) as grown_on,
  unnest(@alive::boolean[]) as alive, unnest(@due_on::text[]) as due_on) u
on conflict (person_id) do update set of_version = excluded.of_version, email = excluded.email, phone = excluded.phone,
  email_shared = excluded.email_shared, phone_shared = excluded.phone_shared, grown_on = excluded.grown_on, alive = excluded.alive, due_on = excluded.due_on;

-- name: ForgetPersonsShown :exec
delete from ems.person_shown where person_id = any(@ids::bigint[]);

-- name: EntitiesToShow :many
-- What is shown of rows now. Nobody changes it until the transaction ends.
select key, fields, provenance, deleted from entity where kind = @kind and key = any(@keys::text[]) order by key for update;

-- name: ShowEntities :exec
insert into entity (kind, key, fields, provenance, deleted)
select @kind, u.key, u.fields, u.provenance, u.deleted
from (select unnest(@keys::text[]) as key, unnest(@fields::text[])::jsonb as fields, unnest(@provenance::text[])::jsonb as provenance, unnest(@deleted::text[]) as deleted) u
on conflict (kind, key) do update set fields = excluded.fields, provenance = excluded.provenance, deleted = excluded.deleted;

-- name: MergedInto :exec
-- The remote records of a person who was merged are the other's.
insert into entity_alias as a (kind, from_key, to_key, reason, made_on)
select @kind, u.from_key, u.to_key, 'merged', @now from (select unnest(@from_keys::text[]) as from_key, unnest(@to_keys::text[]) as to_key) u
on conflict (kind, from_key) do update set to_key = excluded.to_key where a.to_key <> excluded.to_key;

-- name: MergedChains :exec
update entity_alias a set to_key = u.to_key from (select unnest(@from_keys::text[]) as from_key, unnest(@to_keys::text[]) as to_key) u
where a.kind = @kind and a.to_key = u.from_key and a.from_key <> u.to_key;

-- name: NotMerged :exec
-- A key that a person has is no alias.
delete from entity_alias where kind = @kind and from_key = any(@keys::text[]);

-- name: HoldConversations :many
select id from ems.conversation where number = any(@keys::text[]) order by id for no key update;

-- name: DueTicketsOfKind :many
select ticket, kind, ids from ems.due where kind = @kind order by ticket limit @most;

-- name: TakePersons :exec
-- What systems change of persons, where these are as they were when they were shown.
update ems.person p set email = r.email, phone = r.phone, first_name = r.first_name, last_name = r.last_name, date_of_birth = r.date_of_birth, gender = r.gender,
  city = r.city, country = r.country,
  email_bounced_on = case when u.bounced then @now::timestamptz else p.email_bounced_on end,
  bounced_email = case when u.bounced and u.address <> '' then u.address else p.bounced_email end
from (select unnest(@ids::bigint[]) as id, unnest(@columns::text[])::jsonb as columns, unnest(@bounced::boolean[]) as bounced, unnest(@addresses::text[]) as address) u
join ems.person_shown s on s.person_id = u.id
join ems.person o on o.id = u.id, lateral jsonb_populate_record(o, u.columns) r
where p.id = u.id and p.version = s.of_version;

-- name: TakeOptOuts :exec
insert into ems.contact_preference as c (person_id, channel, state, source, consent_on)
select u.id, u.channel, 'OPTED_OUT', @source, @now::timestamptz
from (select unnest(@ids::bigint[]) as id, unnest(@channels::text[]) as channel) u
where exists (select from ems.person p where p.id = u.id)
on conflict (person_id, channel, topic) where deleted_on is null do update
set state = excluded.state, source = excluded.source, consent_on = excluded.consent_on where c.state <> 'OPTED_OUT';

-- name: TakeConversation :one
insert into ems.conversation as v (number, person_id, channel, inbox, status, priority, assignee_name, labels,
  opened_on, last_activity_on, first_reply_on, deleted_on)
values (@number, (select p.id from ems.person p where p.id = sqlc.narg(person)::bigint), @channel::text, @inbox::text, nullif(@status::text, ''), @priority::text, @assignee::text,
  @labels::text[], nullif(@opened_on::text, '')::timestamptz, nullif(@last_activity::text, '')::timestamptz, nullif(@first_reply::text, '')::timestamptz,
  case when @deleted::boolean then now() end)
on conflict (number) do update set person_id = excluded.person_id, channel = excluded.channel, inbox = excluded.inbox,
  status = excluded.status, priority = excluded.priority, assignee_name = excluded.assignee_name, labels = excluded.labels,
  opened_on = excluded.opened_on, last_activity_on = excluded.last_activity_on, first_reply_on = excluded.first_reply_on,
  deleted_on = case when excluded.deleted_on is null then null else coalesce(v.deleted_on, excluded.deleted_on) end
returning v.id;
