package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// axe is the accessibility check of npm.
func axe(t *testing.T) string {
	t.Helper()
	script, err := os.ReadFile("web/npm/node_modules/axe-core/axe.min.js")
	if err != nil {
		if os.Getenv("TOUCHLINE_TEST_STRICT") != "" {
			t.Fatalf("axe-core is not here; make runtime-clients: %v", err)
		}
		t.Skip("SKIPPED: axe-core is not here; install it with make runtime-clients")
	}
	return string(script)
}

// volunteer is a person with a telephone and a keyboard.
type volunteer struct {
	t       *testing.T
	page    playwright.Page
	check   string // axe
	address string
	width   int // of the screen, in pixels
}

func (v volunteer) ok(_ any, err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

// look wants the page to fit, and to have no fault that the accessibility check finds.
func (v volunteer) look() {
	v.t.Helper()
	v.ok(nil, v.page.WaitForLoadState()) // with its style
	wide, err := v.page.Evaluate("document.documentElement.scrollWidth")
	if err != nil || fmt.Sprint(wide) != fmt.Sprint(v.width) {
		v.t.Errorf("%s is %v wide, %v; want %d", v.page.URL(), wide, err, v.width)
	}
	v.ok(v.page.Evaluate(v.check))
	found, err := v.page.Evaluate(`axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" | ")))`)
	if list, _ := found.([]any); err != nil || len(list) > 0 {
		v.t.Errorf("%s: %v, %v", v.page.URL(), found, err)
	}
}

// picture keeps what the page shows, for the manual: make pictures.
func (v volunteer) picture(name string) {
	v.t.Helper()
	if dir := os.Getenv("TOUCHLINE_PICTURES"); dir != "" {
		v.ok(v.page.Screenshot(playwright.PageScreenshotOptions{Path: new(filepath.Join(dir, name+".png"))}))
	}
}

func (v volunteer) open(path string) {
	v.t.Helper()
	v.ok(v.page.Goto(v.address + path))
	v.look()
}

// click clicks what has a name, outside of the head of the page.
func (v volunteer) click(name string) {
	v.t.Helper()
	v.ok(nil, v.page.Locator("main").GetByText(name).First().Click())
	v.look()
}

func (v volunteer) signIn(token string) {
	v.t.Helper()
	v.open("/")
	v.ok(nil, v.page.GetByLabel("Token").Fill(token))
	v.ok(nil, v.page.Keyboard().Press("Enter")) // without a mouse
	v.ok(nil, v.page.WaitForURL(v.address+"/"))
	v.look()
}

func (v volunteer) find(text string) {
	v.t.Helper()
	v.open("/")
	v.ok(nil, v.page.GetByLabel("Name, address or number").Fill(text))
	v.ok(nil, v.page.Keyboard().Press("Enter"))
	v.ok(nil, v.page.WaitForURL(v.address+"/find"))
	v.look()
}

// Each page fits 360 pixels, has no fault that the accessibility check finds, and says
// nothing on the console; and what waits for a person is done in three clicks from the
// first page.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	v := volunteer{t: t, page: browsertest.Page(t, 360, 740), check: axe(t), width: 360}
	b := setupWhole(t)
	v.address = "http://" + b.address
	v.signIn(b.operator)

	b.addConflict(t, "QXZ0005", fCity, "Hier", "Daar")
	for i := range 18 { // more leave than may
		b.source.Drop("members", record.ExternalID(fmt.Sprintf("QXZ%04d", i)), "removed")
	}
	b.run(t)
	v.open("/")
	v.picture("today")
	v.click("A plan waits for you")
	v.picture("plan")
	boxes, err := v.page.Locator("input[type=checkbox]").All()
	if err != nil || len(boxes) != 18 {
		t.Fatalf("%d leavers can be chosen, %v; want 18", len(boxes), err)
	}
	for _, box := range boxes[:3] {
		v.ok(nil, box.Check())
	}
	v.click("Look at what would be done")
	if text, err := v.page.Locator("main").InnerText(); err != nil || !strings.Contains(text, "15 are left") {
		t.Errorf("the part says %q, %v", text, err)
	}
	v.ok(nil, v.page.GetByText("Do it", playwright.PageGetByTextOptions{Exact: new(true)}).Click())
	run := strings.TrimPrefix(v.page.URL(), v.address+"/runs/")
	if is := b.finish(t, run); is.GetReason() != "PART_APPROVED" {
		t.Fatalf("the run ended %v %s", is.GetOutcome(), is.GetReason())
	}
	again := b.run(t)
	v.open("/runs/" + again.GetId() + "/plan")
	v.ok(nil, v.page.Locator("table.narrow a").First().Click())
	v.look()
	if text, err := v.page.Locator("main").InnerText(); err != nil || !strings.Contains(text, "Below only hub club.person") || strings.Count(text, "leave alone from now on") != 1 {
		t.Errorf("the changes of our own are %q, %v", text, err)
	}
	v.click("Reject it")
	v.ok(nil, v.page.GetByLabel("Why").Fill("the export was cut short"))
	v.click("Reject the plan")
	if is := b.finish(t, again.GetId()); is.GetReason() != "PLAN_REJECTED" {
		t.Fatalf("the rejected run is %v %s", is.GetOutcome(), is.GetReason())
	}
	v.open("/")
	v.click("Conflicts wait for a decision")
	v.picture("conflicts")
	v.ok(nil, v.page.GetByLabel("Why").First().Fill("he told us"))
	v.click("Take ours")
	for _, path := range []string{"/records?kind=" + string(kind), "/records/1", "/runs/people/1", "/held", "/quarantine", "/leavers", "/schedules", "/schedules/people"} {
		v.open(path)
	}
}

// What somebody calls about is found by the search of every page: a member who was
// refused is tried again, and a schedule is paused, each in three clicks from the first
// page; the API shows the same.
func TestWaysFromTheFirstPage(t *testing.T) {
	t.Parallel()
	v := volunteer{t: t, page: browsertest.Page(t, 360, 740), check: axe(t), width: 360}
	b := setupWhole(t)
	v.address = "http://" + b.address
	v.signIn(b.operator)

	refuse := func(record.Fields) error {
		return &connector.Error{Class: connector.Rejected, System: "target", Op: "update person", Why: "status 400"}
	}
	b.target.Places[0].RefuseUpdate = refuse
	b.source.Put("members", "QXZ0003", record.Fields{fMail: "new3@example.org"})
	b.run(t) // PARTIAL
	b.target.Places[0].RefuseUpdate = nil
	v.find("NEW3@example.org")
	v.click("QXZ0003")
	if text, err := v.page.Locator("main").InnerText(); err != nil || !strings.Contains(text, "refused and set aside") || !strings.Contains(text, "status 400") {
		t.Errorf("the record says %q, %v", text, err)
	}
	v.click("Try again what was refused")
	b.wantActs(t, "RetrySyncRecord", 1)
	b.sync(t)
	b.holds(t, "QXZ0003", fMail, "new3@example.org")

	b.source.Drop("members", "QXZ0004", "")
	b.sync(t)
	v.open("/")
	v.click("Are leaving by themselves")
	v.picture("leavers")
	v.ok(nil, v.page.Locator("input[name=who]").Check())
	v.ok(nil, v.page.GetByLabel("Why").Fill("is here"))
	v.ok(nil, v.page.Locator("button[value=keep]").Click()) // the text of the page has the word, too
	if text, err := v.page.Locator("main").InnerText(); err != nil || !strings.Contains(text, "is kept: test operator") {
		t.Errorf("the leavers are %q, %v", text, err)
	}
	b.wantActs(t, "DecideLeavers", 1)

	v.open("/")
	v.ok(nil, v.page.Locator("nav").GetByText("Schedules").Click())
	v.look()
	v.click("Pause")
	list, err := b.schedules(b.operator).ListSchedules(t.Context(), &touchlinev1.ListSchedulesRequest{})
	if all := list.GetSchedules(); err != nil || len(all) != 1 || !all[0].GetPaused() {
		t.Errorf("the schedules are %v, %v; want one, paused", all, err)
	}

	b.target.Places[0].RefuseUpdate = refuse
	b.source.Put("members", "QXZ0006", record.Fields{fMail: "new6@example.org"})
	b.run(t) // PARTIAL
	v.open("/")
	v.click("Records are refused and set aside")
	v.picture("refused")
}
