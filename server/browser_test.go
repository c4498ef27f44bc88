package server_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"

	"github.com/touchline-sync/touchline/browserworker/browsertest"
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

// A volunteer with a telephone and a keyboard: each page fits 360 pixels, has no fault
// that the accessibility check finds, and says nothing on the console; and what waits
// for a person is done in three clicks from the first page.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	page := browsertest.Page(t, 360, 740)
	check := axe(t)
	b := setupWhole(t)
	address := "http://" + b.address
	ok := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	look := func() {
		t.Helper()
		wide, err := page.Evaluate("document.documentElement.scrollWidth")
		if err != nil || fmt.Sprint(wide) != "360" {
			t.Errorf("%s is %v wide, %v; want 360", page.URL(), wide, err)
		}
		ok(page.Evaluate(check))
		found, err := page.Evaluate(`axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" | ")))`)
		if list, _ := found.([]any); err != nil || len(list) > 0 {
			t.Errorf("%s: %v, %v", page.URL(), found, err)
		}
	}
	click := func(name string) {
		t.Helper()
		ok(nil, page.Locator("main").GetByText(name).First().Click())
		look()
	}
	ok(page.Goto(address + "/"))
	look()
	ok(nil, page.GetByLabel("Token").Fill(b.operator))
	ok(nil, page.Keyboard().Press("Enter")) // without a mouse
	ok(nil, page.WaitForURL(address+"/"))
	look()

	b.addConflict(t, "QXZ0005", fCity, "Hier", "Daar")
	for i := range 18 { // more leave than may
		b.source.Drop("members", record.ExternalID(fmt.Sprintf("QXZ%04d", i)), "removed")
	}
	b.run(t)
	ok(page.Goto(address + "/"))
	look()
	click("A plan waits for you")
	boxes, err := page.Locator("input[type=checkbox]").All()
	if err != nil || len(boxes) != 18 {
		t.Fatalf("%d leavers can be chosen, %v; want 18", len(boxes), err)
	}
	for _, box := range boxes[:3] {
		ok(nil, box.Check())
	}
	click("Look at what would be done")
	if text, err := page.Locator("main").InnerText(); err != nil || !strings.Contains(text, "15 are left") {
		t.Errorf("the part says %q, %v", text, err)
	}
	ok(nil, page.GetByText("Do it", playwright.PageGetByTextOptions{Exact: new(true)}).Click())
	run := strings.TrimPrefix(page.URL(), address+"/runs/")
	if is := b.finish(t, run); is.GetReason() != "PART_APPROVED" {
		t.Fatalf("the run ended %v %s", is.GetOutcome(), is.GetReason())
	}
	ok(page.Goto(address + "/"))
	click("Conflicts wait for a decision")
	ok(nil, page.GetByLabel("Why").First().Fill("he told us"))
	click("Take ours")
	for _, path := range []string{"/records?kind=" + string(kind), "/records/1", "/held", "/schedules", "/schedules/people"} {
		ok(page.Goto(address + path))
		look()
	}
}
