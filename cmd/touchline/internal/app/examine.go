package app

import (
	"context"
	"fmt"
	"time"

	"github.com/touchline-sync/touchline/internal/postgres"
	"github.com/touchline-sync/touchline/sync/store"
)

// Checked is one thing that was looked for.
type Checked struct {
	Name  string
	Found string // where or what it is
	Err   error  // a *Lack, or what else is wrong
}

// Examine looks for everything that the program needs from the machine, and whether
// what systems announce arrives here. It changes nothing.
func Examine(ctx context.Context, s Settings) []Checked {
	var all []Checked
	add := func(name, found string, err error) { all = append(all, Checked{name, found, err}) }

	if s.Database.URL != "" {
		add("database", "the address of the settings", tryDatabase(ctx, s))
	} else {
		b, err := postgres.FindBinaries(ctx, s.Database.Binaries)
		if err != nil {
			err = &Lack{err.Error(), installDeps}
		}
		add("Postgres programs", fmt.Sprintf("version %d in %s", b.Major, b.Dir), err)
		dir, err := dataDir(s)
		if err == nil {
			err = postgres.CheckDataDir(ctx, dir, s.Database.Binaries)
		}
		add("data folder", dir, err)
	}
	browser, err := findBrowser(s.Worker.Browser)
	add("browser", browser, err)
	node, err := findNode(ctx, s.Worker.Node)
	add("node", node, err)
	driver, err := findDriver(s.Worker.Driver)
	add("browser driver", driver, err)
	all = append(all, examineWebhooks(ctx, s)...)
	return append(all, waiting(ctx, s)...)
}

// waiting says which systems wait for a person, as their last step has told. A
// database that does not run, or that is new, knows of none.
func waiting(ctx context.Context, s Settings) (all []Checked) {
	url := s.Database.URL.Reveal()
	if dir, err := dataDir(s); url == "" && err == nil {
		url, _ = postgres.URL(dir) // no address: it was never started
	}
	if url == "" {
		return nil
	}
	db, err := connect(ctx, url, false, nil)
	if err != nil {
		return nil
	}
	defer db.Close()
	steps, err := store.New(db.Pool).StepsForAPerson(ctx)
	if err != nil {
		return nil
	}
	for _, step := range steps {
		if set := s.system(step.System); set == nil || !set.Enabled {
			continue
		}
		all = append(all, Checked{Name: step.System, Err: fmt.Errorf("%s, since %s: %s",
			step.Outcome, step.EndedAt.UTC().Format(time.RFC3339), step.Detail)})
	}
	return all
}

func tryDatabase(ctx context.Context, s Settings) error {
	db, err := connect(ctx, s.Database.URL.Reveal(), false, nil)
	if err != nil {
		return err
	}
	db.Close()
	return nil
}
