package draft

// A component is what must be applied together or not at all: an entity, what
// is derived with it, and the entities that give a record to each other. When
// one part of it is out of date by the time the plan is applied, the whole
// component is left to the next run, and nothing else.

// Join makes two entities parts of one component.
func (ent *Entity) Join(other *Entity) {
	if a, b := ent.root(), other.root(); a != b {
		b.parent = a
	}
}

// root is the entity that stands for the component.
func (ent *Entity) root() *Entity {
	for ent.parent != nil {
		if ent.parent.parent != nil {
			ent.parent = ent.parent.parent
		}
		ent = ent.parent
	}
	return ent
}

// Components numbers the components of a batch, from the one after First.
type Components struct {
	First   int32
	numbers map[*Entity]int32
}

// NewComponents numbers from the one after first.
func NewComponents(first int32) Components {
	return Components{First: first, numbers: map[*Entity]int32{}}
}

// Last is the last number that was given.
func (c Components) Last() int32 { return c.First + int32(len(c.numbers)) } //nolint:gosec // bounded by the run

// Of returns the number of the component that an entity is in; 0 for none.
func (c Components) Of(ent *Entity) int32 {
	if ent == nil {
		return 0
	}
	root := ent.root()
	if c.numbers[root] == 0 {
		c.numbers[root] = c.Last() + 1
	}
	return c.numbers[root]
}
