package chaos

import (
	"fmt"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// person is what people have done with one person's records.
type person struct {
	n     int
	codes []string // all they ever had, the last is today's
	read  string   // the code that the last clean run has read
	id    record.ExternalID
	ids   int
	here  bool // at the source
	left  bool // has ever left
	seen  bool // a clean run has seen them at the source

	out   bool // has opted out, and not in again
	again bool // has opted in after an opt-out
	known bool // a clean run has read that they have opted out

	kept   bool          // somebody has said that they stay, though they are leaving
	paused record.System // where nothing is to be written of their record; "" is nowhere

	last map[record.Field]edit // the last edit of each field that is owed
	at   map[record.System]*presence
}

// edit is an edit of a person. What tells that it has lost has come after it.
type edit struct {
	sys   record.System
	value string
	after time.Time
}

// presence is what people have done with a person's records at one system.
type presence struct {
	made    map[record.ExternalID]bool // by hand; true: before the first run there
	deleted bool                       // somebody has deleted a record of theirs
	tried   bool                       // a create of ours has failed, and nothing says that it had no effect
	merged  int                        // into whose record theirs was merged; -1 nobody's
	joined  bool                       // somebody has merged a record of theirs into another's, ever
	settled bool                       // a clean run has left the record in step
}

func newPerson(n int) *person {
	return &person{
		n: n, codes: []string{fmt.Sprintf("p%d", n)}, last: map[record.Field]edit{}, at: map[record.System]*presence{},
	}
}

func (p *person) code() string { return p.codes[len(p.codes)-1] }

// keys are all natural keys that the person ever had.
func (p *person) keys() []string {
	out := make([]string, len(p.codes))
	for i, c := range p.codes {
		out[i] = canonical(c)
	}
	return out
}

func (p *person) with(sys record.System) *presence {
	if p.at[sys] == nil {
		p.at[sys] = &presence{made: map[record.ExternalID]bool{}, merged: -1}
	}
	return p.at[sys]
}

// owes notes an edit that must be held or told.
func (p *person) owes(sys record.System, f record.Field, value string) {
	p.last[f] = edit{sys: sys, value: value}
}

// forgets drops the edits that were made at a record that is not there any more.
func (p *person) forgets(sys record.System) {
	for f, e := range p.last {
		if e.sys == sys {
			delete(p.last, f)
		}
	}
	p.with(sys).settled = false
}

// fresh is the person as the source first shows them.
func (p *person) fresh() record.Fields {
	return record.Fields{
		code: p.code(), name: fmt.Sprintf("Name %d", p.n), mail: fmt.Sprintf("p%d@example.org", p.n),
		phone: fmt.Sprintf("+3161000000%d", p.n), consent: optedIn,
	}
}
