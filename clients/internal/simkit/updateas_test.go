package simkit_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// A row that is put aside and brought back is in the journal under the names of that,
// with what stood before and after; a refused one is not.
func TestUpdateAs(t *testing.T) {
	t.Parallel()
	l, _ := newLending(t)
	by := httptest.NewRequest(http.MethodDelete, "/loans/2", http.NoBody)
	l.Lock()
	desk := func(name string) func(*loan) error {
		return func(r *loan) error { r.Desk = name; return nil }
	}
	if _, err := l.loans.UpdateAs("delete", by, "2", desk("archive")); err != nil {
		t.Error(err)
	}
	if _, err := l.loans.UpdateAs("create", by, "2", desk("two")); err != nil {
		t.Error(err)
	}
	if _, err := l.loans.UpdateAs("create", by, "2", func(r *loan) error { r.Reader = "lezer1"; return nil }); err == nil {
		t.Error("another row's reader was taken")
	}
	if _, err := l.loans.UpdateAs("create", by, "9", desk("two")); err != simkit.ErrMissing {
		t.Errorf("a row that is not there: %v", err)
	}
	l.Unlock()
	w := l.Writes(0)
	if len(w) != 2 || w[0].Op != "delete" || w[1].Op != "create" || w[0].ID != "2" || l.loans.Len() != 3 {
		t.Fatalf("journal %+v, %d rows", w, l.loans.Len())
	}
	gone, _ := w[0].After.(*loan)
	back, _ := w[1].After.(*loan)
	if gone == nil || back == nil || gone.Desk != "archive" || back.Desk != "two" || w[1].Before != gone {
		t.Errorf("the journal shows %+v and %+v", gone, back)
	}
}
