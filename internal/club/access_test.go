package club_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/step"
)

// account makes an account at the site for a member.
func (w *world) account(code string) {
	w.t.Helper()
	w.control(w.rondo, "POST", "/accounts", map[string]any{"knvb_id": code, "roles": []string{"rondo_user"}}, nil)
}

// roles are those of the account of a member.
func (w *world) roles(code string) string {
	w.t.Helper()
	var dump struct {
		Accounts []struct {
			Code  string `json:"knvb_id"`
			Roles []string
		}
	}
	w.control(w.rondo, "GET", "/dump", nil, &dump)
	for _, a := range dump.Accounts {
		if a.Code == code {
			slices.Sort(a.Roles)
			return strings.Join(a.Roles, " ")
		}
	}
	return "no account"
}

// asked counts the calls of capabilities since it was asked last.
func (w *world) asked() (n int) {
	w.t.Helper()
	all, err := w.rondo.Requests(w.t.Context(), w.seen["asked"])
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range all {
		w.seen["asked"] = max(w.seen["asked"], r.Seq)
		if strings.HasSuffix(r.Path, "/capability-sync") {
			n++
		}
	}
	return n
}

// 3.1.5, B41: functions of the club give roles at the site, by calls of their own and only
// when they have changed. A reading that shows nobody's functions takes no role away; the
// last function that ends does, and so does leaving. Who has never had one is not told of.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.does("M1", "Verenigingsbreed|Secretaris|2020-08-01|", "Bar|Voorzitter|2020-08-01|")
	w.does("M2", "Verenigingsbreed|Voorzitter|2020-08-01|")
	w.does("M3", "Verenigingsbreed|Voorzitter|2020-08-01|")
	w.does("M4")
	for _, code := range []string{"M1", "M2", "M4"} {
		w.account(code)
	}
	want := func(when string, calls int, all ...string) {
		t.Helper()
		if n := w.asked(); n != calls {
			t.Errorf("%s: %d calls, want %d", when, n, calls)
		}
		for i, code := range []string{"M1", "M2", "M4"} {
			if got := w.roles(code); got != all[i] {
				t.Errorf("%s: %s has %q, want %q", when, code, got, all[i])
			}
		}
	}
	w.cycle("people", "functions-full")
	want("first", 3, "rondo_bestuur rondo_user", "rondo_bestuur rondo_user rondo_vog", "rondo_user")
	w.cycle("people") // who is a volunteer is read
	if sum := w.cycle("functions-full", "functions", "people"); sum != (step.Counter{}) {
		t.Errorf("once more: %+v", sum)
	}
	want("once more", 0, "rondo_bestuur rondo_user", "rondo_bestuur rondo_user rondo_vog", "rondo_user")

	w.does("M2", "Verenigingsbreed|Secretaris|2026-08-01|", "Verenigingsbreed|Voorzitter|2020-08-01|2026-07-31")
	w.cycle("functions")
	want("another function", 1, "rondo_bestuur rondo_user", "rondo_bestuur rondo_user", "rondo_user")

	w.does("M1")
	w.cycle("functions")
	want("a visit does not show it", 0, "rondo_bestuur rondo_user", "rondo_bestuur rondo_user", "rondo_user")
	w.cycle("functions-full")
	want("it has ended", 1, "rondo_user", "rondo_bestuur rondo_user", "rondo_user")

	w.account("M3")
	w.sportlink.Drop("members", "M2", "")
	for range 3 {
		w.pass(25 * time.Hour)
		w.cycle("people", "functions-full")
	}
	want("one has left, and one has an account now", 2, "rondo_user", "rondo_user", "rondo_user")
	if got := w.roles("M3"); got != "rondo_bestuur rondo_user rondo_vog" {
		t.Errorf("who has an account now has %q", got)
	}
	w.calm("functions-full", "functions")
}
