package chaos

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// approve is somebody who looks at a plan and approves it, unless it removes
// persons who never left and nothing newer is known.
func (s *stage) approve(in *run) error {
	if s.wrongPlan(in) {
		return s.discard(in)
	}
	if err := s.apply(in); err != nil {
		if err == errLater { //nolint:err113,errorlint // it is never wrapped
			s.tookOver(in)
			in.hash, in.task.Plan, in.task.Approved = "", false, true
			s.later = append(s.later, in)
			return err
		}
		if !expected(err) {
			s.fail(ApplyBreaks, "%v", err)
		}
		s.ended(s.discard(in))
		return err
	}
	s.tookOver(in)
	in.task.Plan, in.task.Approved, s.old = false, true, true
	err := s.writes(in)
	s.old = false
	s.ended(err)
	s.ended(s.discard(in))
	return err
}

// wrongPlan reports whether somebody who looks at a plan sees that it is wrong:
// it lets somebody go who is at the source, and no clean run came after it.
func (s *stage) wrongPlan(in *run) bool {
	if in.newer {
		return false
	}
	rows, err := s.pool.Query(s.ctx, `select key from plan_row where run = $1 and op in ('remove', 'delete', 'deleted')`, in.task.Run)
	if err != nil {
		s.ended(err)
		return false
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			s.ended(err)
		}
		if p := s.whose(record.Fields{code: key}); p != nil && p.here {
			return true
		}
	}
	return false
}

// about are the keys of some persons about whom a plan has something.
func (s *stage) about(in *run, those ...*person) (out []string) {
	var keys []string
	err := s.pool.QueryRow(s.ctx, `select coalesce(array_agg(distinct key), '{}') from plan_row where run = $1`, in.task.Run).Scan(&keys)
	s.ended(err)
	for _, p := range those {
		if key := canonical(p.code()); slices.Contains(keys, key) && !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
}

// tookOver notes the records that somebody has approved to be taken over: from
// then on they count as made by us, whoever made them.
func (s *stage) tookOver(in *run) {
	rows, err := s.pool.Query(s.ctx, `select p.key, r.system, r.external_id from plan_row p
		join sync_record r on r.system = p.system and r.id = p.sync_record
		where p.run = $1 and p.op = 'adopt' and r.external_id is not null`, in.task.Run)
	if err != nil {
		s.ended(err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		var key, system, id string
		if err := rows.Scan(&key, &system, &id); err != nil {
			s.ended(err)
			return
		}
		p := s.whose(record.Fields{code: key})
		if p == nil {
			continue
		}
		made := p.with(record.System(system)).made
		if _, byHand := made[record.ExternalID(id)]; byHand {
			made[record.ExternalID(id)] = true
		}
	}
}
