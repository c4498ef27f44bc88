-- name: OpenJournal :many
insert into journal (at, run, step, system, place, scope, kind, sync_record, entity, op, sent, until, created_by)
select @at::timestamptz, @run::uuid, @step::bigint, @system::text, @place::text, v.scope, v.kind, v.sync_record, v.entity, v.op, v.sent, @until::timestamptz, v.created_by
from (select unnest(@scopes::text[]) as scope, unnest(@kinds::text[]) as kind, unnest(@sync_records::bigint[]) as sync_record,
  unnest(@entities::bigint[]) as entity, unnest(@ops::text[]) as op, unnest(@sents::text[])::jsonb as sent,
  unnest(@created_bys::text[]) as created_by) v
returning id, sync_record;

-- name: CompleteJournal :exec
update journal j set outcome = v.outcome, answered = v.answered, external_id = v.external_id, created_by = coalesce(nullif(v.created_by, ''), j.created_by),
  error = v.error, done_on = @now
from (select unnest(@ids::bigint[]) as id, unnest(@outcomes::text[]) as outcome, unnest(@answers::text[])::jsonb as answered,
  unnest(@external_ids::text[]) as external_id, unnest(@created_bys::text[]) as created_by, unnest(@errors::text[]) as error) v
where j.id = v.id;

-- name: GiveUpJournal :exec
-- A process has died over these, or lost its lease. What became of them is not
-- known.
update journal set outcome = 'unknown', error = 'broken off', done_on = @now
where system = @system and place = @place and outcome = '' and until < @now::timestamptz;

-- name: GiveUpJournalOf :exec
update journal set outcome = 'unknown', error = 'broken off', done_on = @now
where sync_record = any(@sync_records::bigint[]) and outcome = '';

-- name: UnheardWrites :many
-- What was sent, since a record was last written, by calls of which nobody knows what
-- became.
select j.sync_record, j.sent from journal j
join sync_record r on r.system = @system and r.id = j.sync_record
where j.sync_record = any(@sync_records::bigint[]) and j.op in ('create', 'update') and j.outcome in ('', 'unknown')
and j.at > coalesce(r.entity_synced_on, '-infinity') order by j.sync_record, j.id desc;

-- name: FoundJournal :exec
-- A create whose answer was lost has made this.
update journal set outcome = 'done', external_id = @external_id, created_by = @created_by, error = '', done_on = @now
where sync_record = any(@sync_records::bigint[]) and op = 'create' and outcome in ('', 'unknown');

-- name: PruneJournal :execrows
-- The newest stays: it tells how far the database has come.
delete from journal j where j.at < now() - make_interval(hours => @hours::int) and j.id < (select max(id) from journal)
and not exists (select from sync_record r where r.system = j.system and r.id = j.sync_record and r.uncertain_until is not null);
