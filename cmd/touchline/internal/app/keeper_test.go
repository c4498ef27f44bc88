package app

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// keeping is a data folder with a database, and what its processes say.
type keeping struct {
	*testing.T

	dir    string
	store  *store.Store
	engine *engine.Engine
	log    bytes.Buffer
}

func newKeeping(t *testing.T) *keeping {
	t.Helper()
	k := &keeping{T: t, dir: t.TempDir(), store: store.Open(pgtest.New(t))}
	k.sql(`insert into deployment (id, digest_key) values (gen_random_uuid(), 'key')`)
	conn, err := memory.New("source", memory.Place{Name: "members", Kind: "test.person", Reads: []record.Field{"code"}, ReadOnly: true}).
		Open(connectortest.NewHost(t))
	if err != nil {
		t.Fatal(err)
	}
	page := &policy.Policy{Kind: "test.person", Sources: []record.System{"source"}}
	k.engine, err = engine.New(k.store, policy.Set{page}, nil, []engine.System{{Name: "source", Connector: conn}}, engine.DefaultSettings(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// start is a process that starts.
func (k *keeping) start() *keeper {
	k.Helper()
	p, err := newKeeper(Settings{DataDir: k.dir}, k.engine, slog.New(slog.NewTextHandler(&k.log, nil)))
	if err != nil {
		k.Fatal(err)
	}
	k.keep(p)
	return p
}

func (k *keeping) keep(p *keeper) {
	k.Helper()
	if err := p.Keep(k.Context()); err != nil {
		k.Fatal(err)
	}
}

func (k *keeping) sql(q string) {
	k.Helper()
	if _, err := k.store.Pool.Exec(k.Context(), q); err != nil {
		k.Fatal(err)
	}
}

// said wants the processes to have said something so often.
func (k *keeping) said(what string, times int) {
	k.Helper()
	if n := strings.Count(k.log.String(), what); n != times {
		k.Errorf("%q was said %d times, want %d:\n%s", what, n, times, k.log.String())
	}
}

const sent = `insert into journal (at, run, step, system, place, kind, sync_record, entity, op, until)
	values (now(), gen_random_uuid(), 1, 'source', 'members', 'test.person', 1, 1, 'update', now())`

// A restore is told once by the process that finds it, and that it holds by each.
func TestKeeperFindsARestore(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	serve := k.start()
	k.sql(sent)
	k.keep(serve)
	k.sql(sent)
	k.keep(serve)
	k.start()
	k.said("RESTORED", 0)
	k.sql(`delete from journal where id = (select max(id) from journal)`)
	k.keep(serve) // while it runs
	k.keep(serve)
	k.said("it was restored from a backup", 1)
	k.said("RESTORED: until every place was read whole", 1)
	k.start()
	k.said("it was restored from a backup", 1)
	k.said("RESTORED: until every place was read whole", 2)
	k.sql(`update listing set restored_on = null`)
	k.keep(serve)
	k.said("RESTORED is over", 1)
	k.start()
	k.said("RESTORED", 3)
}

// The same at a start: what was seen stands in the data folder.
func TestKeeperFindsARestoreAtItsStart(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	k.sql(sent)
	k.start()
	k.sql(`delete from journal`)
	k.start()
	k.said("it was restored from a backup", 1)
}

func TestKeeperMeetsANewDatabase(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	if err := writeMark(k.dir, engine.Mark{Epoch: uuid.New(), Journal: 7}); err != nil {
		t.Fatal(err)
	}
	k.start()
	k.start()
	k.said("taken for a new deployment", 1)
	k.said("RESTORED", 0)
}

// A folder that cannot be written is told once, and stops nothing.
func TestKeeperWithoutAFolder(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	p := k.start()
	k.sql(sent)
	if err := errors.Join(os.RemoveAll(k.dir), os.WriteFile(k.dir, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	k.keep(p)
	k.keep(p)
	k.said("its data folder cannot be written", 1)
}

// A row of the audit that was changed is found by the walk, and a tail that was cut at
// once; both stay told.
func TestKeeperFindsABrokenAudit(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]string{
		"changed": `update audit set target = 'another' where id = 2`,
		"cut":     `delete from audit where id = (select max(id) from audit)`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKeeping(t)
			for range 3 {
				err := pgx.BeginFunc(t.Context(), k.store.Pool, func(tx pgx.Tx) error {
					return store.AppendAudit(t.Context(), tx, time.Now(), store.Act{By: store.Actor{Name: "alice"}, Action: "Test"})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			p := k.start()
			p.audit = k.store
			k.keep(p)
			if p.AuditBroken() {
				t.Fatal("an audit that is whole is told to be broken")
			}
			k.sql(harm)
			p.walked = time.Time{} // it is time
			k.keep(p)
			k.keep(p)
			if !p.AuditBroken() {
				t.Error("nothing is found")
			}
			k.said("the audit is not whole", 1)
		})
	}
}
