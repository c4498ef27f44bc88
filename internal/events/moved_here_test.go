package events_test

import (
	"fmt"
	"testing"
)

// Who is moved to another race in EMS stays at RunSignup as registered: people transfer
// there. The refusal is shown, blocks nothing else, is not tried again and again, ends with
// the move, and with what people do there.
func TestMovedHere(t *testing.T) {
	t.Parallel()
	w := register(t)
	w.entry("501", 31, "5")
	w.start()
	refused := func(when string, want int64) {
		t.Helper()
		if n := w.Count(`select count(*) from sync_record where system = 'runsignup' and kind = 'event.participant' and held -> 'race' ->> 0 like '%transfer%'`); n != want {
			t.Errorf("%s: %d records say that their race is refused, want %d", when, n, want)
		}
	}
	stands := func(when string, race int64, bib string, event int) {
		t.Helper()
		ours, theirs := w.ours("501"), w.theirs()["Mokoena 501"]
		last := theirs[len(theirs)-1]
		if ours.Race != race || ours.Bib != bib || !ours.Active || last["bib"] != bib || fmt.Sprint(last["event_ids"]) != fmt.Sprintf("[%d]", event) {
			t.Errorf("%s: %+v here, %v there", when, ours, last)
		}
	}
	w.exec(`update ems.event_participant set race_id = 32, bib = '6' where id = 501`)
	w.quietAfter()
	refused("moved", 1)
	stands("moved", 32, "6", 3001)
	w.exec(`update ems.event_participant set bib = '7' where id = 501`)
	w.quietAfter()
	refused("renumbered", 1)
	stands("renumbered", 32, "7", 3001)
	w.exec(`update ems.event_participant set race_id = 31 where id = 501`)
	w.quietAfter()
	refused("moved back", 0)
	stands("moved back", 31, "7", 3001)
	w.exec(`update ems.event_participant set race_id = 32 where id = 501`)
	w.quietAfter()
	refused("moved again", 1)

	// People there do it as well.
	old := w.theirs()["Mokoena 501"][0]
	var next struct {
		ID int `json:"registration_id"`
	}
	w.control("POST", "/registrations", map[string]any{"race_id": 1001, "event_ids": []int{3002}, "user_id": old["user_id"], "bib": "7"}, &next)
	w.control("POST", fmt.Sprintf("/registrations/%.0f/remove", old["registration_id"]), map[string]any{"reason": "transferred", "new_registration_id": next.ID}, nil)
	w.quietAfter()
	refused("transferred", 0)
	stands("transferred", 32, "7", 3002)
	if n := w.Count(`select count(*) from ems.event_participant where deleted_on is null`); n != w.Count(`select count(*) from ems.event_participant`) || len(w.theirs()["Mokoena 501"]) != 2 {
		t.Errorf("%d entries here, %v there", n, w.theirs()["Mokoena 501"])
	}
}
