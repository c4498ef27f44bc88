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

// Components numbers the components, from 1.
type Components map[*Entity]int32

// Of returns the number of the component that an entity is in; 0 for none.
func (c Components) Of(ent *Entity) int32 {
	if ent == nil {
		return 0
	}
	root := ent.root()
	if c[root] == 0 {
		c[root] = int32(len(c) + 1) //nolint:gosec // bounded by the batch
	}
	return c[root]
}
