package club_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/discipline"
)

// dossier is a case at Rondo Club.
type dossier struct {
	ID      int
	Status  string
	Seizoen []int
	Fields  map[string]any
}

// dossiers are the cases at Rondo Club by their numbers, without those in the trash, and how
// many there are in all.
func (w *world) dossiers() (map[string]dossier, int) {
	w.t.Helper()
	var dump struct{ Cases []dossier }
	w.control(w.rondo, "GET", "/dump", nil, &dump)
	out := map[string]dossier{}
	for _, d := range dump.Cases {
		if d.Status != "trash" {
			out[d.Fields["dossier_id"].(string)] = d
		}
	}
	return out, len(dump.Cases)
}

// charges makes or changes a case.
func (w *world) charges(number, who string, more record.Fields) {
	w.t.Helper()
	f := record.Fields{
		discipline.Dossier: number, discipline.Person: who, discipline.MatchDate: "2025-10-04", discipline.Season: "2025-2026",
		discipline.Match: "Voorbeeld 1 - Proefdorp 2", discipline.Fee: "1550", discipline.ChargeCodes: "1.01",
	}
	w.sportlink.Put("cases", record.ExternalID(number), f.Over(more))
}

// withdrawn counts the tasks about a case that is no more.
func (w *world) withdrawn(number string) (n int) {
	w.t.Helper()
	for _, t := range w.todos() {
		if strings.Contains(t.Notes, "(touchline "+number+"/withdrawn/") {
			n++
		}
	}
	return n
}

// B7, 9015714, e6e9c31: cases go to the member whom they name; what Rondo Club has charged on
// stays; a case that is gone from two certified lists lies in the trash, and is one task.
func TestB7H15Discipline(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, code := range []string{"M1", "M2", "M3", "M4"} {
		w.member(code)
	}
	w.cycle("people")
	for i, number := range []string{"D-1", "D-2", "D-3", "D-4"} {
		w.charges(number, []string{"M1", "M2", "M3", "M4"}[i], nil)
	}
	w.charges("D-5", "X9", nil)                                                            // a stranger
	w.charges("D-6", "", nil)                                                              // nobody
	w.charges("D-7", "M1", record.Fields{discipline.MatchDate: "", discipline.Season: ""}) // no day
	if sum := w.cycle("discipline"); sum.Created != 4 || sum.Failed+sum.Quarantined+sum.Held > 0 {
		t.Fatalf("%+v", sum)
	}
	all, _ := w.dossiers()
	ids := w.site().ids
	for number, who := range map[string]string{"D-1": "M1", "D-2": "M2", "D-3": "M3", "D-4": "M4"} {
		if d := all[number]; d.Fields["person_id"] != float64(ids[who]) || len(d.Seizoen) != 1 || d.Fields["administrative_fee"] != 15.5 {
			t.Errorf("%s: %+v", number, d)
		}
	}
	w.calm("discipline", "discipline")

	// Rondo Club charges a fee on; the case changes, and then Sportlink charges it as well.
	w.control(w.rondo, "PATCH", "/cases/"+strconv.Itoa(all["D-1"].ID), map[string]any{"fields": map[string]any{"is_charged": "rondo"}}, nil)
	w.charges("D-1", "M2", record.Fields{discipline.Sanction: "Berisping"})
	if sum := w.cycle("discipline"); sum.Updated != 1 {
		t.Errorf("%+v", sum)
	}
	w.charges("D-1", "M2", record.Fields{discipline.Sanction: "Berisping", discipline.Charged: discipline.BySportlink})
	w.charges("D-2", "M2", record.Fields{discipline.Charged: discipline.BySportlink})
	w.cycle("discipline")
	all, _ = w.dossiers()
	if d := all["D-1"].Fields; d["is_charged"] != "rondo" || d["sanction_description"] != "Berisping" || d["person_id"] != float64(ids["M2"]) {
		t.Errorf("D-1: %v", d)
	}
	if d := all["D-2"].Fields; d["is_charged"] != "sportlink" {
		t.Errorf("D-2: %v", d)
	}
	w.calm("discipline")

	// Seen missing once is nothing, for good twice: one task, whatever follows.
	w.sportlink.Drop("cases", "D-3", "")
	w.calm("discipline")
	w.pass(7 * 24 * time.Hour)
	w.start()
	w.cycle("discipline")
	if all, total := w.dossiers(); all["D-3"].ID != 0 || len(all) != 3 || total != 4 || w.withdrawn("D-3") != 1 || len(w.todos()) != 1 {
		t.Fatalf("%d cases of %d, tasks %+v", len(all), total, w.todos())
	}
	w.pass(24 * time.Hour)
	w.start()
	w.calm("discipline", "discipline")

	// It comes back, made anew beside the one in the trash; no second task of that.
	w.charges("D-3", "M3", nil)
	if sum := w.cycle("discipline"); sum.Created != 1 {
		t.Errorf("back: %+v", sum)
	}
	if all, total := w.dossiers(); all["D-3"].ID == 0 || total != 5 || len(w.todos()) != 1 {
		t.Errorf("%d of %d, %d tasks", len(all), total, len(w.todos()))
	}
	w.calm("discipline")
}
