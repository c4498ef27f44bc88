package apply

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// PlanMismatch is the answer to an approval with another hash than the plan's.
type PlanMismatch struct{}

// Error returns the text.
func (PlanMismatch) Error() string {
	return "the hash is not that of this plan; look at the plan again and approve what it says now"
}

// OtherApplying is the answer to an approval while another plan with the same kinds
// is half applied: what the approved plan believes cannot be checked before that is
// done.
type OtherApplying struct{ Run uuid.UUID }

// Error returns the text.
func (o OtherApplying) Error() string {
	return fmt.Sprintf("the plan of run %s is about the same kinds and half applied", o.Run)
}

// Word is a person's word on a plan that was not applied.
type Word struct {
	Hash string // of the plan that the person looked at
	// SkipStale applies the rest when records have changed since.
	SkipStale bool
	// TakeOver names the places, as system/place, where what a first sync has found
	// counts as made by us from then on; nil is all that the plan names.
	TakeOver *[]string
	// Only is the part of the plan that is approved; nil is all of it.
	Only *Part
}

// Approved is what comes of a word.
type Approved struct {
	Moved []Moved // records that have changed since, and are left out
	Open  int32   // records that the person has not named, and that are planned again
}

// NothingToTakeOver is the answer to a word that names places where the plan finds
// nothing to take over. Places are those where it does.
type NothingToTakeOver struct{ Named, Places []string }

// Error returns the text.
func (n NothingToTakeOver) Error() string {
	return fmt.Sprintf("the plan takes nothing over at %s; it does at %s",
		strings.Join(n.Named, ", "), cmp.Or(strings.Join(n.Places, ", "), "no place"))
}

// takeOver has what is found at other places than those named stay made by whoever
// made it.
func takeOver(ctx context.Context, q *store.Queries, run uuid.UUID, named []string) error {
	found, err := q.TakeOvers(ctx, run)
	if err != nil {
		return fmt.Errorf("look what the plan takes over: %w", err)
	}
	var places []string
	for _, f := range found {
		places = append(places, f.System+"/"+f.Place)
	}
	places = slices.Compact(places)
	wrong := slices.DeleteFunc(slices.Clone(named), func(n string) bool { return slices.Contains(places, n) })
	if len(wrong) > 0 {
		return NothingToTakeOver{Named: wrong, Places: places}
	}
	if err := q.KeepApart(ctx, run, append([]string{}, named...)); err != nil {
		return fmt.Errorf("note what is not taken over: %w", err)
	}
	return nil
}

// Approve has the plan of a run that was not applied begin to be applied, in the
// transaction tx: a plan that was asked for, or one that a limit stopped. It
// returns PlanMismatch, OtherApplying, NotPlanned, NothingToTakeOver, or *PlanStale when
// a record is not as the plan believed, and then nothing will be applied. With SkipStale
// the rest is.
func (a *Applier) Approve(ctx context.Context, tx pgx.Tx, run uuid.UUID, by Approval, word Word) (Approved, error) {
	var is Approved
	q := store.New(tx)
	if err := q.LockApprovals(ctx); err != nil {
		return is, fmt.Errorf("wait for other approvals: %w", err)
	}
	hash, err := a.hash(ctx, q, run)
	if err != nil {
		return is, err
	}
	if !hmac.Equal([]byte(hash), []byte(word.Hash)) {
		return is, PlanMismatch{}
	}
	others, err := q.OthersApplying(ctx, run, by.Kinds)
	if err != nil {
		return is, fmt.Errorf("look for plans that are being applied: %w", err)
	}
	if len(others) > 0 {
		return is, OtherApplying{others[0]}
	}
	if word.Only != nil {
		if by.Open, err = a.narrow(ctx, q, run, *word.Only); err != nil {
			return is, err
		}
	}
	if is.Moved, err = a.premises(ctx, q, run, word.SkipStale); err != nil {
		return is, err
	}
	if word.TakeOver != nil {
		if err := takeOver(ctx, q, run, *word.TakeOver); err != nil {
			return is, err
		}
	}
	is.Open = by.Open
	_, err = a.Begin(ctx, q, run, by, Summary{Counters: []byte("[]"), Detail: []byte("{}")})
	return is, err
}

// premises checks all that a plan believed, before any of it is applied. Each
// batch checks its own once more when its turn comes.
func (a *Applier) premises(ctx context.Context, q *store.Queries, run uuid.UUID, skipStale bool) ([]Moved, error) {
	var moved []Moved
	fresh := true
	batch, err := q.NextBatch(ctx, run, 0)
	for ; err == nil && batch != 0; batch, err = q.NextBatch(ctx, run, batch) {
		s, err := stale(ctx, q, run, batch)
		if err != nil {
			return nil, err
		}
		if err := s.notRepeated(ctx, q, run, batch); err != nil {
			return nil, err
		}
		if skipStale {
			if err := s.leave(ctx, q, run, batch); err != nil {
				return nil, err
			}
		}
		fresh = fresh && s.empty()
		moved = append(moved, s.moved...)
	}
	if err != nil {
		return nil, fmt.Errorf("find the batches of the plan: %w", err)
	}
	if !fresh && !skipStale {
		return nil, &PlanStale{Moved: moved}
	}
	return moved, nil
}

// PlanHash returns the hash of a run's plan: of system, place, scope, kind,
// key, operation, fields and values; of no generated id and no time.
func (a *Applier) PlanHash(ctx context.Context, run uuid.UUID) (string, error) {
	return a.hash(ctx, a.Store.Queries, run)
}

func (a *Applier) hash(ctx context.Context, q *store.Queries, run uuid.UUID) (string, error) {
	rows, err := q.PlanRowsForHash(ctx, run)
	if err != nil {
		return "", fmt.Errorf("read the plan: %w", err)
	}
	mac := hmac.New(sha256.New, a.DigestKey)
	for _, r := range rows {
		change, err := record.DecodeChange(r.Fields)
		if err != nil {
			return "", fmt.Errorf("read the plan: %w", err)
		}
		line, err := json.Marshal([]any{r.System, r.Place, r.Scope, r.Kind, r.Key, r.Op, change})
		if err != nil {
			return "", fmt.Errorf("read the plan: %w", err)
		}
		mac.Write(line)
	}
	return hex.EncodeToString(mac.Sum(nil)), nil
}
