-- name: EnsureListing :exec
insert into listing (system, place, scope, view) values (@system, @place, @scope, @view)
on conflict do nothing;

-- name: GetListing :one
select * from listing where system = @system and place = @place and scope = @scope and view = @view;

-- name: ListingsOfPlace :many
select * from listing where system = @system and place = @place;

-- name: AllListings :many
select * from listing order by id;

-- name: InitialiseListings :exec
-- A place is taken up that was shown whole. Of one that has shown nothing, and states no
-- number, nothing proves that it is empty: a person who approves what was read takes it up.
update listing set initialised_on = @now where initialised_on is null
and id in (select s.listing from staging_listing s where s.run = @run and s.complete and s.whole
  and (s.moves or @by_person::boolean and s.ended and s.count = 0));

-- name: ApplyCursors :exec
insert into run_cursor (listing, cursor)
select s.listing, s.next_cursor from staging_listing s
where s.run = @run and s.complete and s.ended and s.moves and not s.overtaken and s.next_cursor <> ''
on conflict (listing) do update set cursor = excluded.cursor where run_cursor.cursor <> excluded.cursor;

-- name: CursorOf :one
select coalesce((select cursor from run_cursor where listing = $1), '')::text as cursor;

-- name: GetBinding :one
select fingerprint, shape from binding where system = @system;

-- name: ListShapes :many
select system, shape from binding where shape <> '' order by system;

-- name: KeepShape :exec
update binding set shape = @shape where system = @system and shape <> @shape;

-- name: BindSystems :exec
insert into binding (system, fingerprint, shape, bound_on)
select distinct l.system, s.fingerprint, s.shape, @now::timestamptz
from staging_listing s join listing l on l.id = s.listing
where s.run = @run and s.fingerprint <> ''
on conflict do nothing;

-- name: PlaceTaken :one
select exists (select from listing where system = @system and place = @place and initialised_on is not null);

-- name: BindSystem :exec
insert into binding (system, fingerprint, shape, bound_on) values (@system, @fingerprint, @shape, @now) on conflict do nothing;

-- name: RestoreListings :exec
update listing set restored_on = @now;

-- name: RestoredListings :many
select * from listing where restored_on is not null order by id;

-- name: ReadSinceRestored :exec
-- A certified whole reading of a run that began after the restore, and has taken in
-- what it read.
update listing l set restored_on = null from staging_listing s
where s.run = @run and s.listing = l.id and s.complete and s.whole and s.moves and s.certificate <> 'null' and l.restored_on < @began::timestamptz;

-- name: ForgetRestored :exec
update listing set restored_on = null where restored_on is not null;
