-- name: EntitiesByKey :many
select * from entity where kind = @kind and key = any(@keys::text[]);

-- name: EntitiesByID :many
select * from entity where id = any(@ids::bigint[]) order by kind, key;

-- name: KeysByID :many
select distinct key from entity where id = any(@ids::bigint[]) order by key;

-- name: ResolveAliases :many
select from_key, to_key from entity_alias where kind = @kind and from_key = any(@keys::text[]);

-- name: MembersOfGroups :many
-- Of a group that is too large to be made again no more than shows it.
select k.key::text as group_key, e.* from (select unnest(@keys::text[]) as key) k
cross join lateral (select m.entity from group_key m where m.rule = @rule and m.key = k.key and m.entity is not null limit @most) g
join entity e on e.id = g.entity;

-- name: GroupsOfEntities :many
select rule, key, entity::bigint as entity from group_key where entity = any(@ids::bigint[]);

-- name: MadeInGroups :many
select * from entity where made_rule = @rule and made_group = any(@keys::text[]) order by kind, key;

-- name: ListEntities :many
select * from entity where kind = @kind and key > @after order by key limit @most;

-- name: Unplanned :many
select id from entity where kind = @kind and version <> planned_version;

-- name: AllEntities :many
select id from entity where kind = @kind order by id;

-- name: LivingEntities :many
select id from entity where kind = @kind and deleted = '' order by id;

-- name: AskAgain :exec
-- The next Decide takes them up although they have not changed, and one under way
-- is out of date.
update entity set planned_version = 0, version = version + 1 where id = any(@ids::bigint[]);

-- name: EntitiesReached :many
select id, key, made_rule, made_group from entity where id = any(@ids::bigint[]);

-- name: KeysReached :many
select id, key from entity where kind = @kind and key = any(@keys::text[]);

-- name: KeysGiven :many
select external_id, key from new_key
where kind = @kind and system = @system and place = @place and scope = @scope and external_id = any(@ids::text[]);

-- name: ForgetTakenKeys :exec
-- Somebody else has made an entity under the key meanwhile.
delete from new_key n using entity e where e.kind = n.kind and e.key = n.key
and n.kind = @kind and n.system = @system and n.place = @place and n.scope = @scope and n.external_id = any(@ids::text[]);

-- name: GiveKeys :exec
-- Keys from a sequence, to those that have none.
insert into new_key (kind, system, place, scope, external_id, key)
select @kind, @system, @place, @scope, i, nextval((@sequence::text)::regclass)::text from unnest(@ids::text[]) i
on conflict do nothing;

-- name: ForgetKeys :exec
-- Of entities that are there.
delete from new_key where kind = @kind and key = any(@keys::text[]);
