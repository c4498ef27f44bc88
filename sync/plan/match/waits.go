package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Why a newcomer waits. None of them names a value.
const (
	waitsAny     = "waits"
	waitsFor     = "waits: without "
	waitsSimilar = "waits for a person: somebody of ours who may be the same is not surely so; make the two alike, or the one that is missing"
	waitsSeveral = "waits for a person: several of ours are alike; merge them, or make them differ"
)

// lacks has an item wait for what it lacks. Where that is what it refers to, that one
// waits itself.
func (a *arrivals) lacks(it *draft.Item, missing []record.Field) {
	names := make([]string, len(missing))
	for i, f := range missing {
		names[i] = string(f)
	}
	a.waits(it, waitsFor+strings.Join(names, " and ")+" of "+string(a.page.Kind))
	refs := it.Collection(a.page.Kind).Refs
	if i := slices.IndexFunc(missing, func(f record.Field) bool { return refs[f].Kind == "" }); i >= 0 {
		a.tell(it, missing[i], "")
	}
}

// waits leaves an item aside with a reason; each full reading shows it again.
func (a *arrivals) waits(it *draft.Item, why string) { it.Waits = why }

// tell tells people that nothing tells who an item is, or that something does by now.
func (a *arrivals) tell(it *draft.Item, field record.Field, won record.System) {
	rec := a.Found(it, a.page.Kind)
	before := rec != nil && rec.Old != nil && strings.HasPrefix(rec.Old.Quarantine, waitsAny)
	if won != "" && !before {
		return
	}
	if won == "" && !before {
		a.Out.Counter(record.Hub, "", a.page.Kind).Conflicts++
	}
	a.Out.Conflicts = append(a.Out.Conflicts, draft.Conflict{Conflict: change.Conflict{
		Kind: a.page.Kind, Key: fmt.Sprintf("%s/%s/%s", it.Where.System, it.Where.Place, it.ID), Conflict: reconcile.Conflict{Field: field, System: it.Where.System, WonBy: won, Why: reconcile.Newcomer},
	}})
}
