-- +goose Up

-- What other systems may see of EMS is shown in entity, in the transaction that
-- changes it: one copy for all that decides, whoever wrote the row. What comes
-- in from a system is put into entity and accepted here.

create function ems.today() returns date language sql stable as $$
  select coalesce(nullif(current_setting('ems.today', true), '')::date, (now() at time zone coalesce((select zone from deployment), 'UTC'))::date)
$$;

-- The canonical value of a text, as far as the program has made one; in its place a
-- plain one until it does, which is before anything is planned.
create function ems.canonical(due boolean, canon jsonb, field text, plain text) returns text language sql immutable as $$
  select case when due then plain else canon ->> field end
$$;

create function ems.texts(p ems.person) returns jsonb language sql immutable as $$
  select jsonb_build_object(
    'first_name', coalesce(p.first_name, ''), 'last_name', p.last_name, 'email', coalesce(p.email, ''), 'phone', coalesce(p.phone, ''),
    'language', coalesce(p.language, ''), 'city', coalesce(p.city, ''), 'country', coalesce(p.country, ''))
$$;

-- Rows whose texts are to be made canonical, in the terms of entity.
create view hub_uncanonical as
select 'event.person'::text as kind, p.id, ems.texts(p) as fields from ems.person p where p.canon_due
union all
select 'event.membership_type', t.id, jsonb_build_object('name', t.name) from ems.membership_type t where t.canon_due;

-- Takes the canonical values of rows that are still as they were: the row itself is
-- compared, since it may have been waited for. An address that only now can be
-- compared with the one before is not known to bounce when it is another.
-- +goose StatementBegin
create function hub_canonical(kinds text[], ids bigint[], was jsonb[], canons jsonb[]) returns void language plpgsql as $$
begin
  update ems.membership_type t set canon = c.canon, canon_due = false
  from unnest(kinds, ids, was, canons) c (kind, id, was, canon)
  where c.kind = 'event.membership_type' and t.id = c.id and jsonb_build_object('name', t.name) = c.was;
  update ems.person p set canon = c.canon, canon_due = false,
    email_bounced_on = case when ems.plain_email(p.email) is null and c.canon ? 'email' and p.canon ->> 'email' is distinct from c.canon ->> 'email'
      then null else p.email_bounced_on end
  from unnest(kinds, ids, was, canons) c (kind, id, was, canon)
  where c.kind = 'event.person' and p.id = c.id and ems.texts(p) = c.was;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function ems.canon_is_due() returns trigger language plpgsql as $$
begin
  new.canon_due := true;
  return new;
end $$;
-- +goose StatementEnd
create trigger _canon_due before update on ems.person for each row
  when ((new.first_name, new.last_name, new.email, new.phone, new.language, new.city, new.country)
    is distinct from (old.first_name, old.last_name, old.email, old.phone, old.language, old.city, old.country))
  execute function ems.canon_is_due();
create trigger _canon_due before update on ems.membership_type for each row
  when (new.name is distinct from old.name) execute function ems.canon_is_due();

create index membership_person on ems.membership (person_id) where deleted_on is null;
create index membership_of_period on ems.membership (period_id);
create index contact_preference_person on ems.contact_preference (person_id) where deleted_on is null;
create index conversation_person on ems.conversation (person_id);

-- When a person must be shown anew although nobody edits anything.
create table ems.person_due (
  person_id bigint primary key references ems.person (id) on delete cascade,
  due_on    date not null
);
create index person_due_on on ems.person_due (due_on);

-- A membership as it stands today, whatever its row says.
create view ems.membership_today as
select m.id, m.person_id, lower(coalesce(nullif(ems.canonical(t.canon_due, t.canon, 'name', btrim(t.name)), ''), btrim(t.name))) as type_name,
  case
    when m.status in ('ACTIVE', 'PENDING') and m.valid_to < ems.today() then 'expired'
    when m.status = 'ACTIVE' and m.valid_from > ems.today() then 'pending'
    else lower(m.status)
  end as status,
  case
    when m.status not in ('ACTIVE', 'PENDING') then null
    when m.valid_from > ems.today() then m.valid_from
    when m.valid_to >= ems.today() then m.valid_to + 1
  end as due_on
from ems.membership m
join ems.membership_period p on p.id = m.period_id
join ems.membership_type t on t.id = p.membership_type_id
where m.deleted_on is null;

-- Who of two owns what both have: the grown-up with the lowest id, else the child
-- with the lowest (docs/ems.md).
create function ems.goes_before(one ems.person, other_birth date, other bigint) returns boolean language sql stable as $$
  select (coalesce(one.date_of_birth + interval '18 years' > ems.today(), false), one.id)
    < (coalesce(other_birth + interval '18 years' > ems.today(), false), other)
$$;

-- A person as other systems may see one: an address or a phone that several have is
-- its owner's.
create view ems.person_shown as
select p.id, p.merged_into_id,
  case when p.deleted_on is null then '' when p.merged_into_id is not null then 'merged' else 'deleted' end as deleted,
  least(m.due_on, case when p.grown_on > ems.today() then p.grown_on end) as due_on,
  jsonb_strip_nulls(jsonb_build_object(
    'id', p.id::text,
    'first_name', ems.canonical(p.canon_due, p.canon, 'first_name', coalesce(btrim(p.first_name), '')),
    'last_name', ems.canonical(p.canon_due, p.canon, 'last_name', btrim(p.last_name)),
    'birth_date', coalesce(to_char(p.date_of_birth, 'YYYY-MM-DD'), ''),
    'gender', case p.gender when 'MALE' then 'male' when 'FEMALE' then 'female' else '' end,
    'email', case when shared.email then '' else ems.canonical(p.canon_due, p.canon, 'email', ems.plain_email(p.email)) end,
    'shared_email', shared.email::text,
    'phone', case when shared.phone then '' else ems.canonical(p.canon_due, p.canon, 'phone', ems.plain_phone(p.phone)) end,
    'language', ems.canonical(p.canon_due, p.canon, 'language', coalesce(p.language, '')),
    'city', ems.canonical(p.canon_due, p.canon, 'city', coalesce(btrim(p.city), '')),
    'country', ems.canonical(p.canon_due, p.canon, 'country', coalesce(upper(btrim(p.country)), '')),
    'membership', coalesce(m.best, ''),
    'memberships', coalesce(m.labels, ''),
    'deleted', '', -- what says otherwise there is undone when a person comes back
    'consent', case when p.email_bounced_on is not null then 'bounced' else coalesce(lower(c.state), 'unknown') end
  )) as fields
from (select *, (date_of_birth + interval '18 years')::date as grown_on from ems.person) p
cross join lateral (
  select p.email_key is not null and exists (
    select from ems.person o where o.email_key = p.email_key and o.deleted_on is null and ems.goes_before(o, p.date_of_birth, p.id)
  ) as email, p.phone_key is not null and exists (
    select from ems.person o where o.phone_key = p.phone_key and o.deleted_on is null and ems.goes_before(o, p.date_of_birth, p.id)
  ) as phone
) shared
left join lateral (
  select (array_agg(t.status order by array_position(array['active', 'pending', 'expired', 'revoked', 'draft'], t.status)))[1] as best,
    string_agg(distinct (t.type_name || ':' || t.status) collate "C", e'\n' order by (t.type_name || ':' || t.status) collate "C") as labels,
    min(t.due_on) as due_on
  from ems.membership_today t where t.person_id = p.id
) m on true
left join ems.contact_preference c on c.person_id = p.id and c.channel = 'EMAIL' and c.topic = '*' and c.deleted_on is null;

create view ems.conversation_shown as
select v.id, v.number, case when v.deleted_on is null then '' else 'deleted' end as deleted,
  jsonb_build_object(
    'id', v.number,
    'person', coalesce(v.person_id::text, ''),
    'channel', coalesce(v.channel, ''),
    'inbox', coalesce(v.inbox, ''),
    'status', coalesce(lower(v.status), ''),
    'priority', coalesce(v.priority, ''),
    'assignee', coalesce(v.assignee_name, ''),
    'labels', array_to_string(v.labels, e'\n'),
    'opened_on', coalesce(to_char(v.opened_on at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ''),
    'last_activity', coalesce(to_char(v.last_activity_on at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ''),
    'first_reply', coalesce(to_char(v.first_reply_on at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '')
  ) as fields
from ems.conversation v;

-- Where the value of each field is from, as entity.provenance has it.
-- +goose StatementBegin
create function ems.from_hub(was jsonb, fields jsonb) returns jsonb language sql stable as $$
  select coalesce(jsonb_object_agg(f.key, jsonb_build_array('hub', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))), '{}')
  from jsonb_each(fields) f where was -> f.key is distinct from f.value
$$;
-- +goose StatementEnd

-- Those who write one person, or one address, at once go one after another:
-- each must see what the other has done.
-- +goose StatementBegin
create function ems.in_turn(ids bigint[], addresses text[]) returns void language plpgsql as $$
declare
  bucket int;
begin
  for bucket in
    select distinct b from (
      select (i % 256)::int as b from unnest(ids) i union all
      select 256 + (hashtext(a) & 255) from unnest(addresses) a where a is not null) all_of order by b
  loop
    perform pg_advisory_xact_lock(1701671784, bucket);
  end loop;
end $$;
-- +goose StatementEnd

-- The names of membership types are shown with the persons who have one: while
-- a type is changed, nobody gets or loses one.
-- +goose StatementBegin
create function ems.types_in_turn(changing boolean) returns void language plpgsql as $$
begin
  if changing then
    perform pg_advisory_xact_lock(1701671784, 512);
  else
    perform pg_advisory_xact_lock_shared(1701671784, 512);
  end if;
end $$;
-- +goose StatementEnd

-- What cannot be read is unknown, not empty: what was shown of it stays, and nothing
-- is sent to an address that bounced because a new one cannot be read.
create function ems.kept(was jsonb, shown jsonb) returns jsonb language sql immutable as $$
  select case when shown ?& array['first_name', 'last_name', 'email', 'phone', 'language', 'city', 'country'] then shown
  else shown || coalesce((select jsonb_object_agg(k, was -> k)
      from unnest(array['first_name', 'last_name', 'email', 'phone', 'language', 'city', 'country']) k where was ? k and not shown ? k), '{}')
    || case when not shown ? 'email' and was ->> 'consent' = 'bounced' then jsonb_build_object('consent', 'bounced') else '{}' end
  end
$$;

-- Shows persons in entity, and when they are due again. What has not changed is
-- not written. The view is read once: it is what takes the time.
-- +goose StatementBegin
create function ems.show_persons(ids bigint[]) returns void language plpgsql as $$
declare
  outer_showing constant text := coalesce(current_setting('ems.showing', true), '');
  whole jsonb; -- where all fields of a new entity are from
  merged bigint[];
begin
  if cardinality(ids) = 0 then
    return;
  end if;
  perform set_config('ems.showing', 'on', true);
  select ems.from_hub('{}', s.fields) into whole from ems.person_shown s where s.id = any(ids) limit 1;
  with s as materialized (
    select * from ems.person_shown where id = any(ids)
  ), shown as (
    insert into public.entity as e (kind, key, fields, provenance, deleted)
    select 'event.person', s.id::text, s.fields, whole, s.deleted
    from s where s.deleted = '' or exists (select from public.entity k where k.kind = 'event.person' and k.key = s.id::text)
    on conflict (kind, key) do update
    set fields = ems.kept(e.fields, excluded.fields), deleted = excluded.deleted,
      provenance = e.provenance || ems.from_hub(e.fields, ems.kept(e.fields, excluded.fields))
    where (e.fields, e.deleted) is distinct from (ems.kept(e.fields, excluded.fields), excluded.deleted)
  ), due as (
    insert into ems.person_due as d (person_id, due_on)
    select s.id, s.due_on from s where s.due_on is not null and s.deleted = ''
    on conflict (person_id) do update set due_on = excluded.due_on where d.due_on <> excluded.due_on
  ), not_due as (
    delete from ems.person_due d using s where d.person_id = s.id and (s.due_on is null or s.deleted <> '')
  )
  select coalesce(array_agg(s.id) filter (where s.deleted = 'merged'), '{}') into merged from s;
  -- The remote records of a person who was merged are the other's.
  if cardinality(merged) > 0 then
    insert into public.entity_alias as a (kind, from_key, to_key, reason, made_on)
    select 'event.person', p.id::text, p.merged_into_id::text, 'merged', now() from ems.person p where p.id = any(merged)
    on conflict (kind, from_key) do update set to_key = excluded.to_key where a.to_key <> excluded.to_key;
    update public.entity_alias a set to_key = p.merged_into_id::text from ems.person p
    where p.id = any(merged) and a.kind = 'event.person' and a.to_key = p.id::text;
  end if;
  delete from public.entity_alias a using ems.person p
  where p.id = any(ids) and p.deleted_on is null and a.kind = 'event.person' and a.from_key = p.id::text;
  perform set_config('ems.showing', outer_showing, true);
end $$;
-- +goose StatementEnd

-- Shows persons and all who share, or shared, an address or a phone with them.
-- +goose StatementBegin
create function ems.show_with_sharers(ids bigint[], addresses text[]) returns void language plpgsql as $$
declare
  every bigint[];
begin
  if current_setting('ems.held', true) = 'on' then
    return; -- whoever holds it back shows them at the end
  end if;
  if cardinality(ids) = 0 then
    return;
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'persons are written in transactions that are READ COMMITTED: others must be seen after waiting for them'
      using errcode = '0A000';
  end if;
  perform ems.in_turn(ids, addresses);
  select coalesce(array_agg(id order by id), '{}') into every from (
    select unnest(ids) as id union
    select id from ems.person where email_key = any(addresses) union
    select id from ems.person where phone_key = any(addresses)) p;
  perform ems.show_persons(every);
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function ems.persons_inserted() returns trigger language plpgsql as $$
begin
  perform ems.show_with_sharers(
    (select coalesce(array_agg(id), '{}') from fresh),
    (select coalesce(array_agg(a), '{}') from (
      select email_key as a from fresh where email_key is not null union select phone_key from fresh where phone_key is not null) k));
  return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function ems.persons_updated() returns trigger language plpgsql as $$
begin
  perform ems.show_with_sharers(
    (select coalesce(array_agg(id), '{}') from fresh),
    (select coalesce(array_agg(a), '{}') from (
      select email_key as a from fresh where email_key is not null union select email_key from was where email_key is not null union
      select phone_key from fresh where phone_key is not null union select phone_key from was where phone_key is not null) k));
  return null;
end $$;
-- +goose StatementEnd
create trigger persons_inserted after insert on ems.person
  referencing new table as fresh for each statement execute function ems.persons_inserted();
create trigger persons_updated after update on ems.person
  referencing old table as was new table as fresh for each statement execute function ems.persons_updated();

-- A new address is not known to bounce.
-- +goose StatementBegin
create function ems.address_changed() returns trigger language plpgsql as $$
begin
  if new.email_bounced_on is not distinct from old.email_bounced_on then
    new.email_bounced_on := null;
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger _address_changed before update on ems.person for each row
  when (ems.plain_email(new.email) is not null
    and ems.plain_email(new.email) is distinct from ems.canonical(old.canon_due, old.canon, 'email', ems.plain_email(old.email)))
  execute function ems.address_changed();

-- What hangs on a person counts as a change of the person.
-- +goose StatementBegin
create function ems.parts_inserted() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'membership' then
    perform ems.types_in_turn(false);
  end if;
  perform ems.show_with_sharers((select coalesce(array_agg(distinct person_id), '{}') from fresh), '{}');
  return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function ems.parts_updated() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'membership' then
    perform ems.types_in_turn(false);
  end if;
  perform ems.show_with_sharers(
    (select coalesce(array_agg(person_id), '{}') from (select person_id from fresh union select person_id from was) p), '{}');
  return null;
end $$;
-- +goose StatementEnd
create trigger parts_inserted after insert on ems.contact_preference
  referencing new table as fresh for each statement execute function ems.parts_inserted();
create trigger parts_updated after update on ems.contact_preference
  referencing old table as was new table as fresh for each statement execute function ems.parts_updated();
create trigger parts_inserted after insert on ems.membership
  referencing new table as fresh for each statement execute function ems.parts_inserted();
create trigger parts_updated after update on ems.membership
  referencing old table as was new table as fresh for each statement execute function ems.parts_updated();

-- +goose StatementBegin
create function ems.types_updated() returns trigger language plpgsql as $$
begin
  perform ems.types_in_turn(true);
  perform ems.show_with_sharers((
    select coalesce(array_agg(distinct m.person_id), '{}') from ems.membership m join ems.membership_period p on p.id = m.period_id
    where (tg_table_name = 'membership_period' and p.id in (select id from fresh))
    or (tg_table_name = 'membership_type' and p.membership_type_id in (select id from fresh))), '{}');
  return null;
end $$;
-- +goose StatementEnd
create trigger types_updated after update on ems.membership_type
  referencing new table as fresh for each statement execute function ems.types_updated();
create trigger types_updated after update on ems.membership_period
  referencing new table as fresh for each statement execute function ems.types_updated();

-- +goose StatementBegin
create function ems.conversations_changed() returns trigger language plpgsql as $$
declare
  outer_showing constant text := coalesce(current_setting('ems.showing', true), '');
begin
  perform set_config('ems.showing', 'on', true);
  insert into public.entity as e (kind, key, fields, provenance, deleted)
  select 'event.conversation', s.number, s.fields, ems.from_hub('{}', s.fields), s.deleted
  from ems.conversation_shown s where s.id in (select id from fresh)
  and (s.deleted = '' or exists (select from public.entity k where k.kind = 'event.conversation' and k.key = s.number))
  on conflict (kind, key) do update
  set fields = excluded.fields, deleted = excluded.deleted, provenance = e.provenance || ems.from_hub(e.fields, excluded.fields)
  where (e.fields, e.deleted = '') is distinct from (excluded.fields, excluded.deleted = '');
  perform set_config('ems.showing', outer_showing, true);
  return null;
end $$;
-- +goose StatementEnd
create trigger conversations_inserted after insert on ems.conversation
  referencing new table as fresh for each statement execute function ems.conversations_changed();
create trigger conversations_updated after update on ems.conversation
  referencing new table as fresh for each statement execute function ems.conversations_changed();

-- What a system has changed of a person, as far as the columns hold it. A
-- consent is only ever made stricter.
-- +goose StatementBegin
create function ems.accept_person() returns trigger language plpgsql as $$
declare
  outer_actor constant text := coalesce(current_setting('ems.actor', true), '');
  changed constant text[] := (select coalesce(array_agg(f.key), '{}') from jsonb_each(new.fields) f where old.fields -> f.key is distinct from f.value);
  addresses text[];
  who constant text := (select new.provenance -> c ->> 0 from unnest(changed) c limit 1);
begin
  if cardinality(changed) = 0 then
    return null;
  end if;
  perform set_config('ems.actor', 'sync:' || coalesce(who, 'unknown'), true);
  perform set_config('ems.held', 'on', true);
  select array[email_key, phone_key] into addresses from ems.person where id = new.key::bigint;
  update ems.person set
    email = case when 'email' = any(changed) and length(new.fields ->> 'email') between 1 and 200 then new.fields ->> 'email' else email end,
    phone = case when 'phone' = any(changed) and new.fields ->> 'phone' ~ '^(\+[1-9][0-9]{6,14})?$' then nullif(new.fields ->> 'phone', '') else phone end,
    first_name = case when 'first_name' = any(changed) and length(new.fields ->> 'first_name') <= 50 then nullif(new.fields ->> 'first_name', '') else first_name end,
    last_name = case when 'last_name' = any(changed) and length(new.fields ->> 'last_name') between 1 and 50 then new.fields ->> 'last_name' else last_name end,
    city = case when 'city' = any(changed) and length(new.fields ->> 'city') <= 50 then nullif(new.fields ->> 'city', '') else city end,
    country = case when 'country' = any(changed) and length(new.fields ->> 'country') in (0, 2) then nullif(new.fields ->> 'country', '') else country end,
    email_bounced_on = case when 'consent' = any(changed) and new.fields ->> 'consent' = 'bounced' then now() else email_bounced_on end
  where id = new.key::bigint;
  if 'consent' = any(changed) and new.fields ->> 'consent' = 'opted_out' then
    insert into ems.contact_preference as c (person_id, channel, state, source, consent_on)
    values (new.key::bigint, 'EMAIL', 'OPTED_OUT', case upper(who) when 'MAILCHIMP' then 'MAILCHIMP' when 'MAUTIC' then 'MAUTIC' else 'EMS' end, now())
    on conflict (person_id, channel, topic) where deleted_on is null do update
    set state = excluded.state, source = excluded.source, consent_on = excluded.consent_on where c.state <> 'OPTED_OUT';
  end if;
  perform set_config('ems.held', '', true);
  -- What EMS does not take is shown again as it stands.
  select addresses || array[email_key, phone_key] into addresses from ems.person where id = new.key::bigint;
  perform ems.show_with_sharers(array[new.key::bigint], array_remove(addresses, null));
  perform set_config('ems.actor', outer_actor, true);
  return null;
end $$;
-- +goose StatementEnd
create trigger ems_accept_person after update of fields on entity for each row
  when (new.kind = 'event.person' and new.fields is distinct from old.fields and coalesce(current_setting('ems.showing', true), '') <> 'on')
  execute function ems.accept_person();

-- +goose StatementBegin
create function ems.accept_conversation() returns trigger language plpgsql as $$
declare
  outer_actor constant text := coalesce(current_setting('ems.actor', true), '');
begin
  perform set_config('ems.actor', 'sync:' || coalesce(new.provenance -> 'id' ->> 0, 'unknown'), true);
  insert into ems.conversation as v (number, person_id, channel, inbox, status, priority, assignee_name, labels,
    opened_on, last_activity_on, first_reply_on, deleted_on)
  values (new.key,
    (select p.id from ems.person p where p.id::text = split_part(new.fields ->> 'person', e'\n', 1)),
    left(new.fields ->> 'channel', 30), left(new.fields ->> 'inbox', 100), (array['OPEN', 'RESOLVED', 'PENDING', 'SNOOZED'])[array_position(array['open', 'resolved', 'pending', 'snoozed'], new.fields ->> 'status')],
    left(new.fields ->> 'priority', 10), left(new.fields ->> 'assignee', 100),
    array_remove(string_to_array(coalesce(new.fields ->> 'labels', ''), e'\n'), ''),
    nullif(new.fields ->> 'opened_on', '')::timestamptz, nullif(new.fields ->> 'last_activity', '')::timestamptz,
    nullif(new.fields ->> 'first_reply', '')::timestamptz, case when new.deleted <> '' then now() end)
  on conflict (number) do update set person_id = excluded.person_id, channel = excluded.channel, inbox = excluded.inbox,
    status = excluded.status, priority = excluded.priority, assignee_name = excluded.assignee_name, labels = excluded.labels,
    opened_on = excluded.opened_on, last_activity_on = excluded.last_activity_on, first_reply_on = excluded.first_reply_on,
    deleted_on = case when excluded.deleted_on is null then null else coalesce(v.deleted_on, excluded.deleted_on) end;
  perform set_config('ems.actor', outer_actor, true);
  return null;
end $$;
-- +goose StatementEnd
create trigger ems_accept_conversation after insert or update of fields, deleted on entity for each row
  when (new.kind = 'event.conversation' and coalesce(current_setting('ems.showing', true), '') <> 'on')
  execute function ems.accept_conversation();

-- Shows anew what a date has changed. Decide calls it first.
-- +goose StatementBegin
create function hub_due(today date) returns void language plpgsql as $$
declare
  ids bigint[];
begin
  perform set_config('ems.today', today::text, true);
  select coalesce(array_agg(person_id), '{}') into ids from ems.person_due where due_on <= today;
  if cardinality(ids) > 0 then
    perform ems.show_with_sharers(ids, (
      select coalesce(array_agg(distinct a), '{}') from ems.person, unnest(array[email_key, phone_key]) a where id = any(ids) and a is not null));
  end if;
  perform set_config('ems.today', '', true);
end $$;
-- +goose StatementEnd
