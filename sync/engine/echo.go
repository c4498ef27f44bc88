package engine

import (
	"encoding/json"

	"github.com/touchline-sync/touchline/sync/record"
)

// echo is what a record was told last, by field. A listing may be old by one
// reading, and a write whose answer was lost may have arrived: neither is an
// edit of somebody's.
type echo map[record.Field]echoed

type echoed struct {
	// Over is the value that we wrote over. Seen again it is held to be an old
	// reading, once.
	Over *string `json:"over,omitempty"`
	// Sent is a value that we may have written without learning of it.
	Sent *string `json:"sent,omitempty"`
}

func decodeEcho(b []byte) echo {
	out := echo{}
	_ = json.Unmarshal(b, &out)
	return out
}

func (t echo) encode() []byte {
	if len(t) == 0 {
		return []byte("{}")
	}
	b, _ := json.Marshal(t)
	return b
}

// send notes what is about to be written.
func (t echo) send(set record.Fields) {
	for f, v := range set {
		was := t[f]
		if was.Sent = &v; was.Over != nil && *was.Over == v {
			was.Over = nil // seen again it may be new
		}
		t[f] = was
	}
}

// wrote notes what was written over.
func (t echo) wrote(set, before record.Fields) {
	for f := range set {
		delete(t, f)
		if v, ok := before[f]; ok {
			t[f] = echoed{Over: &v}
		}
	}
}

// sent are the values that may be ours.
func (t echo) sent() record.Fields {
	out := record.Fields{}
	for f, v := range t {
		if v.Sent != nil {
			out[f] = *v.Sent
		}
	}
	return out
}

// believe takes out of a reading what seems to be old, and forgets what the
// reading has answered. It reports whether something was taken out.
func (r *syncRecord) believe(fields record.Fields) (doubt bool) {
	settled := r.row.DesiredVersion == r.row.AppliedVersion
	for f, t := range r.echo {
		v, ok := fields[f]
		if !ok || v == r.remote[f] {
			continue
		}
		r.dirty = true
		if t.Over != nil && settled && v == *t.Over {
			delete(fields, f)
			doubt = true
		} else if t.Sent != nil && v != *t.Sent {
			t.Sent = nil
		}
		t.Over = nil
		if t == (echoed{}) {
			delete(r.echo, f)
		} else {
			r.echo[f] = t
		}
	}
	return doubt
}
