package chaos

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/sync/connector"
)

// Player tells stories, one after another, on one database that it empties
// before each.
type Player struct {
	Pool *pgxpool.Pool
	Host connector.Host
	// Off are the features that are left out of every story and the checks that
	// are not judged. A feature is a verb ("Merge"), a verb with its How ("Join
	// new id"), a verb where a target lists what has changed since ("RunKeys
	// Since"), or, for Generate alone, an option of a target ("Keyed").
	Off map[string]bool

	told int
}

// stage is a story under way.
type stage struct {
	*rig
	*model

	rests   *run   // begun and not finished
	restsAt string // the phases that it still has to do
	kept    []*run // plans that wait for somebody
	later   []*run // plans that are applied in part
	giveUp  bool   // the next run whose process dies is given up
}

// Tell tells a story and returns the checks that it fails.
func (p *Player) Tell(ctx context.Context, s Story) ([]Failure, error) {
	st, err := p.tell(ctx, s)
	if err != nil {
		return nil, err
	}
	return p.judged(st.fails), nil
}

func (p *Player) tell(ctx context.Context, s Story) (st *stage, err error) {
	if err := reset(ctx, p.Pool, p.told); err != nil {
		return nil, fmt.Errorf("empty the database: %w", err)
	}
	p.told++
	r, err := newRig(ctx, p.Pool, p.Host, s.Cast)
	if err != nil {
		return nil, err
	}
	st = &stage{rig: r, model: newModel(s.Cast, r.sites)}
	defer func() {
		if v := recover(); v != nil {
			st.fail(BreaksDown, "panic: %v\n%s", v, debug.Stack())
		}
	}()
	for _, o := range s.Ops {
		if !o.off(s.Cast, p.Off) {
			st.do(o)
		}
	}
	if quiet := st.close(); quiet {
		if err := st.judge(ctx); err != nil {
			return nil, err
		}
	}
	return st, nil
}

func (p *Player) judged(all []Failure) (out []Failure) {
	for _, f := range all {
		if !p.Off[f.Check] {
			out = append(out, f)
		}
	}
	return out
}

// ended takes the error in with which a part of a run has ended.
func (s *stage) ended(err error) {
	switch {
	case err == errEndless: //nolint:err113 // it is never wrapped
		s.fail(Endless, "%v", err)
	case !expected(err):
		s.fail(BreaksDown, "%v", err)
	}
}

// goRun does what is left of a run. A plan that a limit has stopped, or that was
// asked for, is kept; a run that has failed drops what it staged.
func (s *stage) goRun(in *run, phases string) error {
	fired, trouble := s.fired(), s.trouble()
	err := s.phases(in, phases)
	s.ended(err)
	if err == errLater { //nolint:err113,errorlint // it is never wrapped
		s.later = append(s.later, in)
		return err
	}
	if in.hash != "" {
		s.kept = append(s.kept, in)
		return err
	}
	if err == nil && phases != "read plan write" && phases != "plan write" && phases != "write" {
		return nil
	}
	s.ended(s.discard(in))
	if err == nil && phases == "read plan write" && len(in.task.Keys) == 0 && in.way == "" && s.fired() == fired && !trouble {
		s.clean()
		for _, k := range s.kept {
			k.newer = true
		}
	}
	return err
}

func (s *stage) phases(in *run, phases string) error {
	if phases == "read" || phases == "read plan" || phases == "read plan write" {
		err := s.read(in)
		for _, site := range s.rig.sites[:len(in.pipeline(s.rig.cast).Reads)] {
			site.read()
			s.first[site.Name] = true
		}
		if err != nil || phases == "read" {
			return err
		}
	}
	if phases != "write" {
		if err := s.decide(in); err != nil || phases == "read plan" || in.task.Plan {
			return err
		}
	}
	return s.writes(in)
}

// writes carries a run out. When the process dies, another takes the run over,
// or it is given up.
func (s *stage) writes(in *run) error {
	for {
		err := s.write(in)
		if err != errCrash { //nolint:err113,errorlint // asked for below
			return err
		}
		if err := s.start(); err != nil {
			return err
		}
		if s.giveUp {
			return errCrash
		}
	}
}

func (s *stage) fired() (n int) {
	for _, site := range s.rig.sites {
		n += site.fired
	}
	return n
}

func (s *stage) trouble() bool {
	for _, site := range s.rig.sites {
		if site.troubled() {
			return true
		}
	}
	return false
}

// hours lets time go by.
func (s *stage) hours(n int) { s.now = s.now.Add(time.Duration(n) * time.Hour) }

// between is how much time goes by with each run.
const between = 35 * time.Minute

// close ends all trouble and runs until nothing moves. It reports whether the
// end can be judged.
func (s *stage) close() bool {
	for _, site := range s.rig.sites {
		site.calm()
	}
	if s.rests != nil {
		_ = s.goRun(s.rests, s.restsAt) // what may come of it is judged there
		s.rests = nil
	}
	for _, in := range s.kept {
		s.ended(s.discard(in))
	}
	s.kept, s.halts = nil, ""
	s.resumeAll()
	for _, in := range s.later {
		s.old = in.task.Approved
		_ = s.goRun(in, "plan write") // what may come of it is judged there
		s.old = false
	}
	var last error
	for n := range closing {
		s.now = s.now.Add(pause(n))
		writes, rows := len(s.journal), s.rows()
		in := s.newRun()
		if last = s.goRun(in, "read plan write"); stopped(last) {
			s.kept = nil
			last = s.approve(in)
			continue
		}
		if last == nil && n >= 3 && len(s.journal) == writes && s.rows() == rows {
			return true
		}
	}
	if last != nil {
		s.fail(NeverWell, "%v", last)
		return false // what is wrong then follows from it
	}
	s.fail(NotQuiet, "after %d runs", closing)
	return true
}

// closing is how many runs the end may take.
const closing = 12

// pause is how long to wait before a run of the end: first as between scheduled
// runs, then so long that everything that waits is due.
func pause(n int) time.Duration {
	if n < 3 {
		return 2 * time.Hour
	}
	return 25 * time.Hour
}

// rows is a number that changes when a row is written that a quiet run leaves
// alone. What is refused for good is tried again, and may note that; so is what is to be
// written of one who is kept though their record is not there.
func (s *stage) rows() (n int64) {
	err := s.pool.QueryRow(s.ctx, `select
		(select count(*) + coalesce(sum(xmin::text::bigint), 0) from entity) +
		(select count(*) + coalesce(sum(xmin::text::bigint), 0) from plan_row) +
		(select count(*) + coalesce(sum(xmin::text::bigint), 0) from conflict) +
		(select count(*) + coalesce(sum(xmin::text::bigint), 0) from sync_record where quarantine = '' and held = '{}' and decided <> 'keep')`).Scan(&n)
	s.ended(err)
	return n
}
