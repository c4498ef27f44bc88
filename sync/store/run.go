package store

import (
	"time"

	"github.com/google/uuid"
)

// Began returns when a run began, as its id says; the zero time when it says
// nothing.
func Began(run uuid.UUID) time.Time {
	if run.Version() != 7 {
		return time.Time{}
	}
	sec, nsec := run.Time().UnixTime()
	return time.Unix(sec, nsec)
}
