-- name: NameRecords :exec
insert into run_named (system, kind, external_id, named_on)
select distinct @system, @kind, unnest(@ids::text[]), @now::timestamptz
on conflict (system, kind, external_id) do update set named_on = excluded.named_on, run = null, listing = null;

-- name: TakeNamed :exec
-- What has been named of a kind until now. Those of a run that broke off are
-- taken again.
update run_named set run = @run, listing = @listing where system = @system and kind = @kind;

-- name: NamedFor :many
select external_id from run_named where run = @run and listing = @listing order by external_id;

-- name: AnyNamed :one
select exists (select from run_named where system = @system and kind = @kind);

-- name: AdmitNamed :exec
-- What was named again since it was read stays.
delete from run_named n using staging_listing s
where n.run = @run and s.run = n.run and s.listing = n.listing and s.complete;
