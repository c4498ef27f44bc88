-- name: EnsureStagingListing :execrows
insert into staging_listing (run, listing, whole, begun_at) values (@run, @listing, @whole, nextval('staging_item_number_seq')) on conflict do nothing;

-- name: GetStagingListing :one
select * from staging_listing where run = @run and listing = @listing;

-- name: ListedOfPlace :many
-- What a run has listed of a place, and whether the place is initialised.
select s.certificate, s.held, s.complete, s.whole, s.moves, (l.initialised_on is not null)::bool as initialised
from staging_listing s join listing l on l.id = s.listing
where s.run = @run and l.system = @system and l.place = @place;

-- name: StagingListings :many
select * from staging_listing where run = @run order by listing;

-- name: AdvanceStagingListing :exec
update staging_listing set
  signed_in = signed_in and @signed_in, filters = filters and @filters, ended = ended or @ended,
  moved = moved or @moved or coalesce(stated <> sqlc.narg('stated'), false),
  stated = coalesce(sqlc.narg('stated'), stated), count = count + @count, absent = absent + @absent,
  records = records + @records, known = known + @known,
  next_cursor = @next_cursor, last_key = @last_key
where run = @run and listing = @listing;

-- name: RestartStagingListing :exec
update staging_listing set signed_in = true, filters = true, ended = false, stated = null, moved = false, profile_state = null, profile_at = '', next_good = null, count = 0, absent = 0, begun_at = nextval('staging_item_number_seq'),
  records = 0, known = 0, next_cursor = '', last_key = ''
where run = @run and listing = @listing;

-- name: ReadAgain :execrows
-- Once in a run a listing that was broken off is read again.
update staging_listing set reread = true where run = @run and listing = @listing and not reread;

-- name: LockListing :exec
-- What a reading is compared with does not move while it ends.
select id from listing where id = @listing for no key update;

-- name: Contradict :exec
-- A reading that has come to its end says otherwise than what another run has read
-- before it began, or before it came to the record, and not applied yet. Records that
-- could not be read say nothing, nor do fields that only one of the two shows, nor does
-- what is missing where not all was shown or something is held.
update staging_item o set contradicted = true
from staging_listing s, staging_listing own
where s.listing = @listing and s.run <> @run and own.run = @run and own.listing = s.listing
and o.run = s.run and o.listing = s.listing and not o.contradicted and o.state <> 'fault'
and case (select i.state from staging_item i where i.run = @run and i.listing = o.listing and i.external_id = o.external_id)
  when 'fault' then false
  when 'absent' then o.state = 'changed' and o.number < own.begun_at and @certified::boolean and not own.held
  when 'removed' then o.state = 'changed' and o.number < own.begun_at
  when 'changed' then exists (select from staging_item i where i.run = @run and i.listing = o.listing and i.external_id = o.external_id
    and i.number > o.number and (o.state <> 'changed' or says_otherwise(i.fields, o.fields)))
  else o.number < own.begun_at and case -- it is shown as it was last seen, or not at all
    when exists (select from last_seen n where n.listing = o.listing and n.external_id = o.external_id and n.digest = '') then false
    when exists (select from staging_key k where k.run = @run and k.listing = o.listing and k.external_id = o.external_id)
      or @ordered::boolean and exists (select from last_seen n where n.listing = o.listing and n.external_id = o.external_id and n.missing < @absent_after::int) then true
    else o.state = 'changed' and @certified::boolean and not own.held end
end;

-- name: RestartStagedKeys :exec
delete from staging_key where run = @run and listing = @listing;

-- name: RestartStagedItems :exec
delete from staging_item where run = @run and listing = @listing and state <> 'removed';

-- name: CompleteStagingListing :exec
update staging_listing set complete = true, certificate = @certificate, why = @why, count = @count, absent = @absent, fingerprint = @fingerprint, shape = @shape, moves = moves and @moves,
  reading = case when @reading::bigint > 0 then @reading::bigint else nextval('run_reading') end
where run = @run and listing = @listing;

-- name: StageKeys :exec
insert into staging_key (run, listing, external_id)
select @run, @listing, unnest(@ids::text[]) on conflict do nothing;

-- name: CountStagedKeys :one
select count(*) from staging_key where run = @run and listing = @listing;

-- name: StageItem :batchexec
insert into staging_item (run, listing, external_id, state, digest, fields, reason, successor, key)
values (@run, @listing, @external_id, @state, @digest, @fields, @reason, @successor, @key)
on conflict (run, listing, external_id) do update
set state = excluded.state, digest = excluded.digest, fields = excluded.fields, reason = excluded.reason, successor = excluded.successor,
  key = excluded.key, contradicted = false, number = default;

-- name: CountAbsent :one
select count(*) from last_seen s where s.listing = @listing and s.missing < @absent_after::int
and not exists (select from staging_key k where k.run = @run and k.listing = @listing and k.external_id = s.external_id)
and not exists (select from staging_item i where i.run = @run and i.listing = @listing and i.external_id = s.external_id and i.state = 'removed');

-- name: StageAbsent :exec
insert into staging_item (run, listing, external_id, state)
select @run, @listing, s.external_id, 'absent' from last_seen s
where s.listing = @listing and s.missing < @absent_after::int
and not exists (select from staging_key k where k.run = @run and k.listing = @listing and k.external_id = s.external_id)
on conflict do nothing;

-- name: StageMissed :exec
insert into staging_item (run, listing, external_id, state)
select @run, @listing, unnest(@ids::text[]), 'absent' on conflict do nothing;

-- name: DropFoundAbsences :exec
delete from staging_item i using staging_key k
where i.run = @run and i.listing = @listing and i.state = 'absent'
and k.run = i.run and k.listing = i.listing and k.external_id = i.external_id;

-- name: CountStagedAbsences :one
select count(*) from staging_item where run = @run and listing = @listing and state = 'absent';

-- name: DropStagedAbsences :exec
delete from staging_item where run = @run and listing = @listing and state = 'absent';

-- name: AbsencesThatCount :many
-- Records of ours, and those of which nothing tells whose they are, that a certified
-- listing misses for the last time before they are taken for gone, and that were not
-- asked for.
select i.external_id, r.remote from staging_item i
join last_seen s on s.listing = i.listing and s.external_id = i.external_id
join sync_record r on r.system = @system and r.place = @place and r.scope = @scope and r.kind = @kind and r.external_id = i.external_id
where i.run = @run and i.listing = @listing and i.state = 'absent' and not i.asked and (r.entity is not null or r.quarantine <> '')
and (s.missing + 1 >= @absent_after::int and (s.missing = 0 or s.missing_since <= @before::timestamptz) or r.decided = 'let go' and r.decided_on >= s.missing_since)
and not (r.decided = 'keep' and coalesce(r.decided_on >= s.missing_since, false))
order by i.external_id limit @most;

-- name: Following :many
-- The records of which a listing shows a field otherwise than they had it when they were
-- read last: as the run has read the listing, else as it was when a plan was applied last.
with followed as (
  select l.id from listing l where l.system = @system and l.place = @place and l.scope = @scope and l.view = @view
), shown as (
  select i.external_id, i.fields ->> @field::text as mark from staging_item i
  where i.run = @run and i.listing = (select id from followed) and i.state = 'changed' and jsonb_exists(i.fields, @field::text)
  union all
  select s.external_id, r.remote ->> @field::text from last_seen s
  join sync_record r on r.system = @system and r.place = @place and r.scope = @scope and r.kind = @kind and r.external_id = s.external_id
  where s.listing = (select id from followed) and s.missing = 0 and not exists (
    select from staging_item i where i.run = @run and i.listing = s.listing and i.external_id = s.external_id
    and (i.state in ('absent', 'removed') or i.state = 'changed' and jsonb_exists(i.fields, @field::text)))
)
select shown.external_id::text from shown
left join sync_record own on own.system = @system and own.place = @own_place and own.scope = @own_scope and own.kind = @own_kind
  and own.external_id = shown.external_id
where coalesce(shown.mark, '') <> coalesce(own.remote ->> @field::text, '');

-- name: StagedAt :many
-- What the run has found to be new or other than before at a system.
select i.external_id, i.fields from staging_item i join listing l on l.id = i.listing
where i.run = @run and l.system = @system and i.state = 'changed';

-- name: StagedElsewhere :many
-- What the run has found of some records through the other views of their place.
select i.external_id, i.fields from staging_item i join listing l on l.id = i.listing
where i.run = @run and l.system = @system and l.place = @place and l.scope = @scope and i.listing <> @listing
  and i.state = 'changed' and i.external_id = any(@ids::text[])
order by i.listing;

-- name: AbsenceAsked :exec
update staging_item set asked = true where run = @run and listing = @listing and external_id = @external_id;

-- name: DropAbsence :exec
delete from staging_item where run = @run and listing = @listing and external_id = @external_id and state = 'absent';

-- name: AnythingStaged :one
select exists (select from staging_item where run = @run);

-- name: StagedItems :many
select i.number, i.listing, i.external_id, i.state, i.fields, i.reason, i.successor, i.asked,
  coalesce(s.missing, 0)::int as missing, s.missing_since
from staging_item i left join last_seen s on s.listing = i.listing and s.external_id = i.external_id
where i.run = @run and i.number > @after order by i.number limit @most;

-- name: StagedItemsOf :many
select i.listing, i.external_id, i.state, i.fields, i.reason, i.successor, i.asked,
  coalesce(s.missing, 0)::int as missing, s.missing_since
from staging_item i left join last_seen s on s.listing = i.listing and s.external_id = i.external_id
where i.run = @run and i.number = any(@numbers::bigint[]);

-- name: UnplanItems :exec
update staging_item set planned = false, component = 0, batch = 0 where run = @run and number = any(@numbers::bigint[]) and planned;

-- name: UnplanAllItems :exec
update staging_item set planned = false, component = 0, batch = 0 where run = @run and planned;

-- name: UnstageEntities :exec
delete from staging_entity where run = @run and seq between @first and @last;

-- name: UnstageSyncRecords :exec
delete from staging_sync_record where run = @run and seq between @first and @last;

-- name: UnstageConflicts :exec
delete from staging_conflict where run = @run and seq between @first and @last;

-- name: UnstageAliases :exec
delete from staging_alias where run = @run and component between @first and @last;

-- name: UnstageRows :exec
delete from plan_row where run = @run and state = 'planned' and component between @first and @last;

-- name: MarkPlanned :exec
update staging_item i set planned = true, component = m.component, missed = m.missed, batch = @batch
from (select unnest(@ids::text[]) as id, unnest(@components::int[]) as component, unnest(@missed::int[]) as missed) m
where i.run = @run and i.listing = @listing and i.external_id = m.id;

-- name: StageEntities :copyfrom
insert into staging_entity (run, seq, entity, kind, key, fields, provenance, deleted, made_rule, made_group, made, version, groups, component, batch, came, alike)
values (@run, @seq, @entity, @kind, @key, @fields, @provenance, @deleted, @made_rule, @made_group, @made, @version, @groups, @component, @batch, @came, @alike);

-- name: StageSyncRecords :copyfrom
insert into staging_sync_record (run, seq, sync_record, system, place, scope, kind, external_id, entity, key, entity_kind, natural_key,
  quarantine, held, remote, base_local, base_remote, echo, pending_op, bump, drop, recreated, taken_over, created_by, confirm_at, confirm_why, confirm_by, version, groups, component, batch, see_again)
values (@run, @seq, @sync_record, @system, @place, @scope, @kind, @external_id, @entity, @key, @entity_kind, @natural_key,
  @quarantine, @held, @remote, @base_local, @base_remote, @echo, @pending_op, @bump, @drop, @recreated, @taken_over, @created_by, @confirm_at, @confirm_why, @confirm_by, @version, @groups, @component, @batch, @see_again);

-- name: StageConflicts :copyfrom
insert into staging_conflict (run, seq, kind, key, field, system, hub_value, remote_value, won_by, why, component, batch)
values (@run, @seq, @kind, @key, @field, @system, @hub_value, @remote_value, @won_by, @why, @component, @batch);

-- name: StageAlias :exec
insert into staging_alias (run, kind, from_key, to_key, reason, component, batch)
values (@run, @kind, @from_key, @to_key, @reason, @component, @batch)
on conflict do nothing;

-- name: AnythingPlanned :one
select exists (
  select from staging_item i where i.run = @run and i.planned
  union all select from staging_entity e where e.run = @run
  union all select from staging_sync_record r where r.run = @run
  union all select from staging_conflict c where c.run = @run
  union all select from staging_alias a where a.run = @run
  union all select from plan_row p where p.run = @run);

-- name: DropRead :exec
with i as (delete from staging_item where staging_item.run = @run)
delete from staging_key where staging_key.run = @run;

-- name: DropPlanned :exec
with e as (delete from staging_entity where staging_entity.run = @run),
r as (delete from staging_sync_record where staging_sync_record.run = @run),
c as (delete from staging_conflict where staging_conflict.run = @run)
delete from staging_alias where staging_alias.run = @run;

-- name: DropStagedListings :exec
delete from staging_listing where run = @run;

-- name: HoldStill :exec
-- What a run has read that decides only a part of it moves no cursor and takes no place
-- up.
update staging_listing set moves = false where run = @run;

-- name: CountRemoved :one
-- Records that the last full listing showed, and that the system itself says to
-- be removed since.
select count(*) from staging_item i join last_seen s on s.listing = i.listing and s.external_id = i.external_id
where i.run = @run and i.listing = @listing and i.state = 'removed' and s.missing = 0;
