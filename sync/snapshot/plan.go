package snapshot

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Planner plans a run batch by batch, so that the memory it takes does not grow
// with the run: of a batch that was stored only its sums are kept.
type Planner struct {
	Taker

	Run uuid.UUID
	// InTx runs a function in one transaction of the step.
	InTx func(context.Context, func(*store.Queries) error) error
	// Most is how many items and entities are decided together; 0 is the default.
	Most int
	// ApplyMost is how many changes are applied together; 0 is the default.
	ApplyMost int
}

// batchMost is how many items and entities are decided together, before what is
// derived with them. With a parent, a family and two entries of mailing lists a
// member takes about 100 kB while it is decided.
const batchMost = 300

// applyMost is how many changes of entities, records and what was read are
// applied in one transaction.
const applyMost = 5000

// manyChanges is from how many changes on Postgres is told what the tables hold
// that Apply goes by: it would look at that by itself a minute later.
const manyChanges = 1000

// candidate is an entity that is taken up whatever was read.
type candidate struct {
	id   int64
	asks uint64 // which of the questions about whole kinds name it, as bits
}

// planning is one plan in the course of being made.
type planning struct {
	Planner

	in         plan.Input
	questions  []plan.Request // about whole kinds
	candidates []candidate
	items      []int64 // numbers of the staged items
	packs      *plan.Packs
	seq        int32 // the next number of a staged row
	stored     map[int32]storedBatch
	batch      int32                  // the number of the batch with which Apply takes what is stored now
	filled     int                    // how many changes it has
	touching   map[plan.GroupName]int // how many touch a group; nil: they are not counted
}

// Plan decides what follows from the input and stores it. A run that takes up
// no more than one batch, or is for some keys, is decided at once.
func (p Planner) Plan(ctx context.Context, in plan.Input) (plan.Sum, error) {
	d := &planning{Planner: p, in: in, packs: plan.NewPacks(), stored: map[int32]storedBatch{}, batch: 1}
	d.Most, d.ApplyMost = cmp.Or(p.Most, batchMost), cmp.Or(p.ApplyMost, applyMost)
	if err := d.takeUp(ctx); err != nil {
		return plan.Sum{}, err
	}
	first, err := d.page(ctx, 0, d.firstPage())
	if err != nil {
		return plan.Sum{}, err
	}
	if len(in.Keys) > 0 || len(first)+len(d.candidates) <= d.Most {
		err = d.atOnce(ctx, first)
	} else {
		err = d.inBatches(ctx)
	}
	if err != nil {
		return plan.Sum{}, err
	}
	return d.sum(ctx)
}

// firstPage is how many items tell whether one batch is enough.
func (d *planning) firstPage() int32 {
	if len(d.in.Keys) > 0 {
		return math.MaxInt32
	}
	return int32(d.Most) + 1 //nolint:gosec // thousands
}

// takeUp reads which entities are taken up whatever was read.
func (d *planning) takeUp(ctx context.Context) error {
	d.questions = plan.Candidates(d.in)
	byID := map[int64]int{}
	for i, q := range d.questions {
		ids, err := d.whole(ctx, q)
		if err != nil {
			return err
		}
		for _, id := range ids {
			at, ok := byID[id]
			if !ok {
				at = len(d.candidates)
				byID[id] = at
				d.candidates = append(d.candidates, candidate{id: id})
			}
			d.candidates[at].asks |= 1 << i
		}
	}
	return nil
}

// numbered is a staged item with its number.
type numbered struct {
	plan.Item

	number int64
}

// page reads staged items in the order of their numbers.
func (d *planning) page(ctx context.Context, after int64, most int32) ([]numbered, error) {
	rows, err := d.Store.StagedItems(ctx, d.Run, after, most)
	if err != nil {
		return nil, asked("what was staged", err)
	}
	out := make([]numbered, len(rows))
	for i, r := range rows {
		out[i] = numbered{stagedItem(store.StagedItemsOfRow{
			Listing: r.Listing, ExternalID: r.ExternalID, State: r.State, Fields: r.Fields, Reason: r.Reason, Successor: r.Successor, Asked: r.Asked,
			Missing: r.Missing, MissingSince: r.MissingSince,
		}), r.Number}
	}
	return out, nil
}

func stagedItem(r store.StagedItemsOfRow) plan.Item {
	return plan.Item{
		Listing: r.Listing, ID: record.ExternalID(r.ExternalID), State: r.State, Fields: record.DecodeFields(r.Fields),
		Reason: r.Reason, Successor: record.ExternalID(r.Successor), Missing: int(r.Missing), MissingSince: r.MissingSince, Asked: r.Asked,
	}
}

// atOnce decides all that the run takes up.
func (d *planning) atOnce(ctx context.Context, items []numbered) error {
	in := d.in
	for _, it := range items {
		in.Items = append(in.Items, it.Item)
	}
	if len(in.Items)+len(d.candidates) == 0 && len(in.Keys) == 0 {
		return nil
	}
	changes, err := d.build(ctx, in, d.candidates)
	if err != nil {
		return err
	}
	return d.store(ctx, 1, changes, nil)
}

// build decides about items and candidates.
func (d *planning) build(ctx context.Context, in plan.Input, candidates []candidate) (plan.Changes, error) {
	slices.SortFunc(in.Items, func(x, y plan.Item) int {
		return cmp.Or(cmp.Compare(x.Listing, y.Listing), cmp.Compare(x.ID, y.ID))
	})
	in.Snapshot = plan.NewSnapshot()
	for i, q := range d.questions {
		var ids []record.EntityID
		for _, c := range candidates {
			if c.asks&(1<<i) != 0 {
				ids = append(ids, record.EntityID(c.id))
			}
		}
		in.Snapshot.PutIDs(q.What, q.Kind, ids)
		in.Snapshot.Answered(q)
	}
	return d.Build(ctx, in)
}

// inBatches divides what the run takes up, and decides batch by batch until no
// two of them reach the same.
func (d *planning) inBatches(ctx context.Context) error {
	if err := d.Store.Analyze(ctx, "staging_item"); err != nil {
		return err
	}
	if err := d.survey(ctx); err != nil {
		return err
	}
	for {
		batches := d.packs.Batches(d.Most)
		if len(batches) == 0 {
			return nil
		}
		for _, b := range batches {
			if err := d.decide(ctx, b); err != nil {
				return err
			}
		}
		if err := d.undoDirty(ctx); err != nil {
			return err
		}
	}
}
