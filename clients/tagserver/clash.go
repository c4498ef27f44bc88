package tagserver

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// clash is what only one record of a kind may have besides its emsId, which the server
// says no more of than 500 (docs/systems/tagserver.md, "What only one may have").
type clash struct {
	by    []string // the columns in which both are the same
	field record.Field
	why   string
	// rival reports whether another record with the same columns is in the way.
	rival func(mine, other *row) bool
}

// bibOfEvent: a bib is one person's in an event. That person may wear it as several
// participants, and who has withdrawn wears none.
var bibOfEvent = clash{
	by: []string{"event", "bib"}, field: participant.Bib, why: "another participant of the event has it",
	rival: func(mine, other *row) bool { return other.Text("active") != "false" && mine.Text("active") != "false" },
}

// openTag: a tag is open for one wearer at a time, in an event or for all.
var openTag = clash{
	by: []string{"event", "epc"}, why: "the tag is open for another wearer still",
	rival: func(mine, other *row) bool { return mine.Text("validTo") == "" && other.Text("validTo") == "" },
}

// soon is when a record that waits for another one is tried again.
const soon = 5 * time.Minute

// waits is the error of a record that waits for another one.
func (p *place) waits(op, why string) *connector.Error {
	e := p.wrong(connector.Waiting, op, why)
	e.After = soon
	return e
}

// why finds out why the database has refused a record: another one has what only one
// may have, or one that it refers to is gone. Else it is refused as it was.
func (p *place) why(ctx context.Context, op string, r *row, refused error) error {
	if c := p.kind.clash; c != nil && r.Text(c.by[len(c.by)-1]) != "" {
		others, err := p.rivals(ctx, op, c, r)
		switch {
		case err != nil:
			return err
		case !others:
		case c.field == "":
			return p.waits(op, c.why)
		default:
			e := p.wrong(connector.Rejected, op, c.why)
			e.Field = c.field
			return e
		}
	}
	for _, c := range p.kind.columns {
		if c.of == "" || r.Text(c.name) == "" {
			continue
		}
		to := &place{p.server, kindOf(c.of)}
		_, err := to.get(ctx, op, record.ExternalID(r.Text(c.name)))
		switch connector.ClassOf(err) {
		case connector.NotFound:
			return p.waits(op, "what it refers to by "+string(c.field)+" is not there")
		case connector.Unknown:
		default:
			return err
		}
	}
	return refused
}

// rivals reports whether another record is in the way.
func (p *place) rivals(ctx context.Context, op string, c *clash, r *row) (bool, error) {
	query := url.Values{}
	for _, name := range c.by {
		at := name
		if slices.ContainsFunc(p.kind.columns, func(c column) bool { return c.name == name && c.object }) {
			at += "Id"
		}
		if v := r.Text(name); v != "" {
			query.Set(at+".equals", v)
		} else {
			query.Set(at+".specified", "false")
		}
	}
	records, _, err := p.filtered(ctx, op, p.page, query)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(records, func(raw json.RawMessage) bool {
		other := read(raw)
		same := !slices.ContainsFunc(c.by, func(name string) bool { return other.Text(name) != r.Text(name) })
		return same && other.Text(emsID) != r.Text(emsID) && c.rival(r, other)
	}), nil
}

// failures is how often the server may fail on one record, while it answers other
// calls, before the record is held to be the reason.
const failures = 3

// settled counts how a write has ended. A record on which the server fails again and
// again, although it has just answered who asked why, is refused: it must neither hold
// up others nor have the server left alone.
func (p *place) settled(r *row, err error) error {
	key := p.kind.path + " " + r.Text(emsID)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !errors.Is(err, errClash) {
		delete(p.failures, key)
		return err
	}
	if p.failures[key]++; p.failures[key] < failures {
		return err
	}
	delete(p.failures, key)
	e := wrong(connector.Rejected, "write "+p.kind.path, "the server fails on this record (500), and answers other calls", "")
	e.Err = err
	return e
}

func kindOf(k record.Kind) *kind {
	return &kinds[slices.IndexFunc(kinds, func(o kind) bool { return o.Kind == k })]
}
