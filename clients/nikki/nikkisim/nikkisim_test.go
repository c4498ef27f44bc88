package nikkisim_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/nikki/nikkisim"
)

// browser is a client with cookies that follows no redirect.
type browser struct {
	t    *testing.T
	base string
	info simkit.Info
	http.Client
}

func open(t *testing.T, sim *nikkisim.Sim) *browser {
	t.Helper()
	info, err := sim.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	jar, _ := cookiejar.New(nil)
	return &browser{t: t, base: info.Addresses["nikki"], info: info, Client: http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (b *browser) get(path string) (status int, body string) {
	b.t.Helper()
	res, err := b.Get(b.base + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	data, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(data)
}

var token = regexp.MustCompile(`name="token" value="([^"]+)"`)

// signIn sends the form with some fields otherwise.
func (b *browser) signIn(change map[string]string) (status int) {
	b.t.Helper()
	_, page := b.get("/login")
	form := url.Values{"username": {b.info.Credentials["username"]}, "password": {b.info.Credentials["password"]}}
	if m := token.FindStringSubmatch(page); m != nil {
		form.Set("token", m[1])
	}
	for k, v := range change {
		form.Set(k, v)
	}
	res, err := b.PostForm(b.base+"/login", form)
	if err != nil {
		b.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// No session, no table; a form without its token, with a wrong password or a code
// that was used is refused.
func TestStrict(t *testing.T) {
	t.Parallel()
	sim := nikkisim.New(nikkisim.Options{Members: 12, Seed: 2, OTP: true})
	b := open(t, sim)
	for _, path := range []string{"/", "/leden", "/leden/40000", "/leden/rows", "/rapporten/export"} {
		if status, _ := b.get(path); status != http.StatusFound {
			t.Errorf("%s without a session: %d", path, status)
		}
	}
	code := simkit.TOTP([]byte(b.info.Credentials["otp_secret"]), simkit.StepOf(sim.Now()))
	for what, c := range map[string]struct {
		change map[string]string
		want   int
	}{
		"no token": {map[string]string{"token": "x", "otp": code}, http.StatusForbidden}, "password": {map[string]string{"password": "x", "otp": code}, 200},
		"code": {map[string]string{"otp": "000000"}, 200},
	} {
		if status := b.signIn(c.change); status != c.want {
			t.Errorf("%s: %d", what, status)
		}
	}
	if status := b.signIn(map[string]string{"otp": code}); status != http.StatusFound {
		t.Fatalf("signed in with %d", status)
	}
	_, page := b.get("/leden")
	if n := strings.Count(page, "<tr>"); n != len(sim.Lines())+1 || n < 12 {
		t.Errorf("%d rows of %d lines", n, len(sim.Lines()))
	}
	sim.Expire()
	if status, _ := b.get("/leden"); status != http.StatusFound {
		t.Errorf("after the end of the session: %d", status)
	}
	if status := b.signIn(map[string]string{"otp": code}); status != 200 {
		t.Errorf("a code that was used: %d", status)
	}
	if ins := sim.SignIns(); len(ins) != 4 || !ins[2].Accepted || ins[3].Accepted {
		t.Errorf("%+v", ins)
	}
}

// The lines have what the manual says that they have, in all forms of amounts.
func TestLines(t *testing.T) {
	t.Parallel()
	sim := nikkisim.New(nikkisim.Options{Members: 60, Seed: 2})
	b := open(t, sim)
	b.signIn(nil)
	_, page := b.get("/leden")
	for _, form := range []string{`€ \d+,\d\d<`, `>\d+,\d\d<`, `>-?\d+,\d<`, `\d,\d\d-<`, "€\u00a0", `>0,00<|€ 0,00<`} {
		if !regexp.MustCompile(form).MatchString(page) {
			t.Errorf("no amount of the form %s", form)
		}
	}
	lines, years := map[string]int{}, map[int]bool{}
	two := false
	for _, l := range sim.Lines() {
		key := fmt.Sprint(l.Member, l.Year)
		two = two || lines[key] == 1
		lines[key]++
		years[l.Year] = true
	}
	if !two || !years[2019] || !years[2027] || !years[2025] {
		t.Errorf("two lines a year: %v, years %v", two, years)
	}
}

// The manual has every named fault and control call.
func TestTheManualHasAll(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/simulators.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## nikki\n")
	section, _, _ = strings.Cut(section, "\n## ")
	files, _ := filepath.Glob("*.go")
	found := 0
	for _, f := range files {
		code, _ := os.ReadFile(f)
		for _, m := range regexp.MustCompile(`Fault\(r, "([a-z-]+)"\)`).FindAllStringSubmatch(string(code), -1) {
			if found++; !strings.Contains(section, "`"+m[1]+"`") {
				t.Errorf("the manual does not know %q", m[1])
			}
		}
	}
	if found < 15 {
		t.Errorf("only %d faults were found in the code", found)
	}
}
