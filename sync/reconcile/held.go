package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// Held are the fields of a remote record whose values the system refuses. Such a
// field takes no part in what the record is told as long as its value is the same.
type Held map[record.Field]Hold

// Hold is why a field is held. Digest tells its value from others.
type Hold struct{ Reason, Digest string }

// DecodeHeld reads what Encode has written; it is never nil.
func DecodeHeld(b []byte) Held {
	raw := map[record.Field][2]string{}
	_ = json.Unmarshal(b, &raw)
	out := make(Held, len(raw))
	for f, v := range raw {
		out[f] = Hold{v[0], v[1]}
	}
	return out
}

// Encode writes the fields as JSON: {field: [reason, digest]}.
func (h Held) Encode() []byte {
	raw := make(map[record.Field][2]string, len(h))
	for f, v := range h {
		raw[f] = [2]string{v.Reason, v.Digest}
	}
	b, _ := json.Marshal(raw)
	return b
}

// Holds reports whether the value of a field is the one that was refused.
func (h Held) Holds(f record.Field, value string) bool {
	hold, ok := h[f]
	return ok && hold.Digest == digestOf(value)
}

// Hold returns the fields with one more. The reason names no value.
func (h Held) Hold(f record.Field, value, reason string) Held {
	out := make(Held, len(h)+1)
	for g, v := range h {
		out[g] = v
	}
	out[f] = Hold{reason, digestOf(value)}
	return out
}

// Still returns the fields whose refused values are still those of the hub and do
// not stand at the record.
func (h Held) Still(hub, remote record.Fields) Held {
	out := Held{}
	for f, v := range h {
		if at, seen := remote[f]; h.Holds(f, hub[f]) && (!seen || at != hub[f]) {
			out[f] = v
		}
	}
	return out
}

func digestOf(value string) string {
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:record.DigestSize])
}

// News reports whether a field is held that was not held before with this value, and
// why the first of them is.
func (h Held) News(before Held) (why string, news bool) {
	for _, f := range slices.Sorted(maps.Keys(h)) {
		if before[f].Digest != h[f].Digest {
			return h[f].Reason, true
		}
	}
	return "", false
}
