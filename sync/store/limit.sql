-- name: CountManaged :one
-- The records of living entities that a place holds of a kind; with a field those
-- that have it filled. Those that a rule makes are counted by themselves.
select count(*) from sync_record r join entity e on e.id = r.entity
where r.system = @system and r.place = @place and r.kind = @kind and e.deleted = '' and (e.made_rule <> '') = @made::boolean
and (@field::text = '' or coalesce(r.remote ->> @field::text, '') <> '');

-- name: CountUnmanaged :one
select count(*) from sync_record where system = @system and place = @place and kind = @kind and entity is null;

-- name: CountLiving :one
select count(*) from entity where kind = @kind and deleted = '' and (made_rule <> '') = @made::boolean and (@field::text = '' or coalesce(fields ->> @field::text, '') <> '');

-- name: EffectsSince :one
select coalesce(sum(n), 0)::bigint from limit_effect
where system = @system and place = @place and kind = @kind and field = @field and effect = @effect and made = @made and at > @since;

-- name: CountEffects :execrows
-- What a batch of a plan removes and empties, but for what a person has approved and for
-- effects that were let pass.
insert into limit_effect (at, system, place, kind, field, effect, made, n)
select @now, e.system, e.place, e.kind, e.field, e.effect, e.made, count(*) from (
  select p.system, p.place, p.kind, ''::text as field, p.effect, p.made from plan_row p
  where p.run = @run and p.batch = @batch and p.state = 'planned' and p.effect = 'removed' and not p.approved
  union all
  select o.system, o.place, o.kind, unnest(o.emptied), 'emptied'::text, o.made from plan_row o
  where o.run = @run and o.batch = @batch and o.state = 'planned' and o.emptied <> '{}' and not o.approved) e
where e.effect <> all(@passed::text[])
group by e.system, e.place, e.kind, e.field, e.effect, e.made;

-- name: ForgetEffects :exec
delete from limit_effect where at < @before;
