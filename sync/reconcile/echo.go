package reconcile

import (
	"encoding/json"
	"maps"

	"github.com/touchline-sync/touchline/sync/record"
)

// Echo holds, by field, the value of our last write to a record, so that
// reading it back, or reading once more what stood there before it, is not
// taken for somebody's edit. A listing may be old by one reading, and a write
// whose answer was lost may have arrived.
type Echo map[record.Field]Echoed

// Echoed is the echo of one field.
type Echoed struct {
	// Over is the value that we wrote over. Seen again it is held to be an old
	// reading, once.
	Over *string `json:"over,omitempty"`
	// Sent is a value that we may have written without learning of it.
	Sent *string `json:"sent,omitempty"`
}

// DecodeEcho reads what Encode has written; it is never nil.
func DecodeEcho(b []byte) Echo {
	out := Echo{}
	_ = json.Unmarshal(b, &out)
	return out
}

// Encode writes the echo as JSON.
func (e Echo) Encode() []byte {
	if len(e) == 0 {
		return []byte("{}")
	}
	b, _ := json.Marshal(e)
	return b
}

// Send notes what is about to be written.
func (e Echo) Send(set record.Fields) {
	for f, v := range set {
		was := e[f]
		if was.Sent = &v; was.Over != nil && *was.Over == v {
			was.Over = nil // seen again it may be new
		}
		e[f] = was
	}
}

// Wrote notes what was written over: set is what was written, before what stood
// there.
func (e Echo) Wrote(set, before record.Fields) {
	for f := range set {
		delete(e, f)
		if v, ok := before[f]; ok {
			e[f] = Echoed{Over: &v}
		}
	}
}

// Sent returns the values that may be ours.
func (e Echo) Sent() record.Fields {
	out := record.Fields{}
	for f, v := range e {
		if v.Sent != nil {
			out[f] = *v.Sent
		}
	}
	return out
}

// Believe takes out of a reading what seems to be old, and forgets what the
// reading has answered. known is what the record was last known to hold; idle
// says that nothing is pending there, before that the reading began before our
// last write: what it shows of a field that we have written is old, whatever we
// have written in between. It reports whether a field was taken out of the
// reading, and whether the echo has changed.
func (e Echo) Believe(reading, known record.Fields, idle, before bool) (doubt, changed bool) {
	for f, t := range e {
		v, ok := reading[f]
		if !ok || v == known[f] {
			continue
		}
		if before && t.Over != nil {
			delete(reading, f)
			doubt = true
			continue
		}
		changed = true
		if t.Over != nil && idle && v == *t.Over {
			delete(reading, f)
			doubt = true
		} else if t.Sent != nil && v != *t.Sent {
			t.Sent = nil
		}
		t.Over = nil
		if t == (Echoed{}) {
			delete(e, f)
		} else {
			e[f] = t
		}
	}
	return doubt, changed
}

// Clone returns a copy that shares nothing with e; it is never nil.
func (e Echo) Clone() Echo {
	out := make(Echo, len(e))
	maps.Copy(out, e)
	return out
}
