package read

import (
	"bytes"
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// comparing takes pages in: it compares them with what the view last showed, and
// stages what differs.
type comparing struct{ *reading }

// page takes one page in: what differs into the buffer, what was read into the
// counter.
func (r comparing) page(ctx context.Context, p connector.Page) error {
	p = p.Storable()
	err := r.contradicted(p)
	if err != nil {
		return err
	}
	if r.join != nil {
		err = r.comparePageOrdered(ctx, p)
	} else {
		err = r.comparePage(ctx, p)
	}
	if err != nil {
		return err
	}
	for _, rm := range p.Removed {
		row := r.row(rm.ID, store.StagedRemoved, nil, nil)
		row.Reason, row.Successor = string(rm.Reason), string(rm.Successor)
		r.buffer.rows = append(r.buffer.rows, row)
	}
	r.buffer.note(p)
	r.counter.Read += int64(len(p.Items))
	if r.join == nil || r.buffer.due() {
		err = r.flush(ctx)
	}
	if err == nil && r.task.Report != nil {
		r.task.Report(ctx, []step.Counter{r.counter})
	}
	return err
}

// contradicted returns an error when a page contradicts itself or the question:
// then nothing of the reading can be believed.
func (r comparing) contradicted(p connector.Page) error {
	why := p.Evidence.Contradiction
	if why == "" && r.state.Whole && !p.Evidence.Filters {
		why = "the filters were not read back as set"
	}
	if why == "" {
		return nil
	}
	return &step.Stop{Outcome: step.Drifted, Reason: "CONTRADICTION", Detail: fmt.Sprintf(
		"the listing of %s %s contradicts itself, and nothing of it is taken: %s", r.system.Name, r.coll.Place, why)}
}

// differs reports whether a record is to be staged: it is new, was missing or
// shows something else than last time.
func differs(known bool, missing int32, was, digest []byte) bool {
	return !known || missing != 0 || !bytes.Equal(was, digest)
}

// changed is the row of a record that differs; that of a fault when it cannot be
// stored. One that was not known has its natural key with it.
func (r *reading) changed(it connector.Item, digest []byte, known bool) store.StageItemParams {
	if why := unstorable(it.Fields); why != "" {
		r.counter.Quarantined++
		r.counter.Faults++
		r.putAside(it.ID, why)
		row := r.row(it.ID, store.StagedFault, bytes.Clone(digest), nil) // told once, as long as it stays so
		row.Reason = why
		return row
	}
	if late := r.Now().Sub(it.Changed); known && !it.Changed.IsZero() {
		r.late = max(r.late, late)
	}
	row := r.row(it.ID, store.StagedChanged, bytes.Clone(digest), it.Fields.Encode())
	if p := r.Policies.Of(r.coll.Kind); p != nil && !known {
		row.Key = p.Key(it.Fields)
	}
	return row
}

// fault takes in a record that could not be read. known says that the view has
// shown it before, as s says.
func (r comparing) fault(f connector.Fault, s store.LastSeenOfRow, known bool) {
	r.counter.Quarantined++
	if f.ID != "" && known && s.Missing == 0 && len(s.Digest) == 0 {
		return // known to be unreadable
	}
	r.counter.Faults++
	why := f.Why
	if f.Field != "" {
		why = fmt.Sprintf("field %s: %s", f.Field, f.Why)
	}
	r.putAside(f.ID, why)
	if f.ID == "" {
		return // counted, since no row can name it
	}
	row := r.row(f.ID, store.StagedFault, []byte{}, nil)
	row.Reason = why
	r.buffer.rows = append(r.buffer.rows, row)
}

// lastSeen looks up what the view last showed of a few records.
func (r comparing) lastSeen(ctx context.Context, ids []string) (map[string]store.LastSeenOfRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := r.Store.LastSeenOf(ctx, r.listing.ID, ids)
	if err != nil {
		return nil, fmt.Errorf("look up what was seen: %w", err)
	}
	out := make(map[string]store.LastSeenOfRow, len(rows))
	for _, s := range rows {
		out[s.ExternalID] = s
	}
	return out, nil
}

func (r *reading) row(id record.ExternalID, state string, digest, fields []byte) store.StageItemParams {
	return store.StageItemParams{
		Run: r.task.Run, Listing: r.listing.ID, ExternalID: string(id), State: state, Digest: digest, Fields: fields,
	}
}

// unstorable says why a record cannot be stored, or "".
func unstorable(f record.Fields) string {
	if name := f.Unstorable(); name != "" {
		return "field " + string(name) + ": it holds a NUL, or bytes that are no text"
	}
	return ""
}
