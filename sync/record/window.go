package record

import "time"

// Window is a time around now. In it is what ended less than Past ago, what takes place,
// and what begins within Ahead.
type Window struct{ Past, Ahead time.Duration }

// Around returns after when what is in the window ends, and before when it begins.
func (w Window) Around(now time.Time) (since, until time.Time) {
	return now.Add(-w.Past), now.Add(w.Ahead)
}

// Or returns the smallest window with all that is in either.
func (w Window) Or(o Window) Window {
	return Window{Past: max(w.Past, o.Past), Ahead: max(w.Ahead, o.Ahead)}
}
