package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/server"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/store"
)

// memoryFields are what the two systems in memory share.
var memoryFields = []record.Field{
	person.Email1, person.FirstName, person.FormerMember, person.LastName, person.RelationCode,
}

// startInMemory is the shortest way through the whole program: two systems in
// memory, everything else real.
func (d *demo) startInMemory(ctx context.Context) error {
	d.pipeline = "memory"
	s := app.Defaults()
	s.DataDir = d.dir + "/data"
	s.Database.FlushStatistics = true
	db, err := app.ServeDatabase(ctx, s, d.log)
	if err != nil {
		return err
	}
	d.db = db
	d.closers = append(d.closers, func() error { db.Close(); return nil })
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	source := memory.New("source", memory.Place{Name: "members", Kind: person.Kind, Reads: memoryFields, ReadOnly: true})
	target := memory.New("target", memory.Place{
		Name: "people", Kind: person.Kind, Reads: memoryFields, Writes: memoryFields, Key: []record.Field{person.RelationCode},
	})
	for i := range d.members {
		code := fmt.Sprintf("M%06d", i+1)
		source.Put("members", record.ExternalID(code), record.Fields{
			person.RelationCode: code, person.FirstName: "Member", person.LastName: fmt.Sprint(i + 1),
			person.Email1: fmt.Sprintf("member%d@example.org", i+1), person.FormerMember: "false",
		})
	}
	p, err := app.NewMemory(ctx, db, d.log, source, target)
	if err != nil {
		return err
	}
	api, err := server.New(server.Backend{
		Store: p.Store, Policies: p.Engine.Policies(), AbsentGap: p.Engine.AbsentGap(), Access: store.NewAccess(db.Pool, app.Now), Control: p.Jobs.Control(), Systems: p.Systems, Kinds: p.Kinds, Now: app.Now,
	}, d.log)
	if err != nil {
		return err
	}
	l, err := server.Listen(ctx, server.Config{Listen: cmp.Or(d.listen, "127.0.0.1:0")})
	if err != nil {
		return err
	}
	d.address = l.Addr().String()
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- serve(ctx, p, api, l, d.log) }()
	d.closers = append(d.closers, func() error {
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	})
	d.say("two systems in memory with %d invented members", d.members)
	return d.access(ctx)
}
