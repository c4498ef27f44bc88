package events_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/step"
)

// RunSignup holds races, and no registrations yet, when it is met for the first time. A
// person approves once: those who register later are news, and no second first sync.
func TestFirstSyncAsksOnce(t *testing.T) {
	t.Parallel()
	w := organise(t, 40, 1)
	_, err := w.run("inbound-runsignup", nil)
	if stop, stopped := errors.AsType[*step.Stop](err); !stopped || stop.Reason != "FIRST_SYNC" {
		t.Fatalf("the first run: %v", err)
	}
	if _, err := w.approve("inbound-runsignup"); err != nil {
		t.Fatal(err)
	}
	again := func(when string) {
		t.Helper()
		for range 2 {
			for _, name := range []string{"outbound-runsignup", "inbound-runsignup", "scan-runsignup"} {
				if _, err := w.run(name, nil); err != nil {
					t.Errorf("%s, %s: %v", when, name, err)
				}
			}
			w.later(time.Hour)
		}
	}
	again("once it was approved")
	var user struct {
		ID int `json:"user_id"`
	}
	err = w.sites.RunSignup.Call(t.Context(), http.MethodPost, "/users", map[string]any{
		"first_name": "Tess", "last_name": "Inschrijver", "email": "tess@example.org", "dob": "1992-06-07", "gender": "F", "account": true,
	}, &user)
	if err != nil {
		t.Fatal(err)
	}
	w.control(w.sites.RunSignup, http.MethodPost, "/registrations", map[string]any{"race_id": 1101, "event_ids": []int{3101}, "user_id": user.ID, "paid": 2500})
	again("when somebody has registered")
	if n := w.text(`select count(*) from ems.event_participant where last_name = 'Inschrijver'`); n != "1" {
		t.Errorf("%s entries of her", n)
	}
}
