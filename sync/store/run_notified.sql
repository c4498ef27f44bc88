-- name: Notify :exec
insert into run_notified (system, kind, external_id, notified_on)
select distinct @system, @kind, unnest(@ids::text[]), @now::timestamptz
on conflict (system, kind, external_id) do update set notified_on = excluded.notified_on, run = null, listing = null;

-- name: TakeNotified :exec
-- What has been named of a kind until now. Those of a run that broke off are
-- taken again.
update run_notified set run = @run, listing = @listing where system = @system and kind = @kind;

-- name: NotifiedFor :many
select external_id from run_notified where run = @run and listing = @listing order by external_id;

-- name: FetchedBy :many
-- The records that a run has asked for by themselves.
select listing::int as listing, external_id from run_notified where run = @run and listing is not null;

-- name: AnyNotified :one
select exists (select from run_notified where system = @system and kind = @kind);

-- name: ApplyNotified :exec
-- What was named again since it was read stays, and what was read and left out.
delete from run_notified n using staging_listing s
where n.run = @run and s.run = n.run and s.listing = n.listing and s.complete and s.moves and not s.overtaken;
