-- The invented persons of an organiser of events. $1: how many; $2: the seed.
-- Households share an address now and then; some persons have none, some are
-- children, some were never asked whether they want mail. What never leaves EMS is
-- marked in all of them.
with organiser as (
  insert into ems.organisation (name) values ('Kustloop') returning id
), types as (
  insert into ems.membership_type (name, organisation_id) select n, id from organiser, unnest(array['Season', 'Volunteer']) n returning id, name
), periods as (
  insert into ems.membership_period (membership_type_id, name, valid_from, valid_to)
  select id, name || ' this year', date_trunc('year', now())::date, (date_trunc('year', now()) + interval '1 year - 1 day')::date from types
  returning id, membership_type_id
), people as (
  insert into ems.person (first_name, last_name, date_of_birth, gender, email, phone, language, city, country,
    identity_type, identity_number, emergency_contact_name, emergency_contact_number)
  select
    (array['Anouk', 'Bilal', 'Carla', 'Daan', 'Eef', 'Farid', 'Gijs', 'Hanna', 'Ilse', 'Joris', 'Kaya', 'Lotte', 'Milan', 'Noor', 'Okan', 'Pien'])[1 + h % 16],
    (array['Aalders', 'Brons', 'Cremer', 'Duinker', 'Ebbink', 'Faber', 'Groot', 'Haan', 'Ivens', 'Jonker', 'Kamp', 'Linden'])[1 + h / 16 % 12],
    date '1950-01-01' + h / 7 % 24000, (array['MALE', 'FEMALE', 'UNKNOWN'])[1 + h / 3 % 3],
    case when i % 40 = 0 then null else 'runner' || (i - case when i % 10 = 1 then 1 else 0 end) || '@example.org' end,
    case when i % 9 = 0 then null else '+3161' || lpad(i::text, 7, '0') end,
    (array['nl', 'en', 'de'])[1 + h / 5 % 3], (array['Zandwijk', 'Noorderhaven', 'Duindorp'])[1 + h / 11 % 3], 'NL',
    'PASSPORT', 'MARKED-' || i, 'MARKED kin of ' || i, 'MARKED ' || lpad(i::text, 7, '0')
  from generate_series(1, $1::int) i, lateral (select (hashtext($2::text || '/' || i) & 2147483647) as h) r
  returning id
), memberships as (
  insert into ems.membership (person_id, period_id, number, status, valid_from)
  select p.id, q.id, p.id::text, (array['ACTIVE', 'ACTIVE', 'ACTIVE', 'PENDING', 'REVOKED'])[1 + p.id % 5], date_trunc('year', now())::date
  from people p join lateral (select id from periods order by id offset p.id % 2 limit 1) q on true
  where p.id % 3 <> 0
)
insert into ems.contact_preference (person_id, channel, state, consent_on)
select id, 'EMAIL', case when id % 10 = 7 then 'OPTED_OUT' else 'OPTED_IN' end, now() from people where id % 4 <> 0
