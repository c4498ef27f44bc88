-- The events of the organiser, and who runs: $1: the seed. Every person enters one of
-- three events, and every fourth a second; each has a tag. RunSignup gives out the bibs of
-- the second event, EMS those of the others.
with organisers as (
  insert into ems.organisation (name, parent_id) select 'Duinlopers', min(id) from ems.organisation returning id
), events as (
  insert into ems.event (organisation_id, name, start_date_time, end_date_time, all_day, timezone, city, country)
  select case when n = 3 then (select id from organisers) else (select min(id) from ems.organisation) end,
    (array['Kustloop', 'Nachtloop', 'Duinrace'])[n], at, at + interval '8 hours', false, 'Europe/Amsterdam', 'Zandwijk', 'NL'
  from generate_series(1, 3) n, lateral (select date_trunc('day', now()) + n * interval '3 weeks' + interval '9 hours' as at) t
  order by n -- the settings of RunSignup name events and races by their ids
  returning id, name, start_date_time
), numbered as (
  select id, start_date_time, row_number() over (order by id) as n from events
), races as (
  insert into ems.race (event_id, name, category_name, race_type_name, start_time, distance_meters, active, status)
  select e.id, (array['5 km', '10 km', '15 km', 'Halve marathon'])[r], case when r < 3 then 'Recreatief' else 'Wedstrijd' end, 'Loop',
    e.start_date_time + r * interval '1 hour', (array[5000, 10000, 15000, 21097])[r], true, 'PLANNED'
  from numbered e, generate_series(1, 4) r order by e.n, r
  returning id, event_id, start_time, distance_meters
), groups as (
  insert into ems.start_group (race_id, name, seq, start_time)
  select r.id, 'Startvak ' || n, n, r.start_time + n * interval '5 minutes'
  from races r, generate_series(1, case when r.distance_meters in (5000, 15000) then 3 else 2 end) n
  returning id, race_id, seq
), entries as (
  select p.id as person, p.first_name, p.last_name, p.email, p.date_of_birth, p.gender, e.id as event, k.again,
    (hashtext($1::text || '/' || p.id || '/' || k.again) & 2147483647) as h
  from (select *, row_number() over (order by id) as i from ems.person where deleted_on is null) p
  cross join (values (0), (1)) k (again)
  join numbered e on e.n = 1 + (p.i + k.again) % 3
  where k.again = 0 or p.i % 4 = 0
), participants as (
  insert into ems.event_participant (event_id, person_id, race_id, category_name, first_name, last_name, email, date_of_birth, gender, bib, paid, registered_on)
  select n.event, n.person, r.id, case when r.distance_meters < 15000 then 'Recreatief' else 'Wedstrijd' end, n.first_name, n.last_name, n.email,
    n.date_of_birth, n.gender, case when en.n <> 2 then (1000 + row_number() over (partition by n.event order by n.person))::text end, n.h % 7 <> 0, now()
  from entries n
  join (select *, row_number() over (partition by event_id order by distance_meters) as k from races) r on r.event_id = n.event and r.k = 1 + n.h % 4
  join numbered en on en.id = n.event
  returning id, event_id, person_id, race_id, bib
), places as (
  insert into ems.start_group_participant (start_group_id, event_participant_id, seq)
  select g.id, p.id, row_number() over (partition by g.id order by p.id)
  from participants p join groups g on g.race_id = p.race_id and g.seq = 1 + p.id % 2
), tags as (
  insert into ems.tag (number, epc, type, person_id)
  select 'T' || p.id, 'E28011' || lpad(to_hex(p.id), 10, '0'), 'UHF', p.person_id from participants p
  returning id, number, person_id
)
insert into ems.bib_tag_mapping (tag_id, person_id, event_id, bib, valid_from)
select t.id, t.person_id, p.event_id, p.bib, now() from tags t join participants p on t.number = 'T' || p.id
