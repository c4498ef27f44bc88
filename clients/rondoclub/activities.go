package rondoclub

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/activity"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// Activities is the place of what stands in the timelines of persons.
const Activities = "activities"

// entry is an activity, or a task, in a timeline.
type entry struct {
	ID      int64  `json:"id"`
	Content string `json:"content"`
	// Of a task.
	Notes    string `json:"notes"`
	Assigned int64  `json:"assigned_user_id"`
}

// item is the entry as the engine knows it: of what it says nothing is compared.
func (e entry) item() connector.Item {
	return connector.Item{ID: record.ExternalID(strconv.FormatInt(e.ID, 10)), Fields: record.Fields{}}
}

// entries is a kind of what stands in timelines. They can be listed by person alone, and
// are people's once they are there: one is looked for by a mark, and made. No other call is
// made of them.
type entries struct {
	kind     record.Kind
	place    string
	one      string       // what one is called
	person   record.Field // in whose timeline it stands
	required []record.Field
	needs    func(record.Fields) []record.Field // of one; nil: what is required
	more     []record.Field                     // that need not be there
	mark     func(record.Fields) string
	add      func(ctx context.Context, op string, want record.Fields) (connector.Item, error)
}

func (s *site) entries(e entries) connector.Collection {
	if e.needs == nil {
		e.needs = func(record.Fields) []record.Field { return e.required }
	}
	whole := func(do string, then func(ctx context.Context, op string, want record.Fields) (connector.Item, error)) func(context.Context, record.Fields) (connector.Item, error) {
		op := do + " " + e.one
		return func(ctx context.Context, want record.Fields) (connector.Item, error) {
			if err := s.complete(op, want, e.needs(want)); err != nil {
				return connector.Item{}, err
			}
			return then(ctx, op, want)
		}
	}
	return connector.Collection{
		Kind: e.kind, Place: e.place, View: e.place, Required: e.required, Writes: slices.Concat(e.more, e.required),
		Refs:    map[record.Field]connector.Ref{e.person: {Kind: person.Kind, Required: true}},
		Accepts: func(want record.Fields) error { return s.complete("write "+e.one, want, e.needs(want)) },
		Find: whole("find", func(ctx context.Context, op string, want record.Fields) (connector.Item, error) {
			return s.findEntry(ctx, op, want[e.person], e.place, e.mark(want))
		}),
		Create: whole("create", e.add),
	}
}

// activities are what took place.
func (s *site) activities() connector.Collection {
	return s.entries(entries{
		kind: activity.Kind, place: Activities, one: "activity", person: activity.Person,
		required: []record.Field{activity.Event, activity.Person, activity.Link, activity.HappenedOn},
		more:     []record.Field{activity.Change, activity.Channel, activity.Subject},
		needs: func(want record.Fields) []record.Field {
			if want[activity.Change] != "" {
				return []record.Field{activity.Event, activity.Person}
			}
			return []record.Field{activity.Person, activity.Link, activity.HappenedOn}
		},
		mark: func(want record.Fields) string {
			if want[activity.Change] != "" {
				return marked(want[activity.Event])
			}
			return linked(want[activity.Link])
		}, add: s.addActivity,
	})
}

// blockChange is the type of an activity about the financial block.
const blockChange = "financial_block_change"

// changes are what is told of a change.
var changes = map[string]string{activity.Blocked: "Financiële blokkade ingesteld", activity.Unblocked: "Financiële blokkade opgeheven"}

// addActivity tells what took place. When something changed nobody has said: it is told as
// of now.

func (s *site) addActivity(ctx context.Context, op string, want record.Fields) (connector.Item, error) {
	kind, when := cmp.Or(want[activity.Channel], activity.Email), want[activity.HappenedOn]
	if want[activity.Change] != "" {
		kind, when = blockChange, cmp.Or(when, s.host.Now().UTC().Format(time.RFC3339))
	}
	at, err := s.local(op, activity.HappenedOn, when)
	if err != nil {
		return connector.Item{}, err
	}
	made, err := s.addEntry(ctx, op, want[activity.Person], Activities, map[string]any{
		"content": told(want), "activity_type": kind,
		"activity_date": at.Format(time.DateOnly), "activity_time": at.Format("15:04"),
	})
	if err != nil {
		return connector.Item{}, err
	}
	return made.item(), nil
}

// complete refuses what lacks a field without which nothing can be made.
func (s *site) complete(op string, want record.Fields, required []record.Field) error {
	for _, f := range required {
		if want[f] == "" {
			e := s.fail(op, connector.Rejected, f, "there is no value")
			e.Unsent = true
			return e
		}
	}
	return nil
}

// told is what people read of an activity: what has changed, or what it was about and where
// to read it.
func told(want record.Fields) string {
	if change := changes[want[activity.Change]]; change != "" {
		return "<strong>" + change + "</strong><br />" + marked(want[activity.Event])
	}
	text := `<a href="` + html.EscapeString(want[activity.Link]) + `">Bekijk het gesprek</a>`
	if subject := want[activity.Subject]; subject != "" {
		text = "<strong>" + html.EscapeString(subject) + "</strong><br />" + text
	}
	return text
}

// linked is how a link stands in an activity, also where the theme has put more into it,
// or another program has written it (docs/systems/rondoclub.md, "Activities").
func linked(link string) string { return `href="` + html.EscapeString(link) + `"` }

// local is an instant as clubs read it.
func (s *site) local(op string, f record.Field, instant string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		e := s.fail(op, connector.Rejected, f, "not a time")
		e.Unsent = true
		return at, e
	}
	return at.In(value.Dutch(s.host.Now()).Zone), nil
}

// findEntry looks in a person's timeline for the entry that has a mark in it. Of several
// the first is it: what is told twice was told.
func (s *site) findEntry(ctx context.Context, op, of, what, mark string) (connector.Item, error) {
	var all []entry
	if err := s.timeline(ctx, rest.Call{Op: op, Into: &all}, of, what); err != nil {
		return connector.Item{}, err
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.ID, b.ID) })
	for _, e := range all {
		if e.ID > 0 && strings.Contains(e.Content+e.Notes, mark) {
			return e.item(), nil
		}
	}
	return connector.Item{}, s.fail(op, connector.NotFound, "", whyMissing)
}

// addEntry puts something into a person's timeline.
func (s *site) addEntry(ctx context.Context, op, of, what string, body map[string]any) (made entry, err error) {
	err = s.timeline(ctx, rest.Call{Op: op, Method: http.MethodPost, JSON: body, Into: &made}, of, what)
	if err == nil && made.ID <= 0 {
		err = s.fail(op, connector.Drifted, "", "made without an id")
	}
	return made, err
}

// timeline makes a call about a person's timeline. Whoever lies in the trash, or is not
// there, is not open to the account: that is for the next reading of the persons to say,
// and what is told of them waits.
func (s *site) timeline(ctx context.Context, c rest.Call, of, what string) error {
	if postID(of) == 0 {
		e := s.fail(c.Op, connector.Rejected, activity.Person, "not the id of a person")
		e.Unsent = true
		return e
	}
	c.Path = fmt.Sprintf("/rondo/v1/people/%s/%s", of, what)
	_, err := s.call(ctx, c)
	switch connector.ClassOf(err) {
	case connector.Denied:
		if err := s.signedIn(ctx, c.Op); err != nil {
			return err
		}
	case connector.NotFound:
	default:
		return err
	}
	return s.fail(c.Op, connector.Waiting, "", "the person is in the trash, or not open to the account")
}
