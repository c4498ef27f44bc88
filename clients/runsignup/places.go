package runsignup

import (
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// place is an event of a link, with those who take part in it or those who no longer do.
type place struct {
	link  Race
	event string
	gone  bool
}

// places are those of all links: first who takes part, so that the registration to which
// somebody was transferred is known before the old one goes.
func (a *account) places() (out []place) {
	for _, gone := range []bool{false, true} {
		for _, link := range a.cfg.Races {
			for _, e := range link.Events {
				out = append(out, place{link, e.id(), gone})
			}
		}
	}
	return out
}

// near are the places of a link, those of the event itself first.
func (p place) near() []place {
	out := []place{{p.link, p.event, false}, {p.link, p.event, true}}
	for _, e := range p.link.Events {
		if e.id() != p.event {
			out = append(out, place{p.link, e.id(), false}, place{p.link, e.id(), true})
		}
	}
	return out
}

// key is the remote id of a registration in an event.
func (p place) key(id int64) record.ExternalID {
	return record.ExternalID(p.event + "-" + strconv.FormatInt(id, 10))
}

// parse takes a remote id apart.
func (a *account) parse(op string, id record.ExternalID) (at place, n int64, err error) {
	event, number, _ := strings.Cut(string(id), "-")
	if n, err = strconv.ParseInt(number, 10, 64); err != nil || n <= 0 {
		return at, 0, wrong(connector.NotFound, op, "not an id", "")
	}
	link, ok := a.linked(event)
	if !ok {
		// Nobody is gone since a race is no longer looked at.
		return at, 0, notLinked(op)
	}
	return place{link: link, event: event}, n, nil
}
