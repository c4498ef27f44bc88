package sportlink

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

const (
	// visitsAtOnce is how many members are visited before another use of the account that
	// waits has its turn.
	visitsAtOnce = 20
	// unreadInARow is how many members, one after the other, may not be read before the
	// pages themselves are held to have changed.
	unreadInARow = 3
)

// visited is what came of the visit of one member.
type visited struct {
	id    record.ExternalID
	item  connector.Item
	fault *connector.Fault
	left  bool // the pages show somebody who is no member any more
}

// page is the visit as a page of a reading.
func (v visited) page() connector.Page {
	page := connector.Page{Next: connector.Cursor(v.id), Evidence: connector.Evidence{SignedIn: true, Filters: true}}
	switch {
	case v.fault != nil:
		page.Faults = []connector.Fault{*v.fault}
	case !v.left:
		page.Items = []connector.Item{v.item}
	}
	return page
}

// visitor reads the pages of one record, or asks what they would ask.
type visitor func(ctx context.Context, s *sitting, id record.ExternalID) (visited, error)

// goOn reads a list on a page that is lent for it, and visits each record in it, as
// listVisited does. The next part of a reading goes on with the list of the part before.
func (a *account) goOn(ctx context.Context, way *underWay, since connector.Cursor,
	read func(context.Context, browserworker.Page) (connector.Page, error), one visitor,
) iter.Seq2[connector.Page, error] {
	listed, goesOn := way.from(since, a.Host.Now())
	list := func(ctx context.Context) (connector.Page, error) {
		if goesOn {
			return listed, nil
		}
		err := a.Do(ctx, func(ctx context.Context, p browserworker.Page) (err error) {
			listed, err = read(ctx, p)
			return err
		})
		return listed, err
	}
	return func(yield func(connector.Page, error) bool) {
		for page, err := range a.listVisited(ctx, since, list, one) {
			if err == nil {
				way.came(listed, page.Next, a.Host.Now())
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

// listVisited reads a list, and then the pages of each record in it, by their ids from
// since on.
func (a *account) listVisited(ctx context.Context, since connector.Cursor, list func(context.Context) (connector.Page, error), one visitor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		all, err := list(ctx)
		if err != nil {
			yield(connector.Page{}, err)
			return
		}
		listed := map[record.ExternalID]connector.Item{}
		var ids []record.ExternalID
		for _, item := range all.Items {
			listed[item.ID] = item
			if string(item.ID) > string(since) {
				ids = append(ids, item.ID)
			}
		}
		slices.Sort(ids)
		if all.Evidence.Contradiction != "" || len(ids) == 0 || since == "" && len(all.Faults) > 0 {
			first := connector.Page{Faults: all.Faults, Next: since, Evidence: all.Evidence}
			first.Evidence.End = len(ids) == 0
			if since != "" {
				first.Faults = nil // told with the first page
			}
			if !yield(first, nil) || len(ids) == 0 {
				return
			}
		}
		err = a.visitAll(ctx, ids, one, func(v visited) bool {
			v.left = false // the list has just shown them
			v.item = together(listed[v.id], v.item)
			page := v.page()
			if v.id == ids[len(ids)-1] {
				page.Next, page.Evidence.End = "", true
				page.Evidence.Stated, page.Evidence.Count = all.Evidence.Stated, all.Evidence.Count
			}
			return yield(page, nil)
		})
		if err != nil {
			yield(connector.Page{}, err)
		}
	}
}

// together is a record as the list and its pages show it.
func together(listed, shown connector.Item) connector.Item {
	out := listed
	out.Keys = nil // of the search alone
	out.Fields = listed.Fields.Over(shown.Fields)
	for _, more := range []struct{ into, of *map[record.Field]string }{{&out.Unreadable, &shown.Unreadable}, {&out.Notes, &shown.Notes}} {
		all := map[record.Field]string{}
		for f, why := range *more.into {
			all[f] = why
		}
		for f, why := range *more.of {
			all[f] = why
		}
		if *more.into = all; len(all) == 0 {
			*more.into = nil
		}
	}
	return out
}

// visitAll visits records in the order given, and tells each as it is read, until each
// says that it is enough. A session that is lost is signed in anew, and the visits go on
// with the record at which it was lost. One that cannot be read is a fault of its own;
// several in a row are the site's.
func (a *account) visitAll(ctx context.Context, ids []record.ExternalID, one visitor, each func(visited) bool) error {
	next, enough := 0, false
	for next < len(ids) && !enough {
		began := next
		err := a.Do(ctx, func(ctx context.Context, p browserworker.Page) error {
			s := &sitting{Page: p, asked: map[string]browserworker.Answer{}}
			for n := 0; next < len(ids) && !enough && (n < visitsAtOnce || !a.Pool.Wanted(a.Site)); n++ {
				v, err := a.readOne(ctx, s, ids[next], one)
				if err != nil {
					return err
				}
				next++
				enough = !each(v)
			}
			return nil
		})
		if connector.ReasonOf(err) == browserworker.SignedOut && next > began {
			continue // once more, and further on: it is not the sign-in that fails
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readOne reads a record, or says as a fault why it cannot be read. One after too many that
// could not be read, in this part of a reading or in those before, is an error.
func (a *account) readOne(ctx context.Context, s *sitting, id record.ExternalID, one visitor) (visited, error) {
	v, err := one(ctx, s, id)
	if err == nil {
		a.unread = 0
		return v, nil
	}
	why, alone := ofOneMember(err)
	switch {
	case !alone:
		return visited{}, err
	case a.unread == unreadInARow:
		a.unread = 0
		return visited{}, err
	}
	a.unread++
	return visited{id: id, fault: &connector.Fault{ID: id, Why: why}}, nil
}

// ofOneMember reports whether an error may concern one member alone, such as a tab that
// does not load, and says why.
func ofOneMember(err error) (why string, alone bool) {
	e, ok := errors.AsType[*connector.Error](err)
	if !ok || e.Reason != "" {
		return "", false
	}
	switch e.Class {
	case connector.Drifted, connector.Transient, connector.NotFound:
		return e.Op + ": " + e.Why, true
	}
	return "", false
}
