package chaos

import (
	"math/rand/v2"
	"slices"

	"github.com/touchline-sync/touchline/sync/policy"
)

// Generate makes the story of a seed. Options of the cast and operations that
// are off are drawn and left out, so that a story keeps its shape when one of
// them is turned on again.
func Generate(seed uint64, off map[string]bool) Story {
	g := &generator{rand.New(rand.NewPCG(seed, 6))}
	c := g.cast(off)
	ops := g.ops()
	ways(seed, c, ops, off)
	return Story{Cast: c, Ops: slices.DeleteFunc(ops, func(o Op) bool { return o.off(c, off) })}
}

// ways has some targets make several records in a call. In a third of the stories it makes
// every other run one of two pipelines: one that reads no target, as where each target is
// read once a day, or one that only reads.
func ways(seed uint64, c Cast, ops []Op, off map[string]bool) {
	g := &generator{rand.New(rand.NewPCG(seed, 7))}
	for i := range c.Targets {
		c.Targets[i].Many = g.one(4) && !off["Many"]
	}
	if !g.one(3) {
		return
	}
	for i := range ops {
		if ops[i].Do == Run && g.one(2) {
			ops[i].How = g.pick("out", "out", "in")
		}
	}
}

type generator struct{ *rand.Rand }

// one reports true once in n.
func (g *generator) one(n int) bool { return g.IntN(n) == 0 }

func (g *generator) pick(of ...string) string { return of[g.IntN(len(of))] }

func (g *generator) cast(off map[string]bool) Cast {
	c := Cast{Writable: g.one(2), Stated: g.one(2), Small: g.one(3)}
	for range 1 + []int{0, 0, 0, 1, 1, 2}[g.IntN(6)] {
		a := At{
			Keyed: g.one(4), Unique: g.one(2), NoFind: g.one(8), Stated: g.one(3),
			Leave: []policy.Action{policy.Delete, policy.Delete, policy.SetFields, policy.Detach}[g.IntN(4)],
		}
		a.Since = g.one(3) && a.Keyed
		a.Keyed, a.Unique = a.Keyed && !off["Keyed"], a.Unique && !off["Unique"]
		a.NoFind, a.Since = a.NoFind && !off["NoFind"], a.Since && !off["Since"]
		c.Targets = append(c.Targets, a)
	}
	return c
}

// weights say how often an operation happens. Each seed has weights of its own
// besides, so that stories differ in character.
var weights = []struct {
	do Verb
	n  int
}{
	{Edit, 12},
	{Clear, 4},
	{Swap, 5},
	{Rename, 4},
	{Leave, 6},
	{Join, 6},
	{OptOut, 5},
	{OptIn, 2},
	{HandMade, 5},
	{Twin, 3},
	{HandDelete, 4},
	{Merge, 2},
	{MergeTwin, 2},
	{Short, 3},
	{Broken, 2},
	{Fail, 4},
	{Lose, 4},
	{Crash, 4},
	{Halt, 2},
	{Run, 14},
	{RunKeys, 3},
	{Begin, 4},
	{Finish, 4},
	{Plan, 3},
	{Approve, 3},
	{Resolve, 3},
	{Pause, 2},
	{Resume, 2},
	{Retry, 2},
	{Keep, 3},
	{LetGo, 2},
	{Pass, 4},
}

func (g *generator) ops() (out []Op) {
	for n := range 3 + g.IntN(4) {
		out = append(out, Op{Do: Join, Who: n})
		if g.one(10) {
			out = append(out, g.op(HandMade, len(out)))
		}
	}
	out = append(out, Op{Do: Run})
	mine, sum := make([]int, len(weights)), 0
	for i, w := range weights {
		mine[i] = w.n * []int{0, 1, 1, 2, 4}[g.IntN(5)]
		if w.do == Run {
			mine[i] = w.n
		}
		sum += mine[i]
	}
	for range 4 + g.IntN(10) {
		at := g.IntN(sum)
		for i, w := range weights {
			if at -= mine[i]; at < 0 {
				out = g.scene(w.do, out)
				break
			}
		}
		if g.one(4) {
			out = append(out, Op{Do: Run})
		}
	}
	return out
}

// scene adds an operation and what makes it matter: trouble needs something to
// carry out, and what rests or waits is gone on with after other things.
func (g *generator) scene(do Verb, out []Op) []Op {
	add := func(do Verb) { out = append(out, g.op(do, len(out))) }
	changes := func(n int) {
		for range n {
			add(changing[g.IntN(len(changing))])
		}
	}
	switch do {
	case Short:
		add(do)
		for range out[len(out)-1].N {
			add(Run)
		}
	case Broken, Fail, Lose, Crash, Halt:
		changes(g.IntN(3))
		add(do)
		add(Run)
	case Begin, Plan:
		changes(g.IntN(3))
		add(do)
		changes(1 + g.IntN(2))
		if g.one(2) {
			add(Run)
		}
		if do == Begin {
			add(Finish)
		} else if !g.one(3) {
			add(Approve)
		}
	case Resolve:
		first := g.op(Edit, len(out))
		second := g.op(Edit, len(out)+1)
		first.At, second.Who = 0, first.Who
		first.Field = g.pick("mail", "phone")
		second.Field = first.Field
		out = append(out, first, second)
		add(Run)
		add(do)
	case Keep, LetGo:
		leave := g.op(Leave, len(out))
		out = append(out, leave)
		add(Run)
		o := g.op(do, len(out))
		o.Who = leave.Who
		out = append(out, o)
	case Pause:
		add(do)
		changes(1 + g.IntN(2))
		add(Run)
	default:
		add(do)
	}
	return out
}

// changing are the operations that give a run something to do.
var changing = []Verb{Join, Join, Edit, Edit, Clear, Swap, Rename, Leave, OptOut, HandMade, HandDelete, Twin}

// op fills an operation in. n is its number in the story, for values that nobody
// else has.
func (g *generator) op(do Verb, n int) Op {
	o := Op{Do: do}
	target := func() { o.At = 1 + []int{0, 0, 0, 0, 1, 2}[g.IntN(6)] }
	at := func() {
		if target(); g.one(3) {
			o.At = 0
		}
	}
	who := func() { o.Who = g.IntN(6) }
	both := func() { o.Who, o.Other = g.IntN(6), g.IntN(6) }
	switch do {
	case Join:
		o.Who, o.How = g.IntN(population), g.pick("same id", "new id")
	case Leave:
		who()
		o.How = g.pick("said", "silent")
	case Rename:
		who()
		o.How, o.N = g.pick("case", "value"), n
	case Edit, Clear:
		at()
		who()
		o.Field, o.N = g.pick("mail", "mail", "phone", "name", "note"), n
		if do == Clear {
			o.N = 0
		}
	case OptOut, OptIn:
		at()
		who()
	case HandDelete:
		target()
		who()
	case HandMade, Twin:
		target()
		o.Who, o.How, o.N = g.IntN(population), g.pick("", "bare"), n
	case Swap:
		at()
		both()
	case Merge, MergeTwin:
		target()
		both()
		o.How = g.pick("list", "get", "both")
	case Short:
		at()
		both()
		o.How, o.N = g.pick("whole", "whole", "cut"), 1+g.IntN(4)
	case Broken:
		at()
		o.N = 1 + g.IntN(2)
	case Fail, Lose:
		target()
		o.How, o.N = g.pick("create", "create", "update", "delete"), 1+g.IntN(4)
	case Crash:
		target()
		o.How = g.pick("go on", "give up")
	case Halt:
		o.How = g.pick("go on", "give up", "later")
	case RunKeys:
		both()
	case Approve:
		both()
		o.How = g.pick("", "part")
	case Resolve:
		o.How, o.N = g.pick("ours", "theirs", "another"), n
	case Pause:
		target()
		who()
	case Retry, Keep, LetGo:
		who()
	case Begin:
		o.How = g.pick("read", "plan")
	case Pass:
		o.N = []int{1, 2, 26}[g.IntN(3)]
	}
	return o
}
