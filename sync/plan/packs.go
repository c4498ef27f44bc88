package plan

import "slices"

// Packs divides what a run takes up so that each part can be decided by itself,
// and all parts together come to what deciding all at once would. What is taken up
// (a seed: an item, or an entity) and reaches the same node is in the same set;
// sets are never divided.
//
// What a seed reaches is known in part before it is decided. The rest turns up when
// its batch is decided: then Meets puts the sets together, and both batches are
// decided again.
type Packs struct {
	parent []int32
	batch  []int32 // of a seed; 0: none
	nodes  map[Node]int32
	refers map[Node][]int32 // seeds that look at a node that no seed holds
	dirty  map[int32]bool   // batches that must be decided again
	last   int32            // the last number given to a batch
}

// NewPacks returns packs without any seed.
func NewPacks() *Packs {
	return &Packs{nodes: map[Node]int32{}, refers: map[Node][]int32{}, dirty: map[int32]bool{}}
}

// Seed takes a seed up and returns its number, from 0.
func (p *Packs) Seed() int32 {
	n := int32(len(p.parent)) //nolint:gosec // bounded by the records of a run
	p.parent, p.batch = append(p.parent, n), append(p.batch, 0)
	return n
}

// Largest is how many seeds the largest set has.
func (p *Packs) Largest() int {
	sizes, most := make([]int32, len(p.parent)), int32(0)
	for s := range int32(len(p.parent)) { //nolint:gosec // as in Seed
		root := p.root(s)
		sizes[root]++
		most = max(most, sizes[root])
	}
	return int(most)
}

func (p *Packs) root(s int32) int32 {
	for p.parent[s] != s {
		p.parent[s] = p.parent[p.parent[s]]
		s = p.parent[s]
	}
	return s
}

func (p *Packs) join(x, y int32) {
	if x, y = p.root(x), p.root(y); x < y {
		p.parent[y] = x
	} else {
		p.parent[x] = y
	}
}

// Hold says that a seed reaches a node.
func (p *Packs) Hold(seed int32, n Node) {
	if other, ok := p.nodes[n]; ok {
		p.join(seed, other)
	} else {
		p.nodes[n] = seed
	}
}

// Refer says that a seed looks at a node, which matters when another holds it or
// binds it. All that is held is told before.
func (p *Packs) Refer(seed int32, n Node) {
	if other, ok := p.nodes[n]; ok {
		p.join(seed, other)
	} else {
		p.refers[n] = append(p.refers[n], seed)
	}
}

// Batch is what is decided together.
type Batch struct {
	Number int32
	Seeds  []int32
}

// Batches divides the seeds that are in no batch, or in one that must be decided
// again, into batches of whole sets, of most seeds if no set is larger. The order
// is that of the first seeds. It returns none when all is decided.
func (p *Packs) Batches(most int) []Batch {
	var order []int32
	sets := map[int32][]int32{}
	for s := range int32(len(p.parent)) { //nolint:gosec // as in Seed
		if p.batch[s] != 0 && !p.dirty[p.batch[s]] {
			continue
		}
		root := p.root(s)
		if sets[root] == nil {
			order = append(order, root)
		}
		sets[root] = append(sets[root], s)
	}
	clear(p.dirty)
	var out []Batch
	for _, root := range order {
		if n := len(out); n == 0 || len(out[n-1].Seeds)+len(sets[root]) > most {
			p.last++
			out = append(out, Batch{Number: p.last})
		}
		b := &out[len(out)-1]
		b.Seeds = append(b.Seeds, sets[root]...)
	}
	for _, b := range out {
		slices.Sort(b.Seeds)
		for _, s := range b.Seeds {
			p.batch[s] = b.Number
		}
	}
	return out
}

// Dirty reports whether a batch must be divided and decided again.
func (p *Packs) Dirty(number int32) bool { return p.dirty[number] }

// Meets takes in what deciding a batch has reached, and reports whether another
// batch reaches it, too. Then both are dirty, and what met is one set from now on.
func (p *Packs) Meets(b Batch, reached []Reached) bool {
	// Which seed of the batch a component has come from.
	from := map[int32]int32{}
	for _, r := range reached {
		if s, ok := p.nodes[r.Node]; ok && p.batch[s] == b.Number {
			from[r.Component] = s
		}
	}
	met := false
	for _, r := range reached {
		seed, known := from[r.Component]
		if !known {
			seed = b.Seeds[0]
		}
		others := p.refers[r.Node]
		if !r.Bound {
			others = nil
		}
		if other, ok := p.nodes[r.Node]; ok {
			others = append(slices.Clone(others), other)
		} else if !r.Remote {
			p.nodes[r.Node] = seed
		}
		for _, other := range others {
			if p.batch[other] != b.Number {
				p.join(seed, other)
				p.dirty[b.Number], p.dirty[p.batch[other]], met = true, true, true
			}
		}
	}
	return met
}
