package simkit_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
)

// Whoever takes the lock finds what time has changed, and what he changes is told
// once the lock is free, before his call has ended.
func TestWithin(t *testing.T) {
	t.Parallel()
	l, r := newLending(t)
	told := 0
	l.Within(
		func() { l.hours.Closed = l.loans.Len() > 3 },
		func() func() {
			if l.loans.Len() < 5 {
				return nil
			}
			return func() {
				l.Kit.Requests(0) // which waits for ever where the kit is locked
				told++
			}
		},
	)
	for i, reader := range []string{"bo", "ali"} {
		if status, _ := l.ask(t, "POST", "/loans", reader); status != http.StatusCreated || l.hours.Closed != (i > 0) || told != i {
			t.Errorf("loan %d: %d, closed %v, told %d times", i, status, l.hours.Closed, told)
		}
	}
	for i, text := range []string{`{"desk": "two"}`, `{"reader": ""}`} { // also one that fails
		if err := r.Call(t.Context(), "PATCH", "/loans/1", json.RawMessage(text), nil); (err != nil) != (i > 0) || told != 2+i {
			t.Errorf("control call %d: %v, told %d times", i, err, told)
		}
	}
}

// What follows from a row's change follows from a call and from a control call alike,
// and can be another change; a fill and a refusal change nothing.
func TestChanged(t *testing.T) {
	t.Parallel()
	var heard []string
	var loans, notes *simkit.Table[loan]
	rules := simkit.Rules[loan]{
		Collection: "notes", ID: func(r *loan) string { return r.ID },
		Unique: map[string]func(*loan) string{"reader": func(r *loan) string { return r.Reader }},
	}
	notes = simkit.NewTable(rules)
	rules.Changed = func(before, after *loan) {
		heard = append(heard, fmt.Sprint(before != nil, after != nil))
		if after == nil {
			_, _ = notes.Delete(nil, before.ID)
		}
	}
	loans = simkit.NewTable(rules)
	for _, id := range []string{"1", "2"} {
		loans.Fill(&loan{ID: id, Reader: id})
		notes.Fill(&loan{ID: id, Reader: id})
	}
	same := func(r *loan) error { r.Reader = "1"; return nil }
	other := func(r *loan) error { r.Reader = "9"; return nil }
	refused := loans.Insert(nil, &loan{ID: "3", Reader: "1"})
	_, taken := loans.Update(nil, "2", same)
	_, missing := loans.Delete(nil, "7")
	if refused == nil || taken == nil || missing == nil || len(heard) > 0 {
		t.Fatalf("%v, %v, %v: heard %q", refused, taken, missing, heard)
	}
	_ = loans.Insert(nil, &loan{ID: "3", Reader: "3"})
	_, _ = loans.Update(nil, "2", other)
	_, _ = loans.Delete(nil, "2")
	if want := []string{"false true", "true true", "true false"}; !slices.Equal(heard, want) || notes.Get("2") != nil || notes.Len() != 1 {
		t.Errorf("heard %q, %d notes", heard, notes.Len())
	}
}

// A control call of a simulator's own answers like the others.
func TestAct(t *testing.T) {
	t.Parallel()
	l, r := newLending(t)
	simkit.Act(l.Kit, "POST /loans/{id}/desk", func(r *http.Request, body []byte) (any, error) {
		if len(body) == 0 {
			_, err := l.loans.Delete(nil, r.PathValue("id"))
			return nil, err
		}
		return l.loans.Update(nil, r.PathValue("id"), func(row *loan) error { return simkit.Strict(body, &row.Desk) })
	})
	var row loan
	if simtest.Control(t, r, "POST", "/loans/2/desk", "four", &row); row.ID != "2" || row.Desk != "four" {
		t.Errorf("answered %+v", row)
	}
	simtest.Control(t, r, "POST", "/loans/2/desk", nil, nil)
	for what, body := range map[string]any{"404": "four", "400": 4} {
		path := map[string]string{"404": "/loans/2/desk", "400": "/loans/1/desk"}[what]
		if err := r.Call(t.Context(), "POST", path, body, nil); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("want %s: %v", what, err)
		}
	}
}

// What stands around a call knows its path, may answer in its place, and is itself free
// to ask the kit.
func TestAround(t *testing.T) {
	t.Parallel()
	k := simkit.New("gate", &simkit.Store{})
	k.Part("api", simkit.API{
		Kit: k, Enter: func(*http.Request) error { return nil }, Unknown: simkit.ErrMissing,
		Refused: func(http.ResponseWriter, error) (int, any) { return http.StatusNotFound, nil },
		Calls: map[string]simkit.Call{"GET /gates/{id}": func(r *http.Request) (int, any, error) {
			return http.StatusOK, r.PathValue("note"), nil
		}},
		Around: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if k.Fault(r, "shut") {
				w.WriteHeader(http.StatusTeapot)
				return
			}
			r.SetPathValue("note", "gate "+r.PathValue("id"))
			next.ServeHTTP(w, r)
		},
	}.Handler())
	r := simtest.Start(t, k)
	ask := func(path string) string {
		resp, err := http.Get(k.Address("api") + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		data, _ := io.ReadAll(resp.Body)
		return fmt.Sprint(resp.StatusCode, string(data))
	}
	if open, none := ask("/gates/4"), ask("/doors"); open != `200"gate 4"` || none != "404" {
		t.Errorf("%s, %s", open, none)
	}
	if _, err := r.Inject(t.Context(), simkit.Fault{Do: simkit.Do{Kind: simkit.FaultNamed, Name: "shut"}}); err != nil {
		t.Fatal(err)
	}
	if shut := ask("/gates/4"); shut != "418" {
		t.Errorf("shut: %s", shut)
	}
}
