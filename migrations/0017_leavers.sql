-- +goose Up

-- A record that is leaving: since when its end waits to be confirmed, and what a person
-- has said of it: keep it, or let it go.
drop view sync_record_state;
alter table sync_record add column confirm_since timestamptz;
alter table sync_record add column decided text not null default '' check (decided in ('', 'keep', 'let go'));
alter table sync_record add column decided_on timestamptz;
alter table sync_record add column decided_by text not null default '';
alter table sync_record add column decided_why text not null default '';
create index sync_record_let_go on sync_record (kind) where decided = 'let go' and confirm_at is not null;

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

-- Who is leaving: records at a source that full listings lack, and records whose end
-- waits for a second reading. A decision counts for what was leaving when it was made.
create view leaving as
select r.id, r.system, r.place, r.scope, r.kind, r.external_id, r.entity, r.version, 'missing' as why, s.missing, s.missing_since as since,
  null::timestamptz as confirm_at, '[]'::jsonb as confirm_by, s.listing, l.view,
  case when r.decided_on >= s.missing_since then r.decided else '' end as decided, r.decided_on, r.decided_by, r.decided_why
from last_seen s join listing l on l.id = s.listing
join sync_record r on r.system = l.system and r.place = l.place and r.scope = l.scope and r.external_id = s.external_id
join entity e on e.id = r.entity and e.deleted = ''
where s.missing > 0
union all
select r.id, r.system, r.place, r.scope, r.kind, r.external_id, r.entity, r.version, r.confirm_why, 0, r.confirm_since,
  r.confirm_at, r.confirm_by, 0, '', r.decided, r.decided_on, r.decided_by, r.decided_why
from sync_record r where r.confirm_at is not null and r.entity is not null;
