-- name: WebhookHeard :exec
insert into webhook (system, heard_on) values (@system, @now::timestamptz)
on conflict (system) do update set heard_on = excluded.heard_on;

-- name: WebhookRefused :exec
insert into webhook (system, refused_on, refused_why) values (@system, @now::timestamptz, @why)
on conflict (system) do update set refused_on = excluded.refused_on, refused_why = excluded.refused_why;

-- name: WebhooksMissed :exec
-- Notes that a reading has found changes, where not one of them had been named. That
-- single ones were not named proves nothing: a call can be lost, or be under way. They
-- are added up until a webhook comes.
insert into webhook (system, missed_on, missed_kind, missed)
select @system, @now::timestamptz, @kind, count(*)
from staging_item i left join run_notified n on n.system = @system and n.kind = @kind and n.external_id = i.external_id
where i.run = @run and i.listing = @listing and i.state = 'changed'
having count(*) > 0 and count(n.external_id) = 0
on conflict (system) do update set missed_on = excluded.missed_on, missed_kind = excluded.missed_kind,
  missed = excluded.missed + case when webhook.heard_on >= webhook.missed_on then 0 else webhook.missed end;

-- name: Webhook :one
select * from webhook where system = @system;
