-- name: WhoseAre :many
select external_id, key from whose
where system = @system and place = @place and scope = @scope and kind = @kind and external_id = any(@ids::text[]);

-- name: ForgetWhose :exec
-- What was said of records that are an entity's by now.
delete from whose w using staging_sync_record s
where s.run = @run and s.batch = @batch and not s.drop and s.entity_kind <> ''
and w.system = s.system and w.place = s.place and w.scope = s.scope and w.kind = s.kind and w.external_id = s.external_id;

-- name: LockWhose :exec
-- One takes over at a time.
select pg_advisory_xact_lock(hashtext('whose'));

-- name: PlaceRead :one
-- Whether a place was ever read, whatever came of it.
select exists (
  select from listing l where l.system = @system and l.place = @place and (l.initialised_on is not null
    or exists (select from staging_listing s where s.listing = l.id and s.complete)
    or exists (select from shown f where f.listing = l.id and f.present))
);

-- name: StandingOf :many
-- How each of these records of a place stands: whether it is shown there, under which key,
-- whose it is, and whose a person has said that it is.
select i.id::text as id,
  (r.external_id is not null and r.quarantine <> 'gone at the system' or f.external_id is not null or t.external_id is not null)::boolean as there,
  coalesce(nullif(t.key, ''), nullif(f.key, ''), r.natural_key, '')::text as shows,
  coalesce(e.key, '')::text as owner, coalesce(w.key, '')::text as said
from unnest(@ids::text[]) i (id)
left join sync_record r on r.system = @system and r.place = @place and r.scope = '' and r.kind = @kind and r.external_id = i.id
left join entity e on e.id = r.entity
left join whose w on w.system = @system and w.place = @place and w.scope = '' and w.kind = @kind and w.external_id = i.id
left join lateral (
  select s.external_id, s.key from shown s join listing l on l.id = s.listing
  where l.system = @system and l.place = @place and l.scope = '' and s.present and s.external_id = i.id limit 1) f on true
left join lateral (
  select s.external_id, s.key from listing l join staging_listing g on g.listing = l.id and g.complete
  join staging_item s on s.run = g.run and s.listing = l.id
  where l.system = @system and l.place = @place and l.scope = '' and s.external_id = i.id and s.state = 'changed'
  order by g.reading desc limit 1) t on true
order by i.id;

-- name: KeysThere :many
-- Those of the keys that an entity has, or that a system shows which may make entities of
-- the kind.
select k.key::text as key from unnest(@keys::text[]) k (key)
where exists (select from entity e where e.kind = @kind and e.key = k.key and e.deleted = '')
or exists (select from sync_record r where r.system = @system and r.kind = @kind and r.natural_key = k.key)
or exists (select from shown f join listing l on l.id = f.listing where l.system = @system and f.present and f.key = k.key)
or exists (
  select from listing l join staging_listing g on g.listing = l.id and g.complete
  join staging_item s on s.run = g.run and s.listing = l.id where l.system = @system and s.key = k.key and s.state = 'changed');

-- name: HaveThere :many
-- Which of the keys have a record at a place already, or will have it, and its id.
select e.key::text as key, r.external_id::text as external_id from entity e
join sync_record r on r.entity = e.id and r.system = @system and r.place = @place and r.scope = '' and r.kind = @kind
where e.kind = @kind and e.key = any(@keys::text[]) and r.external_id is not null
union
select w.key::text, w.external_id::text from whose w
where w.system = @system and w.place = @place and w.scope = '' and w.kind = @kind and w.key = any(@keys::text[]);

-- name: SayWhose :exec
insert into whose (system, place, kind, external_id, key, said_on)
select @system, @place, @kind, n.id, n.key, @now from (select unnest(@ids::text[]) as id, unnest(@keys::text[]) as key) n;

-- name: SeeSaid :exec
-- The next reading is to show them, changed or not.
update last_seen n set digest = '\x00' from listing l
where l.system = @system and l.place = @place and l.scope = '' and n.listing = l.id and n.external_id = any(@ids::text[]);

-- name: DeleteOldWhose :execrows
-- What was said of records that nobody has seen since.
delete from whose where said_on < now() - make_interval(hours => @hours::int);
