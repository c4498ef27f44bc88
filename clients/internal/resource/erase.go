package resource

import (
	"context"
	"encoding/json"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// erase removes a record for good. One that is not there is gone; one that cannot be read,
// or shows whose it is otherwise than is believed, is for a person to look at.
func (r *Resource[W]) erase(ctx context.Context, id record.ExternalID, key record.Fields) error {
	const op = "erase"
	if !r.possible(id) {
		return nil
	}
	err := r.Calls.Erase(ctx, op, id, func(raw json.RawMessage) error {
		item, _, err := r.decoded(op, raw)
		if other := r.answered(op, id, item.ID); other != nil {
			return other
		}
		if item.Fields == nil {
			return err
		}
		if r.Another != nil && r.Another(connector.Patch{Key: key}, item.Fields) {
			return r.Fault(connector.Rejected, op, "the record shows the id of another person by now: look there whose it is", "")
		}
		return nil
	})
	if connector.ClassOf(err) == connector.NotFound {
		return nil
	}
	return err
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
