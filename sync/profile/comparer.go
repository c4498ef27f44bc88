package profile

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// Comparer takes a reading in as it streams by, in any order, each record once,
// by Same, Pair or Add. It makes the profile of the reading and finds in what
// the reading is not like what is known. Its memory does not grow with the
// number of records. It is used by one goroutine.
type Comparer struct {
	subject Subject
	set     Settings
	digest  Digest
	state   *State
	fields  []*fieldState // beside subject.Fields
}

// State is what a Comparer has taken in. It is kept, as JSON, between the
// slices of a reading that is done in several, and is then some hundred bytes
// up to half a megabyte a field. Like a profile it holds digests and no values.
// What it has inside is the Comparer's own.
type State struct {
	Rows     int64                        `json:"rows"`
	Pairs    int64                        `json:"pairs"`
	Keys     map[string]int64             `json:"keys,omitempty"`
	Fields   map[record.Field]*fieldState `json:"fields,omitempty"`
	Identity identityState                `json:"identity,omitzero"`
}

// fieldState is what was seen of one field. Only Added is of records that are
// new, or of which the field was not known.
type fieldState struct {
	Same  column `json:"same,omitzero"` // stands as it stood
	Was   column `json:"was,omitzero"`  // what stood where it differs or is not shown
	Is    column `json:"is,omitzero"`   // what stands where it differs
	Added column `json:"added,omitzero"`
	// Emptied are the first records that show the field as empty.
	Emptied []uint64 `json:"emptied,omitempty"`
	// Sum stands for which records differ and what they show.
	Sum uint64 `json:"sum,omitempty"`
	// Came has what is known of a value where it took the place of others.
	Came map[uint64]came `json:"came,omitempty"`
}

type came struct {
	N     int64    `json:"n"`               // records that had another value
	Empty int64    `json:"empty,omitempty"` // records that had none
	From  []uint64 `json:"from,omitempty"`  // up to three of the others
	Loose int64    `json:"loose,omitempty"` // records that had a stricter consent
	Sum   uint64   `json:"sum"`             // stands for the records
}

const (
	maxCame = 512 // values of which is known what they took the place of
	few     = 3   // values from which a field is no choice between a few
)

// NewComparer begins a reading, or goes on with one whose state is given.
// state is nil at the beginning. The settings and the digest must be those
// that the reading began with.
func NewComparer(subject Subject, set Settings, digest Digest, state *State) *Comparer {
	if state == nil {
		state = &State{}
	}
	if state.Keys == nil {
		state.Keys = map[string]int64{}
	}
	if state.Fields == nil {
		state.Fields = map[record.Field]*fieldState{}
	}
	c := &Comparer{subject: subject, set: set, digest: digest, state: state}
	for _, f := range subject.Fields {
		if state.Fields[f] == nil {
			state.Fields[f] = &fieldState{}
		}
		c.fields = append(c.fields, state.Fields[f])
	}
	return c
}

// State returns what was taken in, to be kept until the reading goes on. It is
// valid until the next call of Same, Pair or Add.
func (c *Comparer) State() *State { return c.state }

// Add takes in a record that is not compared: it is new, or nothing of it is
// known. keys are the keys on the wire, each once; nil when the connector shows
// none.
func (c *Comparer) Add(now record.Fields, keys []string) {
	c.row(keys)
	for i, f := range c.subject.Fields {
		if v, ok := now[f]; ok {
			c.fields[i].Added.add(v, c.valueDigest(v))
		}
	}
}

// Same takes in a record that shows what it is known to hold. It is Pair for
// the many records where nothing has changed, and costs less.
func (c *Comparer) Same(now record.Fields, keys []string) {
	c.row(keys)
	c.state.Pairs++
	for i, f := range c.subject.Fields {
		if v, ok := now[f]; ok {
			c.fields[i].Same.add(v, c.valueDigest(v))
		}
	}
}

// Pair takes in a record that is known. good is what the last good reading
// showed of it with what was written there since laid over it, what we put back
// (a repair) and what a person has accepted; now is what it shows. A field that
// is absent from good is not compared. A value that is absent from now is not
// there any more, but is not emptied.
func (c *Comparer) Pair(id record.ExternalID, good, now record.Fields, keys []string) {
	c.row(keys)
	c.state.Pairs++
	var rec uint64 // digest of the id, once it is needed
	for i, f := range c.subject.Fields {
		was, known := good[f]
		is, shown := now[f]
		switch st := c.fields[i]; {
		case !known && !shown:
		case !known:
			st.Added.add(is, c.valueDigest(is))
		case shown && is == was:
			st.Same.add(is, c.valueDigest(is))
		default:
			if rec == 0 {
				rec = idDigest(c.digest, id)
			}
			c.differs(st, rec, was, is, shown, c.subject.stricter(f, is, was))
		}
	}
	if rec != 0 {
		c.state.Identity.take(c.subject.Identity, c.digest, rec, good, now)
	}
}

// differs takes in a field that was known and does not show what it held.
func (c *Comparer) differs(st *fieldState, rec uint64, was, is string, shown, looser bool) {
	from := c.valueDigest(was)
	st.Was.add(was, from)
	if !shown {
		if was != "" {
			st.Sum += mix(rec, 1)
		}
		return
	}
	d := c.valueDigest(is)
	st.Is.add(is, d)
	st.Sum += mix(rec, mix(d, 2))
	if is == "" {
		if int64(len(st.Emptied)) < c.set.NoneLeft {
			st.Emptied = append(st.Emptied, rec)
		}
		return
	}
	if st.Came == nil {
		st.Came = map[uint64]came{}
	}
	at, ok := st.Came[d]
	if !ok && len(st.Came) >= maxCame {
		return
	}
	at.Sum += mix(rec, 4)
	if looser {
		at.Loose++
	}
	switch {
	case was == "":
		at.Empty++
	case len(at.From) < few && !slices.Contains(at.From, from):
		at.From = append(at.From, from)
		fallthrough
	default:
		at.N++
	}
	st.Came[d] = at
}

func (c *Comparer) row(keys []string) {
	c.state.Rows++
	for _, k := range keys {
		// A key that is in every row is in the first one, so the bound loses
		// none of those that matter.
		if _, ok := c.state.Keys[k]; ok || len(c.state.Keys) < maxKeys && len(k) <= maxKeyLength {
			c.state.Keys[k]++
		}
	}
}

func (c *Comparer) valueDigest(v string) uint64 {
	if v == "" {
		return 0
	}
	return c.digest(v)
}

func idDigest(d Digest, id record.ExternalID) uint64 {
	return mix(d(string(id)), 3) | 1 // never 0; not the digest of an equal value
}

// Profile returns the profile of what was taken in so far, of all records.
func (c *Comparer) Profile() Profile {
	p := Profile{Rows: c.state.Rows, Keys: map[string]int64{}, Fields: map[record.Field]*Column{}}
	for k, n := range c.state.Keys {
		p.Keys[k] = n
	}
	for i, f := range c.subject.Fields {
		st := c.fields[i]
		if st.shown() > 0 {
			p.Fields[f] = together(&st.Same, &st.Is, &st.Added).stored()
		}
	}
	return p
}

// shown is the number of rows in which the field is known now.
func (st *fieldState) shown() int64 { return st.Same.Rows + st.Is.Rows + st.Added.Rows }
