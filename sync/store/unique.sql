-- name: SyncRecordOf :one
select * from sync_record where system = @system and id = @id;
