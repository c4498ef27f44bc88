package engine

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// seenBatch is how many rows of seen are fetched at once: enough that the
// query costs nothing, few enough that they take no room.
const seenBatch = 5000

// join walks along what was seen of a listing, in the order of its ids, beside
// the records that the listing now brings in the same order. It goes on after
// any id, in any process.
type join struct {
	q         *store.Queries
	listing   int32
	goneAfter int32
	after     string // the last id fetched or passed
	batch     store.LastSeenBatch
	at        int
	last      bool // the batch is the last one
	known     int64
	missed    []string // ids that were passed: they are not in the listing
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
		if err := j.q.LoadLastSeenAfter(ctx, &j.batch, j.listing, j.after, seenBatch); err != nil {
			return false, fmt.Errorf("read what was seen: %w", err)
		}
		j.at, j.last = 0, j.batch.Len() < seenBatch
	}
	return true, nil
}

// to passes what comes before an id and takes the row of the id itself, if
// there is one. The digest is valid until the next call.
func (j *join) to(ctx context.Context, id string) (known bool, digest []byte, missing int32, err error) {
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
		j.known += b2i(missing == 0)
		if string(at) == id {
			return true, digest, missing, nil
		}
		j.miss(at, missing)
	}
}

// moved reports whether it has passed anything that is not stored.
func (j *join) moved() bool { return j.known > 0 || len(j.missed) > 0 }

func (j *join) miss(id []byte, missing int32) {
	if missing < j.goneAfter {
		j.missed = append(j.missed, string(id))
	}
}

// rest passes what is left of the batch at hand, or of the next one, and
// returns the last id passed; "" when there is none left.
func (j *join) rest(ctx context.Context) (string, error) {
	more, err := j.next(ctx)
	if err != nil || !more {
		return "", err
	}
	var last []byte
	for ; j.at < j.batch.Len(); j.at++ {
		id, _, missing := j.batch.At(j.at)
		j.known += b2i(missing == 0)
		j.miss(id, missing)
		last = id
	}
	return string(last), nil
}

// walk compares one page of a listing in the order of its ids. A record that
// came already, as when a page begins with the one that ended the page before,
// is passed over. Faults stand beside the records, in no order; there are few,
// so they are looked up, and their ids kept: they are not absent.
func (r *reading) walk(ctx context.Context, p connector.Page) error {
	for i := range p.Items {
		id := string(p.Items[i].ID)
		if id == r.taken.progress.LastKey {
			continue
		}
		if id < r.taken.progress.LastKey {
			return &step.Stop{Outcome: step.Drifted, Reason: "OUT_OF_ORDER", Detail: fmt.Sprintf(
				"the listing of %s %s does not come in the order of its ids any more; the system has changed", r.sys.Name, r.coll.Place)}
		}
		known, was, missing, err := r.join.to(ctx, id)
		if err != nil {
			return err
		}
		if digest := r.digests.of(p.Items[i].Fields); differs(known, missing, was, digest) {
			r.taken.rows = append(r.taken.rows, r.changed(p.Items[i], digest))
		}
		r.taken.progress.LastKey = id
		r.taken.progress.Records++
	}
	if len(p.Faults) == 0 {
		return nil
	}
	ids := faultIDs(nil, p)
	seen, err := r.seen(ctx, ids)
	if err != nil {
		return err
	}
	for _, f := range p.Faults {
		s, known := seen[string(f.ID)]
		r.fault(f, s, known)
	}
	r.taken.keys = append(r.taken.keys, ids...)
	return nil
}

// drain passes what was seen beyond the last record that was listed. The last
// of it is stored with the judgement.
func (r *reading) drain(ctx context.Context) error {
	for {
		last, err := r.join.rest(ctx)
		if err != nil || last == "" {
			return err
		}
		r.taken.progress.LastKey = last
		if r.join.last {
			return nil
		}
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
}
