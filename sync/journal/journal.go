// Package journal keeps what was sent to the systems: a row is committed before
// each remote write, and completed after it. Who made a record, what is uncertain
// and what the history shows follow from these rows. It calls no system and does
// not know why something is written.
package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Op is what a write does to a record.
type Op string

// The operations. Clear empties a value that another record of ours is to have.
const (
	Create Op = "create"
	Update Op = "update"
	Clear  Op = "clear"
	Remove Op = "remove"
)

// Outcome is what became of a write.
type Outcome string

// The outcomes. Unknown says that the write may have taken effect.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
	Failed  Outcome = "failed"
	Unknown Outcome = "unknown"
)

// Writer says which step of which run writes where.
type Writer struct {
	Run           uuid.UUID
	Step          int64
	System, Place string
}

// Entry is what one write sends to one sync record. Open fills in its ID.
type Entry struct {
	ID         int64
	Scope      string
	Kind       record.Kind
	SyncRecord int64
	Entity     record.EntityID
	Op         Op
	Sent       record.Change
	// CreatedBy is whose the record would be that a create is about to make.
	CreatedBy string
}

// Open notes what is about to be sent, in the transaction of q. The writes may
// take effect until a time.
func Open(ctx context.Context, q *store.Queries, w Writer, now, until time.Time, entries []*Entry) error {
	if len(entries) == 0 {
		return nil
	}
	p := store.OpenJournalParams{At: now, Run: w.Run, Step: w.Step, System: w.System, Place: w.Place, Until: until}
	byRecord := make(map[int64]*Entry, len(entries))
	for _, e := range entries {
		sent, _ := json.Marshal(e.Sent)
		p.Scopes, p.Kinds = append(p.Scopes, e.Scope), append(p.Kinds, string(e.Kind))
		p.SyncRecords, p.Entities = append(p.SyncRecords, e.SyncRecord), append(p.Entities, int64(e.Entity))
		p.Ops, p.Sents, p.CreatedBys = append(p.Ops, string(e.Op)), append(p.Sents, string(sent)), append(p.CreatedBys, e.CreatedBy)
		byRecord[e.SyncRecord] = e
	}
	rows, err := q.OpenJournal(ctx, p)
	if err != nil {
		return fmt.Errorf("note what is about to be sent: %w", err)
	}
	for _, r := range rows {
		byRecord[r.SyncRecord].ID = r.ID
	}
	return nil
}

// Result is what became of an entry.
type Result struct {
	ID         int64
	Outcome    Outcome
	Answered   record.Fields // what the answer shows otherwise than sent
	ExternalID record.ExternalID
	CreatedBy  string
	Error      string // without any value
}

// Complete notes what became of writes, in the transaction of q.
func Complete(ctx context.Context, q *store.Queries, now time.Time, results []Result) error {
	if len(results) == 0 {
		return nil
	}
	p := store.CompleteJournalParams{Now: &now}
	for _, r := range results {
		p.Ids, p.Outcomes = append(p.Ids, r.ID), append(p.Outcomes, string(r.Outcome))
		p.Answers, p.ExternalIds = append(p.Answers, string(r.Answered.Encode())), append(p.ExternalIds, string(r.ExternalID))
		p.CreatedBys, p.Errors = append(p.CreatedBys, r.CreatedBy), append(p.Errors, r.Error)
	}
	if err := q.CompleteJournal(ctx, p); err != nil {
		return fmt.Errorf("note what became of it: %w", err)
	}
	return nil
}
