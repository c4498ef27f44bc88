package record

import (
	"encoding/json"
	"strconv"
	"time"
)

// Origin says from whom a value is, and when it was seen.
type Origin struct {
	System System
	At     time.Time
	// Turns counts how often the value has gone from one system to another since
	// Turning.
	Turns   int
	Turning time.Time
}

// DecodeProvenance reads by field from whom a value is, as it is stored: {field: [system,
// time]}, and [system, time, turns, time of the first] of one that has gone from one
// system to another of late.
func DecodeProvenance(b []byte) map[Field]Origin {
	out := map[Field]Origin{}
	raw := map[Field][4]string{}
	_ = json.Unmarshal(b, &raw)
	for f, v := range raw {
		at, _ := time.Parse(time.RFC3339, v[1])
		turns, _ := strconv.Atoi(v[2])
		turning, _ := time.Parse(time.RFC3339, v[3])
		out[f] = Origin{System: System(v[0]), At: at, Turns: turns, Turning: turning}
	}
	return out
}

// EncodeProvenance is the form that DecodeProvenance reads.
func EncodeProvenance(m map[Field]Origin) []byte {
	raw := make(map[Field][]string, len(m))
	for f, o := range m {
		raw[f] = []string{string(o.System), o.At.UTC().Format(time.RFC3339)}
		if o.Turns > 0 {
			raw[f] = append(raw[f], strconv.Itoa(o.Turns), o.Turning.UTC().Format(time.RFC3339))
		}
	}
	b, _ := json.Marshal(raw)
	return b
}
