package resource

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
)

// Keyset pages a listing by ids that are numbers and only rise: each page begins after
// the last id of the one before, so that none is passed over, whatever comes and goes
// meanwhile. How many records there are in all is what was seen and what the system
// says is left.
type Keyset[W any] struct {
	Resource *Resource[W]
	// Fetch returns the first records above an id, by their ids, and how many there are
	// above it.
	Fetch func(ctx context.Context, op string, after int) (records map[int]json.RawMessage, left int, err error)
}

// Page is the call of the resource.
func (k Keyset[W]) Page(ctx context.Context, at connector.Cursor) (Rows, error) {
	const op = "list"
	m, ok := ReadMarks(at, "after", "seen")
	after, seen := int(m["after"]), int(m["seen"])
	if !ok || at != "" && (after == 0 || seen == 0) {
		return Rows{}, k.Resource.Fault(connector.Drifted, op, "a cursor that is not ours", "")
	}
	found, left, err := k.Fetch(ctx, op, after)
	if err != nil {
		return Rows{}, err
	}
	rows := Rows{Evidence: connector.Evidence{
		SignedIn: true, Filters: true, End: len(found) >= left, Stated: true, Count: seen + max(left, len(found)),
	}}
	last := after
	for _, id := range slices.Sorted(maps.Keys(found)) {
		if id <= after {
			rows.Evidence.Contradiction = "records were shown that were filtered out"
		}
		rows.Records, last = append(rows.Records, found[id]), id
	}
	switch {
	case rows.Evidence.End, rows.Evidence.Contradiction != "":
	case len(found) == 0:
		return Rows{}, k.Resource.Fault(connector.Drifted, op, "an empty page before the end", "")
	default:
		rows.Next = Marks{"after": int64(last), "seen": int64(seen + len(found))}.Cursor()
	}
	return rows, nil
}
