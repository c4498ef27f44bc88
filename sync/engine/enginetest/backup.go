package enginetest

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/engine"
)

// tablesOf are our tables, but for the queue's and the partitions.
const tablesOf = `select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
	and not c.relispartition and c.relname not like 'river%' and c.relname <> 'goose_db_version' order by 1`

// Backup keeps all rows of the database as they are now.
func Backup() Step {
	return func(s *Stage) {
		s.T.Helper()
		tables := s.names(tablesOf)
		SQL("drop schema if exists backup cascade; create schema backup; " +
			"create table backup.sequences as select sequencename as name, coalesce(last_value, 1) as value, last_value is not null as called " +
			"from pg_sequences where schemaname = 'public'; " + forEach(tables, "create table backup.%[1]s as table public.%[1]s; "))(s)
	}
}

// Restore brings the database back to the backup, and begins with a new process.
func Restore() Step {
	return func(s *Stage) {
		s.T.Helper()
		tables := s.names(tablesOf)
		SQL("set local session_replication_role = replica; truncate " + strings.Join(tables, ", ") + "; " +
			s.copies(tables) +
			"select setval(format('public.%I', name)::regclass, value, called) from backup.sequences;")(s)
		s.Restart()
	}
}

// copies are statements that fill the tables from the backup; what is generated makes
// itself.
func (s *Stage) copies(tables []string) string {
	s.T.Helper()
	var b strings.Builder
	for _, t := range tables {
		columns := strings.Join(s.names("select quote_ident(column_name) from information_schema.columns where table_schema = 'public' "+
			"and is_generated = 'NEVER' and quote_ident(table_name) = '"+t+"' order by ordinal_position"), ", ")
		fmt.Fprintf(&b, "insert into public.%[1]s (%[2]s) overriding system value select %[2]s from backup.%[1]s; ", t, columns)
	}
	return b.String()
}

// forEach is a statement for each of the tables.
func forEach(tables []string, statement string) string {
	var b strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&b, statement, t)
	}
	return b.String()
}

func (s *Stage) names(q string) []string {
	s.T.Helper()
	rows, err := s.Pool.Query(s.T.Context(), q)
	if err != nil {
		s.T.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			s.T.Fatal(err)
		}
		out = append(out, name)
	}
	if err := rows.Err(); err != nil {
		s.T.Fatal(err)
	}
	return out
}

// Marked has a process compare the mark that it has kept with the database, as it
// does again and again, and wants to find this.
func Marked(mark *engine.Mark, want engine.Finding) Step {
	return func(s *Stage) {
		s.T.Helper()
		if err := s.Store.EnsureDeployment(s.T.Context(), uuid.New(), []byte("key")); err != nil {
			s.T.Fatal(err)
		}
		kept := mark
		if mark.Epoch == uuid.Nil {
			kept = nil // the first start
		}
		now, found, err := s.Engine.Compare(s.T.Context(), kept)
		if err != nil {
			s.T.Fatal(err)
		}
		if found != want {
			s.T.Errorf("the database is %q, want %q", found, want)
		}
		*mark = now
	}
}
