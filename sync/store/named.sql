-- name: NameRecords :exec
insert into named_record (system, kind, external_id, named_on)
select @system, @kind, unnest(@ids::text[]), @now
on conflict (system, kind, external_id) do update set named_on = excluded.named_on, run = null;

-- name: TakeNamed :many
-- What has been named of a kind since. Those of a run that broke off are
-- taken again.
update named_record set run = @run where system = @system and kind = @kind returning external_id;

-- name: AdmitNamed :exec
delete from named_record where run = @run;
