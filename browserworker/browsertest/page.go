package browsertest

import (
	"os"
	"os/exec"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// Page returns a page of that size in a browser of its own, for tests of pages that we
// serve ourselves. Whatever the page writes to its console fails the test.
func Page(t testing.TB, width, height int) playwright.Page {
	t.Helper()
	c := config(t)
	if os.Getenv("PLAYWRIGHT_NODEJS_PATH") == "" { // the driver is npm's, without a node of its own
		node, err := exec.LookPath("node")
		if err != nil {
			t.Skip("SKIPPED: no node here; install Debian's nodejs")
		}
		os.Setenv("PLAYWRIGHT_NODEJS_PATH", node) //nolint:errcheck,usetesting // a name that may be set; of all tests of the process
	}
	pw, err := playwright.Run(&playwright.RunOptions{DriverDirectory: c.Driver, SkipInstallBrowsers: true})
	if err != nil {
		t.Fatal(err)
	}
	browser, err := pw.Chromium.Launch(playwright.BrowserTypeLaunchOptions{
		ExecutablePath: new(c.Executable), ChromiumSandbox: new(!c.NoSandbox),
		Args: []string{"--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := browser.Close(); err != nil {
			t.Error(err)
		}
		if err := pw.Stop(); err != nil {
			t.Error(err)
		}
	})
	page, err := browser.NewPage(playwright.BrowserNewPageOptions{Viewport: &playwright.Size{Width: width, Height: height}, Locale: new("en")})
	if err != nil {
		t.Fatal(err)
	}
	page.OnConsole(func(m playwright.ConsoleMessage) { t.Errorf("%s: the console says: %s", page.URL(), m.Text()) })
	return page
}
