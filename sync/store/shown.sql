-- name: ShowNewcomers :exec
-- Records that came, with their natural keys.
insert into shown (listing, external_id, present, key, reading)
select @listing, n.id, true, n.key, s.reading
from (select unnest(@ids::text[]) as id, unnest(@keys::text[]) as key) n, staging_listing s
where s.run = @run and s.listing = @listing
on conflict (listing, external_id) do update set present = true, key = excluded.key, reading = excluded.reading
where not shown.present or shown.key <> excluded.key;

-- name: ShowAbsent :exec
-- Records that are absent from a certified listing, since its reading.
insert into shown (listing, external_id, present, reading)
select i.listing, i.external_id, false, s.reading from staging_item i join staging_listing s on s.run = i.run and s.listing = i.listing
where i.run = @run and i.listing = @listing and i.state in ('absent', 'removed')
on conflict (listing, external_id) do update set present = false, key = '', reading = excluded.reading
where shown.present;

-- name: ShowAgain :exec
-- Any reading proves presence: a record that it shows is absent no longer, also
-- when nothing comes of the run.
delete from shown f using staging_key k
where f.listing = @listing and not f.present and k.run = @run and k.listing = f.listing and k.external_id = f.external_id;

-- name: ShowAllAgain :exec
-- The same for a listing in the order of its ids, of which only what is missing
-- is kept.
delete from shown f where f.listing = @listing and not f.present
and not exists (select from staging_item i where i.run = @run and i.listing = f.listing and i.external_id = f.external_id
  and i.state in ('absent', 'removed'));

-- name: ShowOneAgain :exec
-- The same for one record that was asked for.
delete from shown where listing = @listing and external_id = @external_id and not present;

-- name: ForgetMissing :exec
-- A record that was missing, not yet often enough to be gone, and is shown again
-- begins anew.
update last_seen s set missing = 0, missing_since = null
where s.listing = @listing and s.missing > 0 and s.missing < @absent_after::int
and not exists (select from shown f where f.listing = s.listing and f.external_id = s.external_id and not f.present);

-- name: ForgetShown :exec
-- What an applied plan holds need not be kept beside it.
delete from shown f using staging_item i
where i.run = @run and i.batch = @batch and i.planned and i.state in ('changed', 'fault') and f.listing = i.listing and f.external_id = i.external_id;
