-- name: LockEntityRequest :exec
select pg_advisory_xact_lock(hashtextextended('entity_request:' || @request_id::text, 0));

-- name: EntityRequest :one
select digest, answer from entity_request where request_id = @request_id;

-- name: KeepEntityRequest :exec
insert into entity_request (request_id, digest, answer) values (@request_id, @digest, @answer);
