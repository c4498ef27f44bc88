package resource

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Columns are the custom fields that an operator has made at a system for what it
// does not know by itself, by their names there. Systems drop a value for one that is
// not there without a word, so that it is asked for before anything is written.
type Columns map[string]Column

// Column is one custom field.
type Column struct {
	Field record.Field // what it holds
	// Types are the system's types that can carry it; nil: any can.
	Types []string
	// Optional: the connector does without it.
	Optional bool
}

// Lack is what a system lacks of its columns, each sorted.
type Lack struct{ Missing, Unfit []string }

// Lack compares with the columns that a system has: their types by name.
func (c Columns) Lack(has map[string]string) Lack {
	var l Lack
	for _, name := range slices.Sorted(maps.Keys(c)) {
		switch t, there := has[name]; {
		case !there && !c[name].Optional:
			l.Missing = append(l.Missing, name)
		case there && c[name].Types != nil && !slices.Contains(c[name].Types, t):
			l.Unfit = append(l.Unfit, name)
		}
	}
	return l
}

// Why says what is to be made or changed at the system, "" where nothing is lacking.
// The names are those of columns, not of persons.
func (c Columns) Why(l Lack) string {
	var parts []string
	if len(l.Missing) > 0 {
		parts = append(parts, "there is no field "+strings.Join(l.Missing, ", "))
	}
	if len(l.Unfit) > 0 {
		fits := make([]string, len(l.Unfit))
		for i, name := range l.Unfit {
			fits[i] = name + " (must be " + strings.Join(c[name].Types, " or ") + ")"
		}
		parts = append(parts, "of an unfit type: "+strings.Join(fits, ", "))
	}
	return strings.Join(parts, "; ")
}

// Lost returns the field of a column that was sent with a value and that an answer does
// not have at all: the system passes over it, since it is there no more. "" is none.
func (c Columns) Lost(sent, got Named) record.Field {
	var lost []record.Field
	for name, v := range sent {
		if got != nil && v.Set && v.Text != "" && got[name] == nil {
			lost = append(lost, c[name].Field)
		}
	}
	if len(lost) == 0 {
		return ""
	}
	return slices.Min(lost)
}

// Lost is Drifted where an answer does not have a column at all that was sent with a value.
func (r *Resource[W]) Lost(op string, sent, got Named) error {
	if f := r.Columns.Lost(sent, got); f != "" {
		return r.Fault(connector.Drifted, op, "there is no field for it any more", f)
	}
	return nil
}

// CheckColumns asks the system for its custom fields. Drifted names each one that is
// missing or cannot carry what it is for.
func (r *Resource[W]) CheckColumns(ctx context.Context) error {
	const op = "check"
	has, err := r.Calls.Columns(ctx, op)
	if err != nil {
		return err
	}
	if why := r.Columns.Why(r.Columns.Lack(has)); why != "" {
		return r.Fault(connector.Drifted, op, why, "")
	}
	return nil
}
