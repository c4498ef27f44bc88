package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/hub/ems"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// rows shows rows of a table as they stand.
func (s showing) rows(ctx context.Context, t ems.Table, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := s.load(ctx, t, ids)
	if err != nil {
		return err
	}
	if t.Kind == ems.Persons.Kind {
		return s.persons(ctx, ids, rows)
	}
	shown := t.Purged(ids, rows)
	for _, r := range rows {
		shown = append(shown, t.Show(r, s.options))
	}
	keys := make([]string, len(shown))
	for i := range shown {
		keys[i] = shown[i].Key
	}
	was, err := s.entities(ctx, t.Kind, keys)
	if err != nil {
		return err
	}
	var changed []ems.Entity
	for i := range shown {
		if is, ok := shown[i].Over(was[shown[i].Key], s.now); ok {
			changed = append(changed, is)
		}
	}
	if err := s.store(ctx, t.Kind, changed); err != nil {
		return err
	}
	return s.below(ctx, t, ems.Turned(was, changed))
}

// persons shows persons, and with whom what they share is shown from now on. rows are
// those that are there.
func (s showing) persons(ctx context.Context, ids []int64, rows []ems.Row) error {
	batch, err := s.batch(ctx, ids, rows)
	if err != nil {
		return err
	}
	emails, phones := batch.Addresses()
	sharers, err := s.Sharers(ctx, emails, phones)
	if err != nil {
		return fmt.Errorf("read who shares an address: %w", err)
	}
	others := make([]ems.Memory, len(sharers))
	for i, o := range sharers {
		others[i] = ems.Memory(o)
	}
	batch.Share(others)
	was, err := s.entities(ctx, ems.Persons.Kind, batch.Keys())
	if err != nil {
		return err
	}
	if err := s.store(ctx, ems.Persons.Kind, batch.Changes(was, s.now)); err != nil {
		return err
	}
	if err := s.remember(ctx, batch); err != nil {
		return fmt.Errorf("keep what is shown: %w", err)
	}
	return s.aliases(ctx, batch)
}

// batch loads persons with what hangs on them.
func (s showing) batch(ctx context.Context, ids []int64, rows []ems.Row) (*ems.Batch, error) {
	batch, persons := ems.NewBatch(s.options), make(map[int64]*ems.Person, len(rows))
	for _, r := range rows {
		persons[r.ID] = &ems.Person{Row: r, Consents: map[string]string{}}
	}
	was, err := s.PersonsShown(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read what was shown: %w", err)
	}
	for _, w := range was {
		batch.Remember(ems.Memory(w))
	}
	consents, err := s.ConsentsOf(ctx, ids, []string{ems.Mail, ems.SMS})
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	for _, c := range consents {
		if p := persons[c.PersonID]; p != nil {
			p.Consents[c.Channel] = c.State
		}
	}
	memberships, err := s.MembershipsOf(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read memberships: %w", err)
	}
	for _, m := range memberships {
		if p := persons[m.PersonID]; p != nil {
			p.Memberships = append(p.Memberships, ems.Membership{Type: m.Name, Status: m.Status, From: m.ValidFrom, To: m.ValidTo})
		}
	}
	for _, id := range ids {
		if p := persons[id]; p != nil {
			batch.Add(*p)
		} else {
			batch.Purge(id)
		}
	}
	return batch, nil
}

func (s showing) remember(ctx context.Context, batch *ems.Batch) error {
	changed, forget := batch.Memories()
	if len(changed) > 0 {
		var p KeepPersonsShownParams
		for _, m := range changed {
			p.Ids, p.Versions = append(p.Ids, m.ID), append(p.Versions, m.Version)
			p.Emails, p.Phones = append(p.Emails, m.Email), append(p.Phones, m.Phone)
			p.EmailShared, p.PhoneShared = append(p.EmailShared, m.EmailShared), append(p.PhoneShared, m.PhoneShared)
			p.GrownOn, p.Alive, p.DueOn = append(p.GrownOn, m.GrownOn), append(p.Alive, m.Alive), append(p.DueOn, m.DueOn)
		}
		if err := s.KeepPersonsShown(ctx, p); err != nil {
			return err
		}
	}
	if len(forget) > 0 {
		return s.ForgetPersonsShown(ctx, forget)
	}
	return nil
}

// aliases keeps whose the remote records of merged persons are.
func (s showing) aliases(ctx context.Context, batch *ems.Batch) error {
	kind := string(ems.Persons.Kind)
	if from, to := batch.Merged(); len(from) > 0 {
		if err := s.MergedInto(ctx, MergedIntoParams{Kind: kind, Now: s.now, FromKeys: from, ToKeys: to}); err != nil {
			return fmt.Errorf("keep who was merged: %w", err)
		}
		if err := s.MergedChains(ctx, kind, from, to); err != nil {
			return fmt.Errorf("keep who was merged: %w", err)
		}
	}
	if living := batch.Living(); len(living) > 0 {
		if err := s.NotMerged(ctx, kind, living); err != nil {
			return fmt.Errorf("keep who was merged: %w", err)
		}
	}
	return nil
}

// entities reads and locks entities, by key.
func (s showing) entities(ctx context.Context, kind record.Kind, keys []string) (map[string]*ems.Entity, error) {
	rows, err := s.EntitiesToShow(ctx, string(kind), keys)
	if err != nil {
		return nil, fmt.Errorf("read entities: %w", err)
	}
	out := make(map[string]*ems.Entity, len(rows))
	for _, r := range rows {
		out[r.Key] = &ems.Entity{
			Key: r.Key, Fields: record.DecodeFields(r.Fields), From: record.DecodeProvenance(r.Provenance), Deleted: record.Reason(r.Deleted),
		}
	}
	return out, nil
}

// store stores entities that have changed.
func (s showing) store(ctx context.Context, kind record.Kind, changed []ems.Entity) error {
	if len(changed) == 0 {
		return nil
	}
	p := ShowEntitiesParams{Kind: string(kind)}
	for _, e := range changed {
		p.Keys, p.Fields = append(p.Keys, e.Key), append(p.Fields, string(e.Fields.Encode()))
		p.Provenance, p.Deleted = append(p.Provenance, string(record.EncodeProvenance(e.From))), append(p.Deleted, string(e.Deleted))
	}
	if err := s.ShowEntities(ctx, p); err != nil {
		return fmt.Errorf("store entities: %w", err)
	}
	return nil
}

// load reads rows by id: the columns that are shown or looked at, and no other.
func (s showing) load(ctx context.Context, t ems.Table, ids []int64) ([]ems.Row, error) {
	names, rows := t.Reads(), []ems.Row(nil)
	answer, err := s.db.Query(ctx, selectShown(t), ids)
	if err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	var r ems.Row
	var texts []string
	if _, err := pgx.ForEachRow(answer, []any{&r.ID, &r.Version, &r.Key, &r.Deleted, &texts}, func() error {
		row := r
		row.Columns = make(map[string]string, len(names))
		for i, n := range names {
			row.Columns[n] = texts[i]
		}
		rows = append(rows, row)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	return rows, nil
}

// selectShown is the query for rows of a table by id.
func selectShown(t ems.Table) string {
	types, texts := value.TypesOf(t.Kind), []string(nil)
	for _, c := range t.Columns {
		column := of(c.Name)
		text := asText(column, types[c.Field].Class)
		if c.List {
			text = "array_to_string(" + column + `, E'\n')`
		}
		texts = append(texts, "coalesce("+text+", '')")
	}
	for _, c := range t.Beside {
		texts = append(texts, "coalesce("+of(c)+"::text, '')")
	}
	deleted := "r.deleted_on is not null"
	if t.Deleted != "" {
		deleted += " or " + t.Deleted + ".deleted_on is not null"
	}
	return fmt.Sprintf("select r.id, r.version, r.%s::text, %s, array[%s] from ems.%s r %s where r.id = any($1) order by r.id",
		t.Key, deleted, strings.Join(texts, ", "), t.Name, t.Join)
}

// of names a column of the table itself, or one of a table beside it.
func of(column string) string {
	if strings.Contains(column, ".") {
		return column
	}
	return "r." + column
}

// asText is how a column is read in the form of its class. Days outside the years of
// four digits are the first or the last of these.
func asText(column string, class record.Class) string {
	switch class {
	case record.ClassInstant:
		return "to_char(" + column + ` at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
	case record.ClassDate, record.ClassBirth:
		return "case when " + column + " is not null then least(greatest(" + column + ", '0001-01-01'), '9999-12-31')::text end"
	default:
		return column + "::text"
	}
}

// distinct returns each id once, sorted.
func distinct(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}
