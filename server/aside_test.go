package server_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/record"
)

// What is held, since a reading is not like the ones before, is on the first page; an
// operator says there that it is so now, and the next run takes it. A viewer may not.
func TestPagesOfWhatIsHeld(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	for i := range 12 {
		r.source.Put("members", member(i), record.Fields{fCity: "Elders"})
	}
	if is := r.run(t); is.GetReason() != "FIELDS_HELD" {
		t.Fatalf("the run ended %v %s", is.GetOutcome(), is.GetReason())
	}
	if _, there := r.remote(t, "QXZ0003"); there[fCity] != "Nergens" {
		t.Errorf("what is held was written: %q", there[fCity])
	}
	p := r.reader(t)
	p.signIn(r.operator)
	_, page := p.get("/")
	shows(t, page, `<a href="/held">Fields are held, since a reading is not like the ones before (1)</a>`)
	_, page = p.get("/held")
	shows(t, page, "It is so now", string(fCity), "(12/20)")
	form := regexp.MustCompile(`action="(/held/[^"]+)"`).FindStringSubmatch(page)
	if form == nil {
		t.Fatal("nobody can say that it is so now")
	}
	viewer := r.reader(t)
	viewer.signIn(r.viewer)
	reason := url.Values{"reason": {"the village has another name"}}
	if status, _ := viewer.post(form[1], reason); status != http.StatusForbidden {
		t.Errorf("a viewer says that it is so now: %d", status)
	}
	if status, page := p.post(form[1], url.Values{"reason": {""}}); status != http.StatusConflict || !strings.Contains(page, "reason") {
		t.Errorf("without a reason: %d\n%s", status, page)
	}
	r.wantActs(t, "AcceptChange", 0)
	_, page = p.post(form[1], reason)
	shows(t, page, "accepted by test operator")
	r.wantActs(t, "AcceptChange", 1)
	list, err := r.records(r.operator).ListFindings(t.Context(), &touchlinev1.ListFindingsRequest{})
	if all := list.GetFindings(); err != nil || len(all) != 1 || all[0].GetAcceptedBy() != "test operator" {
		t.Errorf("the findings are %v, %v", all, err)
	}
	_, page = p.get("/")
	if strings.Contains(page, "Fields are held") {
		t.Errorf("what is accepted waits for somebody still:\n%s", page)
	}
	r.sync(t)
	r.holds(t, "QXZ0003", fCity, "Elders")
}
