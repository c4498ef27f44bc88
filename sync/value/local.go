package value

import "time"

const (
	whyTwice = "the hour comes twice on that day"
	whyNever = "there is no such hour on that day"
	whyZone  = "in a zone that is not known"
)

// Local makes a moment canonical of a time as a clock on the wall shows it in a zone, such
// as Africa/Johannesburg, in the first layout that fits. One that a change of the clock
// makes come twice there, or not at all, is Unreadable: nobody can tell which is meant.
func Local(wall, zone string, layouts ...string) (string, error) {
	at, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		return "", unreadable(whyZone)
	}
	for _, layout := range layouts {
		said, err := time.Parse(layout, wall)
		if err != nil {
			continue
		}
		moment := time.Date(said.Year(), said.Month(), said.Day(), said.Hour(), said.Minute(), said.Second(), 0, at)
		switch {
		case moment.Format(time.DateTime) != said.Format(time.DateTime):
			return "", unreadable(whyNever)
		case twice(moment):
			return "", unreadable(whyTwice)
		}
		return moment.UTC().Format(time.RFC3339), nil
	}
	return "", unreadable(whyInstant)
}

// Wall is a canonical moment as a clock on the wall shows it in a zone. One that the clock
// shows twice is Unreadable: who reads it there could not tell which is meant.
func Wall(moment, zone, layout string) (string, error) {
	at, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		return "", unreadable(whyZone)
	}
	t, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		return "", unreadable(whyInstant)
	}
	if t = t.In(at); twice(t) {
		return "", unreadable(whyTwice)
	}
	return t.Format(layout), nil
}

// twice reports whether the clock shows the time of a moment at another one as well.
// Clocks are changed by an hour, on Lord Howe by half of one, elsewhere once by more.
func twice(moment time.Time) bool {
	for _, shift := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
		for _, other := range []time.Time{moment.Add(shift), moment.Add(-shift)} {
			if other.Format(time.DateTime) == moment.Format(time.DateTime) {
				return true
			}
		}
	}
	return false
}
