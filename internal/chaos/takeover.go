package chaos

import (
	"github.com/touchline-sync/touchline/sync/record"
)

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
