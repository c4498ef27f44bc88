package rondosync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Plan is what there is to be taken over.
type Plan struct {
	Tables []*Table `json:"tables"`
	Left   []Left   `json:"left,omitempty"`
	// Hash names what is to be said of which record; "" where nothing is.
	Hash string `json:"hash,omitempty"`
}

// Table is what a table comes to.
type Table struct {
	Table  string        `json:"table"`
	System record.System `json:"system"`
	Place  string        `json:"place"`
	Kind   record.Kind   `json:"kind"`
	Rows   int           `json:"rows"`  // with a remote id
	Shown  int           `json:"shown"` // the record says itself whose it is
	Done   int           `json:"done"`  // it is theirs already, or was said before
	New    int           `json:"new"`   // this is to be said
	// Unread says that the system was never read: its records cannot be looked up.
	Unread   bool     `json:"unread,omitempty"`
	Pipeline string   `json:"pipeline"`
	Misfits  []Misfit `json:"misfits,omitempty"`

	ids, keys []string // to be said
}

// Misfit is why some rows are not taken over.
type Misfit struct {
	Why  string   `json:"why"`
	Rows int      `json:"rows"`
	IDs  []string `json:"ids,omitempty"` // of the first of them, at the system
}

// mostNamed is how many records are named of one misfit.
const mostNamed = 20

// Misfits of what the files say.
const (
	whyTwoRows  = "several rows have this record, and nothing tells whose it is"
	whyTwoIDs   = "several records for one"
	whyNobody   = "Sportlink lists nobody, or nothing, with this number now: the record stays as it is"
	whyGone     = "not there: the system does not show the record"
	whyAnother  = "the record says that it is somebody else's"
	whyTaken    = "the record is somebody else's already"
	whyElsewise = "another record there is theirs already"
)

func (t *Table) misfit(why, id string) {
	i := slices.IndexFunc(t.Misfits, func(m Misfit) bool { return m.Why == why })
	if i < 0 {
		i = len(t.Misfits)
		t.Misfits = append(t.Misfits, Misfit{Why: why})
	}
	m := &t.Misfits[i]
	if m.Rows++; id != "" && len(m.IDs) < mostNamed {
		m.IDs = append(m.IDs, id)
	}
}

// Make looks up at each system, as it was read last, what the files say, and plans what is
// to be taken over. It changes nothing.
func Make(ctx context.Context, q *store.Queries, f *Files) (*Plan, error) {
	p, taken := &Plan{Left: f.Left}, map[string]bool{}
	for _, t := range tables {
		rows := f.rows[t.name]
		if len(rows) == 0 {
			continue
		}
		out := &Table{Table: t.name, System: t.system, Place: t.place, Kind: t.kind, Rows: len(rows), Pipeline: t.pipeline}
		p.Tables = append(p.Tables, out)
		if err := out.judge(ctx, q, t, rows, taken); err != nil {
			return nil, fmt.Errorf("look up what %s has: %w", t.name, err)
		}
	}
	p.Hash = p.hash()
	return p, nil
}

// judge decides of each row. taken are the records that rows before have, by place and id.
func (t *Table) judge(ctx context.Context, q *store.Queries, of table, rows []row, taken map[string]bool) error {
	read, err := q.PlaceRead(ctx, string(of.system), of.place)
	if err != nil {
		return err
	}
	if t.Unread = !read; t.Unread {
		return nil
	}
	clear := t.clear(of, rows, taken)
	ids, keys := make([]string, len(clear)), make([]string, len(clear))
	for i, r := range clear {
		ids[i], keys[i] = r.id, r.key
	}
	standing, err := q.StandingOf(ctx, store.StandingOfParams{Ids: ids, System: string(of.system), Place: of.place, Kind: string(of.kind)})
	if err != nil {
		return err
	}
	stands := map[string]store.StandingOfRow{}
	for _, s := range standing {
		stands[s.ID] = s
	}
	held := map[string]string{}
	had, err := q.HaveThere(ctx, store.HaveThereParams{System: string(of.system), Place: of.place, Kind: string(of.kind), Keys: keys})
	if err != nil {
		return err
	}
	for _, h := range had {
		held[h.Key] = h.ExternalID
	}
	known := map[string]bool{}
	if of.known != "" {
		there, err := q.KeysThere(ctx, keys, string(of.known), string(sportlink))
		if err != nil {
			return err
		}
		for _, key := range there {
			known[key] = true
		}
	}
	for _, r := range clear {
		t.take(r, stands[r.id], held, of.known == "" || known[r.key])
	}
	return nil
}

// take decides of a row by how its record stands.
func (t *Table) take(r row, s store.StandingOfRow, held map[string]string, known bool) {
	other, has := held[r.key]
	switch {
	case s.Owner == r.key, s.Said == r.key:
		t.Done++
	case s.Owner != "", s.Said != "":
		t.misfit(whyTaken, r.id)
	case !s.There:
		t.misfit(whyGone, r.id)
	case s.Shows == r.key:
		t.Shown++
	case s.Shows != "":
		t.misfit(whyAnother, r.id)
	case has && other != r.id:
		t.misfit(whyElsewise, r.id)
	case !known:
		t.misfit(whyNobody, r.id)
	default:
		t.New++
		t.ids, t.keys = append(t.ids, r.id), append(t.keys, r.key)
	}
}

// clear are the rows that say one thing.
func (t *Table) clear(of table, rows []row, taken map[string]bool) (out []row) {
	byID, byKey := map[string]int{}, map[string]int{}
	for _, r := range rows {
		byID[r.id]++
		byKey[r.key]++
	}
	for _, r := range rows {
		at := string(of.system) + "/" + of.place + "/" + r.id
		switch {
		case r.why != "":
			t.misfit(r.why, r.id)
		case byID[r.id] > 1:
			t.misfit(whyTwoRows, r.id)
		case byKey[r.key] > 1:
			t.misfit(whyTwoIDs, r.id)
		case taken[at] && of.yields:
			t.Shown++ // a parent who is a member is that member
		default:
			out = append(out, r)
		}
		taken[at] = true
	}
	return out
}

// hash names what the plan says; it does not depend on the order of rows.
func (p *Plan) hash() string {
	var lines []string
	for _, t := range p.Tables {
		for i, id := range t.ids {
			lines = append(lines, fmt.Sprintf("%s %s %s %s %s\n", t.System, t.Place, t.Kind, id, strconv.Quote(t.keys[i])))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	slices.Sort(lines)
	sum := sha256.New()
	for _, line := range lines {
		_, _ = io.WriteString(sum, line) // never fails
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// Changed is the answer to a hash that is not the plan's.
type Changed struct{ Plan *Plan }

// Error says what to do.
func (c Changed) Error() string {
	if c.Plan.Hash == "" {
		return "nothing is left to be taken over: there is no plan with this hash"
	}
	return "what is to be taken over is not what this hash names, since the files or what the systems show have changed: look at the plan anew"
}

// Apply takes over what the plan with the hash says, and nothing where the plan has become
// another one.
func Apply(ctx context.Context, pool *pgxpool.Pool, f *Files, hash string, by store.Actor, now time.Time) (p *Plan, err error) {
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		q := store.New(tx)
		if err := q.LockWhose(ctx); err != nil {
			return err
		}
		if p, err = Make(ctx, q, f); err != nil {
			return err
		}
		if p.Hash == "" || p.Hash != hash {
			return Changed{p}
		}
		n := 0
		for _, t := range p.Tables {
			if len(t.ids) == 0 {
				continue
			}
			n += len(t.ids)
			if err := q.SayWhose(ctx, store.SayWhoseParams{
				System: string(t.System), Place: t.Place, Kind: string(t.Kind), Now: now, Ids: t.ids, Keys: t.keys,
			}); err != nil {
				return fmt.Errorf("take over %s: %w", t.Table, err)
			}
			if err := q.SeeSaid(ctx, string(t.System), t.Place, t.ids); err != nil {
				return fmt.Errorf("take over %s: %w", t.Table, err)
			}
		}
		return store.AppendAudit(ctx, tx, now, store.Act{By: by, Action: "ImportRondoSync", Target: strconv.Itoa(n) + " records", Reason: "plan " + hash})
	})
	return p, err
}
