package permit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Owners tells whose records with some remote ids are: the keys of their entities.
type Owners interface {
	KeyByID(ctx context.Context, system, kind string, ids []string) (map[string]string, error)
}

// NotOthers makes of a search for an entity that needs a person one that has found
// nothing, where all that may be what was sought are records of other entities of ours:
// father and son with one name and one address are two people as soon as one of them is
// known there.
func NotOthers(ctx context.Context, o Owners, e record.Entity, err error) error {
	failure, ok := errors.AsType[*connector.Error](err)
	if !ok || len(failure.Maybe) == 0 {
		return err
	}
	ids := make([]string, len(failure.Maybe))
	for i, id := range failure.Maybe {
		ids[i] = string(id)
	}
	keys, err := o.KeyByID(ctx, string(failure.System), string(e.Kind), ids)
	if err != nil {
		return fmt.Errorf("look whose the records are that may be it: %w", err)
	}
	if slices.ContainsFunc(ids, func(id string) bool { return keys[id] == "" || keys[id] == e.Key }) {
		return failure
	}
	return &connector.Error{Class: connector.NotFound, System: failure.System, Op: failure.Op, Why: "all that may be it are others"}
}
