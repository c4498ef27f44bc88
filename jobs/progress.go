package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/store"
)

// showProgress takes what a step that is under way has counted from its last event: the
// step itself is stored when a slice of it ends.
func showProgress(ctx context.Context, q *store.Queries, rows []store.RunStep, steps []Step) error {
	for i, row := range rows {
		if StepState(row.State) != StepRunning {
			continue
		}
		body, err := q.LastStepEvent(ctx, row.Run, &row.ID)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		var last Event
		if err == nil {
			err = json.Unmarshal(body, &last)
		}
		if err != nil {
			return fmt.Errorf("how far a step is: %w", err)
		}
		if last.Step != nil {
			steps[i].Counters = last.Step.Counters
		}
	}
	return nil
}
