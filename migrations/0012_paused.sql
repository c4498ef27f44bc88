-- +goose Up

-- A record of which a person wants nothing written for a while: since when, who and why.
drop view sync_record_state;
alter table sync_record add column paused_on timestamptz;
alter table sync_record add column paused_by text not null default '';
alter table sync_record add column paused_why text not null default '';

-- How each sync record stands. The state is derived here and nowhere stored.
create view sync_record_state as
select r.*,
  case
    when r.quarantine <> '' then 'QUARANTINED'
    when r.uncertain_until is not null then 'UNCERTAIN'
    when r.desired_version > r.applied_version and (r.held <> '{}' or r.paused_on is not null) then 'WAITING'
    when r.desired_version > r.applied_version and r.last_error ~ '(^|: )waiting' then 'WAITING'
    when r.desired_version > r.applied_version then 'PENDING'
    when r.external_id is null then 'NOT_FOUND'
    when exists (
      select from listing l join last_seen s on s.listing = l.id
      where l.system = r.system and l.place = r.place and l.scope = r.scope
        and s.external_id = r.external_id and s.missing > 0) then 'MISSING'
    else 'IN_STEP'
  end as state
from sync_record r;
