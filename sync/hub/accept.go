package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/touchline-sync/touchline/sync/hub/ems"
	"github.com/touchline-sync/touchline/sync/record"
)

// OwnChange is what a plan, or a person's word, does to an entity that our own tables have
// a row of.
type OwnChange = ems.Change

// OwnKinds are the kinds of our own tables.
func OwnKinds() []string {
	var out []string
	for _, t := range ems.Tables() {
		out = append(out, string(t.Kind))
	}
	return out
}

// Hold waits until nobody else changes the rows of entities that are about to change,
// lets nobody change them before the transaction ends, and shows what was changed of
// them: what the change is made from can be compared then. It comes before any lock
// on entities. Entities that are not of our own tables are passed over.
func (o Own) Hold(ctx context.Context, db DBTX, kind record.Kind, keys []string) error {
	t, ours := ems.TableOf(kind)
	if !ours || len(keys) == 0 {
		return nil
	}
	s, err := o.begin(ctx, db)
	if err != nil {
		return err
	}
	ids, err := s.idsOf(ctx, kind, keys)
	if err != nil {
		return fmt.Errorf("hold rows of our own: %w", err)
	}
	// Whoever changes one of these rows is waited for, and waits then.
	hold := fmt.Sprintf("select id from ems.%s where id = any($1) order by id for no key update", t.Name)
	if _, err := db.Exec(ctx, hold, ids); err != nil {
		return fmt.Errorf("hold rows of %s: %w", t.Name, err)
	}
	return s.pending(ctx, kind, ids)
}

// Accept takes into our own tables what changes of entities that are held, as far as
// the tables hold it, and shows the rows as they stand then: what was not taken is
// shown again as it was.
func (o Own) Accept(ctx context.Context, db DBTX, changes []OwnChange) error {
	if len(changes) == 0 {
		return nil
	}
	s, err := o.begin(ctx, db)
	if err != nil {
		return err
	}
	ids, err := s.makeRows(ctx, changes)
	if err != nil {
		return err
	}
	changed, err := s.take(ctx, changes)
	if err != nil {
		return err
	}
	for kind, of := range changed {
		ids[kind] = append(ids[kind], of...)
	}
	if err := actAs(ctx, db, ""); err != nil {
		return err
	}
	for _, t := range ems.Tables() {
		if of := distinct(ids[t.Kind]); len(of) > 0 {
			if err := s.rows(ctx, t, of); err != nil {
				return fmt.Errorf("show %s again: %w", t.Kind, err)
			}
			if err := s.pending(ctx, t.Kind, of); err != nil {
				return err
			}
		}
	}
	return nil
}

// take writes what our tables take, and returns the rows that are to be shown again.
func (s showing) take(ctx context.Context, changes []OwnChange) (map[record.Kind][]int64, error) {
	ids, persons := map[record.Kind][]int64{}, map[string][]ems.Taken{}
	for _, c := range changes {
		if _, ours := ems.TableOf(c.Kind); !ours {
			continue
		}
		switch c.Kind {
		case ems.Persons.Kind:
			if t, ok := ems.TakePerson(c); ok {
				persons[t.By] = append(persons[t.By], t)
				ids[c.Kind] = append(ids[c.Kind], t.ID)
			}
		case ems.Conversations:
			id, err := s.conversation(ctx, ems.TakeConversation(c))
			if err != nil {
				return nil, fmt.Errorf("take a conversation: %w", err)
			}
			ids[c.Kind] = append(ids[c.Kind], id)
		default:
			if c.Was == nil {
				continue // its row is made, or our tables make none
			}
			of, err := s.takeRow(ctx, c)
			if err != nil {
				return nil, fmt.Errorf("take what has changed of %s: %w", c.Kind, err)
			}
			ids[c.Kind] = append(ids[c.Kind], of...)
		}
	}
	for by, of := range persons {
		if err := s.takePersons(ctx, by, of); err != nil {
			return nil, fmt.Errorf("take persons: %w", err)
		}
	}
	return ids, nil
}

// takeRow writes what EMS takes of a change of a row, and returns the row.
func (s showing) takeRow(ctx context.Context, c OwnChange) ([]int64, error) {
	t, _ := ems.TableOf(c.Kind)
	ids, err := s.idsOf(ctx, c.Kind, []string{c.Key})
	if err != nil {
		return nil, err
	}
	rows, err := s.load(ctx, t, ids)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if c.Deleted != "" && c.Was != nil && !r.Deleted {
			ended, err := s.end(ctx, t, r, c.By())
			if err != nil {
				return nil, err
			}
			if ended {
				continue
			}
			c.Deleted = "" // it stays; what else the change brings is taken
		}
		if columns := t.Take(c, t.Show(r, s.options)); len(columns) > 0 {
			if err := s.write(ctx, t, r, c.By(), columns); err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}

// write changes a row that stands as it was read. What its table refuses, such as a bib
// of somebody else, is not taken.
func (s showing) write(ctx context.Context, t ems.Table, r ems.Row, by string, columns map[string]*string) error {
	if err := actAs(ctx, s.db, "sync:"+by); err != nil {
		return err
	}
	text, err := json.Marshal(columns)
	if err != nil {
		return err
	}
	var set []string
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		set = append(set, name+" = v."+name)
	}
	if _, err := s.db.Exec(ctx, "savepoint taken"); err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, fmt.Sprintf("update ems.%[1]s r set %[2]s from ems.%[1]s o, lateral jsonb_populate_record(o, $2::jsonb) v where o.id = $1 and r.id = o.id and r.version = $3",
		t.Name, strings.Join(set, ", ")), r.ID, string(text), r.Version)
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && (strings.HasPrefix(refused.Code, "22") || strings.HasPrefix(refused.Code, "23")) {
		_, err = s.db.Exec(ctx, "rollback to savepoint taken")
	}
	if err == nil {
		_, err = s.db.Exec(ctx, "release savepoint taken")
	}
	return err
}

func (s showing) takePersons(ctx context.Context, by string, all []ems.Taken) error {
	if err := actAs(ctx, s.db, "sync:"+by); err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b ems.Taken) int { return int(a.ID - b.ID) })
	p, out := TakePersonsParams{Now: s.now}, TakeOptOutsParams{Source: ems.PreferenceSources.Of(by), Now: s.now}
	for _, t := range all {
		for _, channel := range t.OptedOut {
			out.Ids, out.Channels = append(out.Ids, t.ID), append(out.Channels, channel)
		}
		if len(t.Columns) == 0 && t.Bounced == nil {
			continue
		}
		columns := map[string]*string{}
		for name, v := range t.Columns {
			columns[name] = nil
			if v != "" {
				columns[name] = &v
			}
		}
		text, err := json.Marshal(columns)
		if err != nil {
			return err
		}
		address := ""
		if t.Bounced != nil {
			address = *t.Bounced
		}
		p.Ids, p.Columns = append(p.Ids, t.ID), append(p.Columns, string(text))
		p.Bounced, p.Addresses = append(p.Bounced, t.Bounced != nil), append(p.Addresses, address)
	}
	if len(p.Ids) > 0 {
		if err := s.TakePersons(ctx, p); err != nil {
			return err
		}
	}
	if len(out.Ids) == 0 {
		return nil
	}
	return s.TakeOptOuts(ctx, out)
}

func (s showing) conversation(ctx context.Context, c ems.Conversation) (int64, error) {
	if err := actAs(ctx, s.db, "sync:"+c.By); err != nil {
		return 0, err
	}
	return s.TakeConversation(ctx, TakeConversationParams{
		Number: c.Number, Person: c.Person, Channel: c.Channel, Inbox: c.Inbox, Status: c.Status, Priority: c.Priority, Assignee: c.Assignee,
		Labels: append([]string{}, c.Labels...), OpenedOn: c.OpenedOn, LastActivity: c.LastActivity, FirstReply: c.FirstReply, Deleted: c.Deleted,
	})
}
