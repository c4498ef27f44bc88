-- name: EraseAgain :exec
-- What a run that was under way has brought of who was erased meanwhile.
select erase_values(e.id) from entity e where e.deleted = 'erased' and e.modified_on > now() - make_interval(hours => @hours::int);
