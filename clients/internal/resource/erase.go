package resource

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// erase removes a record for good. One that is not there is gone, unless it was merged:
// what is left of the merge is erased in its place. One that cannot be read, or shows whose
// it is otherwise than is believed, is for a person to look at.
func (r *Resource[W]) erase(ctx context.Context, id record.ExternalID, key record.Fields) error {
	const op = "erase"
	if !r.possible(id) {
		return nil
	}
	err := r.eraseOne(ctx, op, id, "the record shows the id of another person by now", func(have record.Fields) bool {
		return r.Another == nil || !r.Another(connector.Patch{Key: key}, have)
	})
	if r.Merges && len(key) > 0 && connector.ClassOf(err) == connector.NotFound {
		err = r.successor(ctx, op, id, connector.Patch{Key: key}, err)
	}
	if left := successorOf(err); left != "" {
		err = r.eraseOne(ctx, op, left, "what it was merged into does not show the person's id", func(have record.Fields) bool {
			return carries(have, key)
		})
		if successorOf(err) != "" {
			return r.Fault(connector.Transient, op, "merged again meanwhile", "")
		}
	}
	if connector.ClassOf(err) == connector.NotFound {
		return nil
	}
	return err
}

// eraseOne removes a record whose fields show that it is the one that is meant; else it
// says why a person must look.
func (r *Resource[W]) eraseOne(ctx context.Context, op string, id record.ExternalID, why string, meant func(record.Fields) bool) error {
	return r.Calls.Erase(ctx, op, id, func(raw json.RawMessage) error {
		item, _, err := r.decoded(op, raw)
		if other := r.answered(op, id, item.ID); other != nil {
			return other
		}
		if item.Fields == nil {
			return err
		}
		if !meant(item.Fields) {
			return r.Fault(connector.Rejected, op, why+": look there whose it is", "")
		}
		return nil
	})
}

// successorOf is the record into which one that is not there was merged, if it was.
func successorOf(err error) record.ExternalID {
	if e, ok := errors.AsType[*connector.Error](err); ok && e.Class == connector.NotFound {
		return e.Successor
	}
	return ""
}

// carries reports whether a record shows the whole of a key.
func carries(have, key record.Fields) bool {
	for f, v := range key {
		if v == "" || have[f] != v {
			return false
		}
	}
	return len(key) > 0
}

// deleteMine erases a record of which nothing is left once it is deleted.
func (r *Resource[W]) deleteMine(ctx context.Context, op string, id record.ExternalID, mine func(json.RawMessage) error) error {
	raw, err := r.Calls.Get(ctx, op, id)
	if err == nil {
		err = mine(raw)
	}
	if err != nil {
		return err
	}
	return r.Calls.Delete(ctx, op, id)
}
