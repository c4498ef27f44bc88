package read

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// lastSeenBatch is how many rows of last_seen are fetched at once: enough that the
// query costs nothing, few enough that they take no room.
const lastSeenBatch = 5000

// join walks along what was seen of a listing, in the order of its ids, beside
// the records that the listing now brings in the same order. It goes on after
// any id, in any process.
type join struct {
	q           *store.Queries
	listing     int32
	absentAfter int32
	after       string // the last id fetched or passed
	batch       store.LastSeenBatch
	at          int
	last        bool // the batch is the last one
	known       int64
	absent      []string // ids that were passed: they are not in the listing
}

// next makes sure that a row is at hand, or reports that there is none left.
func (j *join) next(ctx context.Context) (bool, error) {
	for j.at >= j.batch.Len() {
		if j.last {
			return false, nil
		}
		if n := j.batch.Len(); n > 0 {
			id, _, _ := j.batch.At(n - 1)
			j.after = string(id)
		}
		if err := j.q.LoadLastSeenAfter(ctx, &j.batch, j.listing, j.after, lastSeenBatch); err != nil {
			return false, fmt.Errorf("read what was seen: %w", err)
		}
		j.at, j.last = 0, j.batch.Len() < lastSeenBatch
	}
	return true, nil
}

// find passes what comes before an id and takes the row of the id itself, if
// there is one. The digest is valid until the next call.
func (j *join) find(ctx context.Context, id string) (known bool, digest []byte, missing int32, err error) {
	for {
		more, err := j.next(ctx)
		if err != nil || !more {
			return false, nil, 0, err
		}
		at, digest, missing := j.batch.At(j.at)
		if string(at) > id {
			return false, nil, 0, nil
		}
		j.at++
		j.count(missing)
		if string(at) == id {
			return true, digest, missing, nil
		}
		j.pass(at, missing)
	}
}

// count counts a record that the last full listing showed.
func (j *join) count(missing int32) {
	if missing == 0 {
		j.known++
	}
}

// moved reports whether it has passed anything that is not stored.
func (j *join) moved() bool { return j.known > 0 || len(j.absent) > 0 }

// pass notes an id that the listing does not show.
func (j *join) pass(id []byte, missing int32) {
	if missing < j.absentAfter {
		j.absent = append(j.absent, string(id))
	}
}

// passBatch passes what is left of the batch at hand, or of the next one, and
// returns the last id passed; "" when there is none left.
func (j *join) passBatch(ctx context.Context) (string, error) {
	more, err := j.next(ctx)
	if err != nil || !more {
		return "", err
	}
	var last []byte
	for ; j.at < j.batch.Len(); j.at++ {
		id, _, missing := j.batch.At(j.at)
		j.count(missing)
		j.pass(id, missing)
		last = id
	}
	return string(last), nil
}

// comparePageOrdered compares one page of a listing in the order of its ids. A record that
// came already, as when a page begins with the one that ended the page before,
// is passed over. Faults stand beside the records, in no order; there are few,
// so they are looked up, and their ids kept: they are not absent.
func (r comparing) comparePageOrdered(ctx context.Context, p connector.Page) error {
	var same, differ []connector.Item
	for i := range p.Items {
		id := string(p.Items[i].ID)
		if id == r.buffer.progress.LastKey {
			continue
		}
		if id < r.buffer.progress.LastKey {
			return &step.Stop{Outcome: step.Drifted, Reason: "OUT_OF_ORDER", Detail: fmt.Sprintf(
				"the listing of %s %s does not come in the order of its ids any more; the system has changed", r.system.Name, r.coll.Place)}
		}
		known, was, missing, err := r.join.find(ctx, id)
		if err != nil {
			return err
		}
		if digest := r.digests.Of(p.Items[i].Fields); differs(known, missing, was, digest) {
			r.buffer.rows = append(r.buffer.rows, r.changed(p.Items[i], digest, known))
			differ = append(differ, p.Items[i])
		} else {
			same = append(same, p.Items[i])
		}
		r.buffer.progress.LastKey = id
		r.buffer.progress.Records++
	}
	if err := r.profile.take(ctx, same, differ); err != nil || len(p.Faults) == 0 {
		return err
	}
	ids := faultIDs(nil, p)
	seen, err := r.lastSeen(ctx, ids)
	if err != nil {
		return err
	}
	for _, f := range p.Faults {
		s, known := seen[string(f.ID)]
		r.fault(f, s, known)
	}
	r.buffer.keys = append(r.buffer.keys, ids...)
	return nil
}

// passRest passes what was seen beyond the last record that was listed. The last
// of it is stored with the judgement.
func (r comparing) passRest(ctx context.Context) error {
	for {
		last, err := r.join.passBatch(ctx)
		if err != nil || last == "" {
			return err
		}
		r.buffer.progress.LastKey = last
		if r.join.last {
			return nil
		}
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
}
