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
	shows(t, page, `<a href="/held">Fields are held, since a reading is not like the ones before (1)</a>`, "press it is so now")
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

// What a system shows that cannot be read and is nobody's is told with where it stands and
// why, on the pages, in the table and by the API; no value of it is.
func TestWhatCannotBeReadAndIsNobodys(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	r.source.Put("members", "A-77", record.Fields{fMail: "nobody77@example.org", fCity: "Nergenshuizen", fName: "Zonder"})
	r.source.Break("members", "A-77", "no relation code")
	r.source.Put("members", "B-78", record.Fields{fMail: "nobody78@example.org", fCity: "Nergenshuizen", fName: "Zonder"})
	r.source.Break("members", "B-78", "two relation codes")
	r.run(t)
	c := r.records(r.operator)
	first, err := c.ListUnreadable(t.Context(), &touchlinev1.ListUnreadableRequest{PageSize: 1})
	if err != nil || len(first.GetRecords()) != 1 || first.GetNextPageToken() == "" {
		t.Fatalf("the first of two: %v, %v", first, err)
	}
	if _, err := c.ListUnreadable(t.Context(), &touchlinev1.ListUnreadableRequest{System: "target", PageToken: first.GetNextPageToken()}); reason(err) != "MALFORMED_PAGE_TOKEN" {
		t.Errorf("the page of another question: %v", err)
	}
	rest, err := c.ListUnreadable(t.Context(), &touchlinev1.ListUnreadableRequest{PageSize: 1, PageToken: first.GetNextPageToken()})
	if err != nil || len(rest.GetRecords()) != 1 || rest.GetNextPageToken() != "" {
		t.Fatalf("the second of two: %v, %v", rest, err)
	}
	at := first.GetRecords()[0]
	if at.GetSystem() != "source" || at.GetPlace() != "members" || at.GetKind() != string(kind) || at.GetExternalId() != "A-77" || at.GetReason() != "unreadable: no relation code" {
		t.Errorf("it stands at %v", at)
	}
	if none, err := c.ListUnreadable(t.Context(), &touchlinev1.ListUnreadableRequest{System: "target"}); err != nil || len(none.GetRecords()) != 0 {
		t.Errorf("at the target: %v, %v", none, err)
	}
	masked, err := r.records(r.viewer).ListUnreadable(t.Context(), &touchlinev1.ListUnreadableRequest{})
	if err != nil || len(masked.GetRecords()) != 2 || strings.Contains(masked.String(), "77") {
		t.Errorf("a viewer sees %v, %v", masked, err)
	}

	p := r.reader(t)
	p.signIn(r.operator)
	_, page := p.get("/")
	shows(t, page, `<a href="/quarantine#unreadable">Records at systems cannot be read (2)</a>`)
	_, page = p.get("/quarantine")
	shows(t, page, "What could not be read", "source members "+string(kind), "A-77", "B-78", "unreadable: two relation codes")
	status, table := p.get("/quarantine.csv")
	if status != http.StatusOK || !strings.Contains(table, string(kind)+",,source,members,A-77,nobody's,unreadable: no relation code,") {
		t.Errorf("as a table: %d\n%s", status, table)
	}
	for _, value := range []string{"nobody77", "Nergenshuizen", "Zonder"} {
		if strings.Contains(page+table, value) {
			t.Errorf("%s is told", value)
		}
	}
	for id, code := range map[record.ExternalID]string{"A-77": "QXZ0077", "B-78": "QXZ0078"} {
		r.source.Put("members", id, record.Fields{fCode: code})
		r.source.Break("members", id, "")
	}
	r.sync(t)
	_, page = p.get("/quarantine")
	shows(t, page, "There are none.")
	if strings.Contains(page, "A-77") {
		t.Error("what can be read now is told still")
	}
}
