-- +goose Up

-- Who has asked to be erased (docs/ems.md, "Erasure"): an entity that is deleted as erased
-- stays as a key with what it refers to. All else that was known of it goes in the
-- transaction that erases it.

-- Of fields those that are named.
create function fields_only(fields jsonb, names text[]) returns jsonb language sql immutable parallel safe as $$
  select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(fields) where key = any(names)
$$;

-- Takes the values of an entity out of all that is kept of it, but for what the entity
-- shows still. It changes nothing where none is left. What is staged for a plan that waits
-- goes with the plan, within a day, and is never applied: the entity is another by then.
-- +goose StatementBegin
create function erase_values(erased bigint) returns void language plpgsql as $$
declare
  e entity;
  shows text[];
begin
  select * into strict e from entity where id = erased;
  shows := array(select key from jsonb_each_text(e.fields) where value <> '');
  -- What we had let go of is taken up again, so that it is erased there, too.
  update sync_record set entity = e.id, version = version + 1
  where entity is null and kind = e.kind and natural_key = e.key and created_by = 'us' and external_id is not null;
  update sync_record set remote = fields_only(remote, shows), base_local = fields_only(base_local, shows), base_remote = fields_only(base_remote, shows),
    echo = '{}', held = '{}'
  where entity = e.id and ((fields_only(remote, shows), fields_only(base_local, shows), fields_only(base_remote, shows)) <> (remote, base_local, base_remote)
    or echo <> '{}' or held <> '{}');
  update sync_record set remote = '{}' where entity is null and kind = e.kind and natural_key = e.key and remote <> '{}';
  update plan_row set fields = '{}' where kind = e.kind and key = e.key and fields <> '{}';
  update journal set sent = '{}', answered = '{}' where entity = e.id and (sent, answered) <> ('{}', '{}');
  update conflict set hub_value = '', remote_value = '', resolved_on = coalesce(resolved_on, now()), won_by = coalesce(nullif(won_by, ''), 'hub')
  where entity = e.id and (hub_value <> '' or remote_value <> '' or resolved_on is null);
  update entity set made = '{}' where id = e.id and made <> '{}';
  delete from whose where kind = e.kind and key = e.key;
  with asked as (delete from run_scope s using run r where r.id = s.run and r.state = 'ENDED' and s.kind = e.kind and s.key = e.key returning s.run)
  update run set scope_digest = run.id::text from asked where run.id = asked.run;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function entity_erased() returns trigger language plpgsql as $$
begin
  perform erase_values(new.id);
  return null;
end $$;
-- +goose StatementEnd
create trigger entity_erased after update on entity for each row
  when (new.deleted = 'erased' and old.deleted <> 'erased') execute function entity_erased();
create index entity_erased on entity (modified_on) where deleted = 'erased';

-- In EMS erased_on erases: a program sets it, and whatever else it sets. The row stays, so
-- that what names it does, and never holds anything again.
-- +goose StatementBegin
create function ems.without_values() returns trigger language plpgsql as $$
begin
  new.erased_on := coalesce(old.erased_on, new.erased_on);
  new.deleted_on := coalesce(new.deleted_on, old.deleted_on, now());
  new.first_name := null; new.last_name := 'erased'; new.date_of_birth := null; new.gender := null;
  new.email := null; new.phone := null; new.language := null; new.nationality := null;
  new.street := null; new.city := null; new.province := null; new.postal_code := null; new.country := null;
  new.identity_type := null; new.identity_number := null; new.identity_country := null;
  new.emergency_contact_name := null; new.emergency_contact_number := null;
  new.email_bounced_on := null; new.bounced_email := null;
  return new;
end $$;
-- +goose StatementEnd
create trigger _a_erased before update on ems.person for each row
  when (new.erased_on is not null or old.erased_on is not null) execute function ems.without_values();

-- What hangs on who is erased is deleted, and holds nothing of them any more; whoever was
-- merged into them is the same.
-- +goose StatementBegin
create function ems.erase_with() returns trigger language plpgsql as $$
begin
  update ems.contact_preference set consent_ip = null, deleted_on = coalesce(deleted_on, now()) where person_id = new.id;
  update ems.membership set number = null, deleted_on = coalesce(deleted_on, now()) where person_id = new.id;
  update ems.event_participant set first_name = null, last_name = 'erased', email = null, date_of_birth = null, gender = null, age = null,
    category_name = null, bib = null, team_name = null, registered_on = null, deleted_on = coalesce(deleted_on, now()) where person_id = new.id;
  update ems.bib_tag_mapping set bib = null, deleted_on = coalesce(deleted_on, now()) where person_id = new.id;
  update ems.tag set person_id = null where person_id = new.id;
  update ems.conversation set person_id = null where person_id = new.id;
  delete from ems.bib where person_id = new.id;
  -- What calls about them were answered with is kept for a day.
  update entity_request q set answer = jsonb_set(q.answer, '{Fields}', '{}')
  where q.answer #>> '{Fields,person_id}' = new.id::text
    or q.answer -> 'Fields' ? 'last_name' and not q.answer -> 'Fields' ? 'person_id' and q.answer ->> 'ID' = new.id::text;
  update ems.person set erased_on = new.erased_on where merged_into_id = new.id and erased_on is null;
  return null;
end $$;
-- +goose StatementEnd
create trigger d_erase_with after update on ems.person for each row
  when (old.erased_on is null and new.erased_on is not null) execute function ems.erase_with();
