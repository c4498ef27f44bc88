package chaos

import (
	"fmt"
	"slices"
	"strings"
)

// Verb is what an Op does.
type Verb string

// The verbs. Who and Other are persons by number, At is a system by number: 0
// the source, from 1 on the targets.
const (
	Join       Verb = "Join"       // Who comes to the source; one who has left returns, How "same id" or "new id"
	Edit       Verb = "Edit"       // Field of Who's record At becomes a value that nobody has
	Clear      Verb = "Clear"      // Field of Who's record At is emptied
	Swap       Verb = "Swap"       // Who and Other exchange their mail addresses At
	Rename     Verb = "Rename"     // Who's code changes at the source: How "case" or "value"
	Leave      Verb = "Leave"      // Who leaves the source: How "said" or "silent"
	OptOut     Verb = "OptOut"     // Who opts out At
	OptIn      Verb = "OptIn"      // Who, who has opted out, opts in again At
	HandMade   Verb = "HandMade"   // somebody makes a record At for Who, who has none there; also before Who has joined
	Twin       Verb = "Twin"       // somebody makes a second record At for Who
	HandDelete Verb = "HandDelete" // somebody deletes Who's record At
	Merge      Verb = "Merge"      // Who's record At is merged into Other's: How "list", "get" or "both" says so
	MergeTwin  Verb = "MergeTwin"  // Who's record At is merged into the hand-made one with the same key
	Short      Verb = "Short"      // the next N readings At lack Who and Other: How "whole" or "cut" is what they claim to be
	Broken     Verb = "Broken"     // the next N readings At break off after a page
	Fail       Verb = "Fail"       // the next N calls of How At fail before they have an effect
	Lose       Verb = "Lose"       // the answers of the next N calls of How At are lost
	Crash      Verb = "Crash"      // the process dies before the record of the next write At; How "go on" or "give up"
	Halt       Verb = "Halt"       // the process dies between two batches of the next Apply; How "go on", "give up", or "later": other runs come first
	Run        Verb = "Run"        // a run of everything; How "out" reads the source alone, "in" writes nothing
	RunKeys    Verb = "RunKeys"    // a run for Who and Other alone
	Begin      Verb = "Begin"      // a run begins and rests after How "read" or "plan"
	Finish     Verb = "Finish"     // the run that rests goes on
	Plan       Verb = "Plan"       // a run that only plans; its plan is kept
	Approve    Verb = "Approve"    // somebody looks at the oldest plan kept, and approves it: How "part" only for Who and Other
	Resolve    Verb = "Resolve"    // somebody settles the oldest open conflict: How "ours", "theirs" or "another"
	Pause      Verb = "Pause"      // nothing of Who is to be written At
	Resume     Verb = "Resume"     // what is paused is written again
	Retry      Verb = "Retry"      // what was refused of Who is tried again
	Keep       Verb = "Keep"       // Who, who is leaving, is kept
	LetGo      Verb = "LetGo"      // Who, who is leaving, is let go
	Pass       Verb = "Pass"       // N hours go by
)

// Op is one thing that happens.
type Op struct {
	Do         Verb
	At         int
	Who, Other int
	Field      string
	How        string
	N          int
}

// String returns the Op as Go code.
func (o Op) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "{Do: %s", o.Do)
	for _, p := range []struct {
		name string
		n    int
	}{{"At", o.At}, {"Who", o.Who}, {"Other", o.Other}} {
		if p.n != 0 {
			fmt.Fprintf(&b, ", %s: %d", p.name, p.n)
		}
	}
	if o.Field != "" {
		fmt.Fprintf(&b, ", Field: %q", o.Field)
	}
	if o.How != "" {
		fmt.Fprintf(&b, ", How: %q", o.How)
	}
	if o.N != 0 {
		fmt.Fprintf(&b, ", N: %d", o.N)
	}
	return b.String() + "}"
}

// off reports whether an Op is turned off in a cast: by its verb, by verb and
// How, or by the verb and "Since" where a target lists what has changed since.
func (o Op) off(c Cast, off map[string]bool) bool {
	since := slices.ContainsFunc(c.Targets, func(a At) bool { return a.Since })
	return off[string(o.Do)] || off[string(o.Do)+" "+o.How] || since && off[string(o.Do)+" Since"]
}

// Story is a cast and what happens.
type Story struct {
	Cast Cast
	Ops  []Op
}

// String returns the Story as Go code.
func (s Story) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Story{\n\tCast: %s,\n\tOps: []Op{\n", s.Cast)
	for _, o := range s.Ops {
		fmt.Fprintf(&b, "\t\t%s,\n", o)
	}
	return b.String() + "\t},\n}"
}
