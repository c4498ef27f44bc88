package organiser

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed persons.sql
var personsSQL string

//go:embed events.sql
var eventsSQL string

// Least is the smallest number of persons that a day can be played with.
const Least = 120

// Mark stands in each value that never leaves EMS: the number of an identity document,
// the name and the number of an emergency contact. EMS has no column for what is medical.
const Mark = "MARKED"

// Fill fills EMS with persons, 3 events, 12 races, 30 start groups, five participants
// for every four persons and a tag for each participant. EMS must be new: events and
// races get the ids that Links names. The same seed invents the same people.
func Fill(ctx context.Context, db *pgxpool.Pool, persons int, seed int64) error {
	if _, err := db.Exec(ctx, personsSQL, persons, fmt.Sprint(seed)); err != nil {
		return fmt.Errorf("fill EMS with persons: %w", err)
	}
	if _, err := db.Exec(ctx, eventsSQL, fmt.Sprint(seed)); err != nil {
		return fmt.Errorf("fill EMS with events: %w", err)
	}
	return nil
}
