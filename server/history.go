package server

import (
	"fmt"
	"math"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/store"
)

// historyOf shows the history of an entity. The ids of writes and of decisions are
// told apart by a letter.
func historyOf(e store.Entity, rows []store.ListHistoryRow, show shower) ([]*touchlinev1.Change, error) {
	plan := make([]store.PlanRow, len(rows))
	for i, r := range rows {
		plan[i] = store.PlanRow{
			ID: r.ID, Run: r.Run, Kind: e.Kind, Key: e.Key, Entity: r.Entity, System: r.System, Place: r.Place, Scope: r.Scope,
			Op: r.Op, Fields: r.Fields, Reason: r.Reason, Actor: r.Actor, State: r.State, PlannedOn: r.At, DoneOn: r.DoneOn, Error: r.Error,
		}
	}
	out, err := changesOf(plan, show)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		if r.Written {
			out[i].Id = "w" + out[i].GetId()
		}
	}
	return out, nil
}

// historyRow is where the page after a row begins.
func historyRow(r store.ListHistoryRow) []byte {
	return fmt.Appendf(nil, "%d %t %d", r.At.UnixMicro(), r.Written, r.ID)
}

// historyAfter is the other way; no row is the newest.
func historyAfter(row []byte) (store.ListHistoryParams, error) {
	p := store.ListHistoryParams{Before: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), BeforeWritten: true, BeforeID: math.MaxInt64}
	if len(row) == 0 {
		return p, nil
	}
	var micro int64
	if _, err := fmt.Sscanf(string(row), "%d %t %d", &micro, &p.BeforeWritten, &p.BeforeID); err != nil {
		return p, badPage()
	}
	p.Before = time.UnixMicro(micro)
	return p, nil
}
