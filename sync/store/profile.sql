-- name: KeepProfileState :exec
-- What the profile of a reading has taken in, up to where the listing has come.
update staging_listing set profile_state = @state, profile_at = next_cursor where run = @run and listing = @listing;

-- name: NextReading :one
select nextval('run_reading')::bigint;

-- name: GoodReading :one
select good from run_reading_good where listing = $1;

-- name: KeepNextGood :exec
update staging_listing set next_good = @good where run = @run and listing = @listing;

-- name: HoldReading :exec
update staging_listing set held = true where run = @run and listing = @listing;

-- name: ApplyGood :exec
-- A reading is good once the plan that was made from it is applied.
insert into run_reading_good (listing, good)
select s.listing, s.next_good from staging_listing s where s.run = @run and s.complete and s.moves and s.next_good is not null
on conflict (listing) do update set good = excluded.good where run_reading_good.good <> excluded.good;

-- name: PutProfile :exec
insert into run_reading_profile (reading, listing, run, profile) values (@reading, @listing, @run, @profile);

-- name: DropOldProfiles :exec
-- Ten are kept, and those in which something was found that stands.
delete from run_reading_profile p where p.listing = @listing
and p.reading < (select min(k.reading) from (select n.reading from run_reading_profile n where n.listing = @listing order by n.reading desc limit 10) k)
and not exists (select from reading_finding f where f.listing = p.listing and f.reading = p.reading);

-- name: PutFinding :exec
insert into reading_finding (listing, id, reading, found_on, finding) values (@listing, @id, @reading, @found_on, @finding)
on conflict do nothing;

-- name: ForgetFindings :exec
delete from reading_finding where listing = @listing and not id = any(@ids::text[]);

-- name: FindingsOf :many
select * from reading_finding where listing = $1 order by id;

-- name: ShapeFinding :one
-- Whether a person has accepted a finding about a whole system.
select coalesce(bool_or(f.accepted_on is not null), false)::boolean from reading_finding f join listing l on l.id = f.listing
where l.system = @system and f.id = @id;

-- name: ForgetShapes :exec
-- A site that is as it was when it was bound, or is bound as it is now.
delete from reading_finding f using listing l where l.id = f.listing and l.system = @system and f.finding ->> 'cause' = @cause::text;

-- name: ListFindings :many
-- What is held now, and waits for a person or a better reading.
select f.*, l.system, l.place, l.view from reading_finding f join listing l on l.id = f.listing
order by f.found_on, f.id;

-- name: LockFinding :one
select listing from reading_finding where id = $1 order by listing limit 1 for update;

-- name: AcceptFinding :exec
update reading_finding set accepted_on = @now, accepted_by = @by, reason = @reason where listing = @listing and id = @id and accepted_on is null;

-- name: AcceptedIn :many
-- What a person has accepted of the readings of a run.
select f.listing, f.finding from reading_finding f join staging_listing s on s.listing = f.listing and s.run = @run where f.accepted_on is not null;

-- name: StagedChanges :many
select external_id, fields, digest from staging_item
where run = @run and listing = @listing and state = 'changed' and external_id > @after order by external_id limit @most;

-- name: HoldStaged :exec
update staging_item set fields = @fields, digest = @digest, believed = @believed where run = @run and listing = @listing and external_id = @external_id;

-- name: DropStagedChange :exec
delete from staging_item where run = @run and listing = @listing and external_id = @external_id and state = 'changed';
