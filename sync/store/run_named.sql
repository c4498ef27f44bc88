-- name: NameRecords :exec
insert into run_named (system, kind, external_id, named_on)
select distinct @system, @kind, unnest(@ids::text[]), @now::timestamptz
on conflict (system, kind, external_id) do update set named_on = excluded.named_on, run = null;

-- name: TakeNamed :many
-- What has been named of a kind since. Those of a run that broke off are
-- taken again.
update run_named set run = @run where system = @system and kind = @kind returning external_id;

-- name: AdmitNamed :exec
delete from run_named where run = @run;
