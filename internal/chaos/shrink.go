package chaos

import "slices"

// Shrink returns the shortest story it finds for which fails still reports true:
// it leaves operations out, then targets and options of the cast. It asks fails
// no more than tries times.
func Shrink(s Story, tries int, fails func(Story) bool) Story {
	ask := func(next Story) bool {
		tries--
		return tries >= 0 && fails(next)
	}
	for size := max(1, len(s.Ops)/2); size > 0 && tries > 0; {
		shorter := false
		for at := len(s.Ops) - size; at >= 0; at -= size {
			next := Story{s.Cast, slices.Delete(slices.Clone(s.Ops), at, min(at+size, len(s.Ops)))}
			if ask(next) {
				s, shorter = next, true
			}
			at = min(at, len(s.Ops))
		}
		if !shorter || size > 1 {
			size /= 2
		}
	}
	for _, c := range simpler(s.Cast) {
		for next := (Story{c(s.Cast), s.Ops}); next.Cast.String() != s.Cast.String() && ask(next); {
			s = next
		}
	}
	return s
}

// simpler are ways to make a cast simpler.
func simpler(c Cast) (out []func(Cast) Cast) {
	for i := len(c.Targets) - 1; i > 0; i-- {
		out = append(out, func(c Cast) Cast { return c.without(i) })
	}
	out = append(out,
		func(c Cast) Cast { c.Writable = false; return c },
		func(c Cast) Cast { c.Stated = false; return c },
		func(c Cast) Cast { c.Small = false; return c },
	)
	for _, plain := range []func(*At){
		func(a *At) { a.Unique = false }, func(a *At) { a.Many = false }, func(a *At) { a.NoFind = false }, func(a *At) { a.Stated = false },
		func(a *At) { a.Since = false }, func(a *At) { a.Keyed = false },
	} {
		out = append(out, func(c Cast) Cast {
			c.Targets = slices.Clone(c.Targets)
			for i := range c.Targets {
				plain(&c.Targets[i])
			}
			return c
		})
	}
	return out
}
