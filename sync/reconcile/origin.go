package reconcile

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// MaxTurns is how often a field may go from one system to another TurnsWithin of the
// first time.
const (
	MaxTurns    = 5
	TurnsWithin = 24 * time.Hour
)

// Origin says from whom a value is, and when it was seen.
type Origin struct {
	System record.System
	At     time.Time
	// Turns counts how often the value has gone from one system to another since
	// Turning.
	Turns   int
	Turning time.Time
}

// Next is the origin of a value that comes from a system now, in place of this one.
// What we ourselves have set starts anew.
func (o Origin) Next(from record.System, now time.Time) Origin {
	next := Origin{System: from, At: now}
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
func HubOf(f record.Fields, from map[record.Field]Origin, now time.Time) Hub {
	hub := Hub{Fields: f, From: make(map[record.Field]record.System, len(from)), Restless: map[record.Field]bool{}}
	for name, o := range from {
		hub.From[name] = o.System
		if o.Turns >= MaxTurns && now.Sub(o.Turning) < TurnsWithin {
			hub.Restless[name] = true
		}
	}
	return hub
}

// DecodeProvenance reads by field from whom a value is, as it is stored: {field: [system,
// time]}, and [system, time, turns, time of the first] of one that has gone from one
// system to another of late.
func DecodeProvenance(b []byte) map[record.Field]Origin {
	out := map[record.Field]Origin{}
	raw := map[record.Field][4]string{}
	_ = json.Unmarshal(b, &raw)
	for f, v := range raw {
		at, _ := time.Parse(time.RFC3339, v[1])
		turns, _ := strconv.Atoi(v[2])
		turning, _ := time.Parse(time.RFC3339, v[3])
		out[f] = Origin{System: record.System(v[0]), At: at, Turns: turns, Turning: turning}
	}
	return out
}

// EncodeProvenance is the form that DecodeProvenance reads.
func EncodeProvenance(m map[record.Field]Origin) []byte {
	raw := make(map[record.Field][]string, len(m))
	for f, o := range m {
		raw[f] = []string{string(o.System), o.At.UTC().Format(time.RFC3339)}
		if o.Turns > 0 {
			raw[f] = append(raw[f], strconv.Itoa(o.Turns), o.Turning.UTC().Format(time.RFC3339))
		}
	}
	b, _ := json.Marshal(raw)
	return b
}
