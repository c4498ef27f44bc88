package reconcile

import (
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// MaxTurns is how often a field may go from one system to another TurnsWithin of the
// first time.
const (
	MaxTurns    = 5
	TurnsWithin = 24 * time.Hour
)

// Next is the origin of a value that comes from a system now, in place of one with the
// origin o. What we ourselves have set starts anew.
func Next(o record.Origin, from record.System, now time.Time) record.Origin {
	next := record.Origin{System: from, At: now}
	if from == record.Hub || o.System == record.Hub || o.System == "" {
		return next
	}
	if o.Turns > 0 && now.Sub(o.Turning) < TurnsWithin {
		next.Turns, next.Turning = o.Turns, o.Turning
	}
	if o.System == from {
		return next
	}
	if next.Turns == 0 {
		next.Turning = now
	}
	next.Turns++
	return next
}

// HubOf is our copy of an entity, whose values are from there.
func HubOf(f record.Fields, from map[record.Field]record.Origin, now time.Time) Hub {
	hub := Hub{Fields: f, From: make(map[record.Field]record.System, len(from)), Restless: map[record.Field]bool{}}
	for name, o := range from {
		hub.From[name] = o.System
		if o.Turns >= MaxTurns && now.Sub(o.Turning) < TurnsWithin {
			hub.Restless[name] = true
		}
	}
	return hub
}
