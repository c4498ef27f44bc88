-- +goose Up

-- How each replica stands. The state is derived here and nowhere stored.
create view replica_shown as
select r.*,
  case
    when r.quarantine <> '' then 'QUARANTINED'
    when r.intent <> '' then 'UNCERTAIN'
    when r.wanted > r.done and r.last_error ~ '(^|: )waiting' then 'WAITING'
    when r.wanted > r.done then 'PENDING'
    when r.external_id is null then 'GONE'
    when exists (
      select from listing l join seen s on s.listing = l.id
      where l.system = r.system and l.place = r.place and l.scope = r.scope
        and s.external_id = r.external_id and s.missing > 0) then 'MISSING'
    else 'IN_STEP'
  end as state
from replica r;

-- Who has settled a conflict; blank while the engine's decision stands.
alter table conflict add column settled_by text not null default '';
