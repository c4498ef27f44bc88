package hub

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/sync/hub/ems"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// dueMost is how many changes of our own tables are shown in one transaction.
const dueMost = 2000

// showAttempts is how often a batch is tried when a plan that is applied stands in its
// way.
const showAttempts = 5

// Own shows our own tables, those of EMS, to the engine: it makes entities of the rows
// that have changed, and takes into the tables what systems change of entities. The
// zero value knows no country, begins its days at midnight UTC, and has only events in the
// window that take place now.
type Own struct {
	Options value.Options
	Window  record.Window    // of the events that others look at
	Now     func() time.Time // nil: the machine's
}

// showing shows rows in one transaction, alone until its end.
type showing struct {
	*Queries

	options      value.Options
	now          time.Time
	since, until time.Time // of the window
}

func (o Own) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

// options are those of today.
func (o Own) options() value.Options {
	out, zone := o.Options, o.Options.Zone
	if zone == nil {
		zone = time.UTC
	}
	out.Today = o.now().In(zone).Format(time.DateOnly)
	return out
}

// begin waits until nobody else shows anything.
func (o Own) begin(ctx context.Context, db DBTX) (showing, error) {
	s := showing{Queries: New(db), options: o.options(), now: o.now()}
	s.since, s.until = o.Window.Around(s.now)
	if err := s.LockShowing(ctx); err != nil {
		return s, fmt.Errorf("wait for others who show our own tables: %w", err)
	}
	return s, nil
}

// Show shows all that has changed since it was shown, by an edit or by a date. What is
// edited meanwhile is shown then or the next time.
func (o Own) Show(ctx context.Context, pool *pgxpool.Pool) error {
	today := o.options().Today
	since, until := o.Window.Around(o.now())
	due, err := New(pool).AnyDue(ctx, today, since, until)
	if err != nil {
		return fmt.Errorf("ask what of our own tables is to be shown: %w", err)
	}
	for first := true; due; first = false {
		err := inTurns(ctx, pool, func(tx pgx.Tx) error {
			s, err := o.begin(ctx, tx)
			if err != nil {
				return err
			}
			if first {
				if err := s.NoteDates(ctx, today, since, until); err != nil {
					return fmt.Errorf("note what a date has changed: %w", err)
				}
			}
			tickets, err := s.DueTickets(ctx, dueMost)
			if err != nil {
				return fmt.Errorf("read what of our own tables is to be shown: %w", err)
			}
			due = len(tickets) > 0
			return s.tickets(ctx, tickets)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ShowKeys shows what has changed of some entities of a kind.
func (o Own) ShowKeys(ctx context.Context, pool *pgxpool.Pool, kind record.Kind, keys ...string) error {
	if _, ours := ems.TableOf(kind); !ours {
		return nil
	}
	ids, err := showing{Queries: New(pool)}.idsOf(ctx, kind, keys)
	if err != nil {
		return err
	}
	tickets, err := New(pool).DueTicketsOf(ctx, string(kind), ids)
	if err != nil || len(tickets) == 0 {
		return err
	}
	return inTurns(ctx, pool, func(tx pgx.Tx) error {
		s, err := o.begin(ctx, tx)
		if err != nil {
			return err
		}
		return s.pending(ctx, kind, ids)
	})
}

// inTurns runs f in a transaction, and again when another that wrote the same stood in
// its way.
func inTurns(ctx context.Context, pool *pgxpool.Pool, f func(pgx.Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := pgx.BeginFunc(ctx, pool, f)
		if !Crossed(err) || attempt == showAttempts {
			return err
		}
	}
}

// tickets shows what tickets are about, notes who is to be shown with that, and drops
// them.
func (s showing) tickets(ctx context.Context, all []EmsDue) error {
	ids, numbers := map[string][]int64{}, make([]int64, len(all))
	for i, t := range all {
		ids[t.Kind] = append(ids[t.Kind], t.Ids...)
		numbers[i] = t.Ticket
	}
	// All that is shown below says by that whether it is in the window.
	if events := ids[string(ems.Events)]; len(events) > 0 {
		if err := s.KeepWindow(ctx, s.since, s.until, events); err != nil {
			return fmt.Errorf("note which events are in the window: %w", err)
		}
	}
	// Whom a participant was shown with is known until it is shown anew.
	if participants := ids[string(ems.Participants)]; len(participants) > 0 {
		if err := s.NoteEntered(ctx, participants); err != nil {
			return fmt.Errorf("note who is entered: %w", err)
		}
	}
	for _, t := range ems.Tables() {
		if err := s.rows(ctx, t, distinct(ids[string(t.Kind)])); err != nil {
			return fmt.Errorf("show %s: %w", t.Kind, err)
		}
	}
	if err := s.others(ctx, ids); err != nil {
		return fmt.Errorf("note what is shown with others: %w", err)
	}
	if err := s.DropTickets(ctx, numbers); err != nil {
		return fmt.Errorf("drop what is shown: %w", err)
	}
	return nil
}

// others notes the rows that show something of those that have changed.
func (s showing) others(ctx context.Context, ids map[string][]int64) error {
	types, periods := ids["membership_type"], ids["membership_period"]
	if len(types)+len(periods) > 0 {
		if err := s.NoteMembers(ctx, periods, types); err != nil {
			return err
		}
	}
	if tags := ids["tag"]; len(tags) > 0 {
		if err := s.NoteWearers(ctx, tags); err != nil {
			return err
		}
	}
	if races := ids[string(ems.Races)]; len(races) > 0 {
		return s.NoteEntrants(ctx, races)
	}
	return nil
}

// pending shows rows of which a ticket says that they have changed.
func (s showing) pending(ctx context.Context, kind record.Kind, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	tickets, err := s.DueTicketsOf(ctx, string(kind), ids)
	if err != nil {
		return fmt.Errorf("read what of our own tables is to be shown: %w", err)
	}
	return s.tickets(ctx, tickets)
}

// idsOf returns the ids in EMS of entities.
func (s showing) idsOf(ctx context.Context, kind record.Kind, keys []string) ([]int64, error) {
	if kind == ems.Conversations {
		ids, err := s.HoldConversations(ctx, keys)
		return ids, err
	}
	var ids []int64
	for _, k := range keys {
		if id, err := strconv.ParseInt(k, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
