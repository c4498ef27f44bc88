package resource

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// PHP is an array of PHP: JSON has it as a list while its keys are 0 to n-1, else as an
// object. Either form may come wherever one stands.
type PHP[T any] map[int]T

// UnmarshalJSON reads both forms. Null is none at all.
func (p *PHP[T]) UnmarshalJSON(b []byte) error {
	*p = nil
	switch b = bytes.TrimSpace(b); {
	case bytes.Equal(b, []byte("null")):
		return nil
	case bytes.HasPrefix(b, []byte("[")):
		var list []T
		if err := json.Unmarshal(b, &list); err != nil {
			return err
		}
		*p = maps.Collect(slices.All(list))
		return nil
	}
	var all map[string]T
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	*p = make(PHP[T], len(all))
	for key, v := range all {
		n, err := strconv.Atoi(key)
		if err != nil {
			return err
		}
		(*p)[n] = v
	}
	return nil
}

// Keys are the keys in their order.
func (p PHP[T]) Keys() []int { return slices.Sorted(maps.Keys(p)) }
