package sportlinksim_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/clients/internal/invent"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
)

// user is somebody at a real browser.
type user struct {
	t *testing.T
	browserworker.Page
	b *browser
}

func (u *user) do(err error) {
	u.t.Helper()
	if err != nil {
		u.t.Fatal(err)
	}
}

func (u *user) wait(selector string) {
	u.t.Helper()
	u.do(u.WaitFor(u.t.Context(), selector, browserworker.Visible, 20*time.Second))
}

func (u *user) open(path string) {
	u.t.Helper()
	_, err := u.Goto(u.t.Context(), u.b.info.Addresses["club"]+path, 20*time.Second)
	u.do(err)
}

// search opens the page of all members, with the union teams, and searches.
func (u *user) search() browserworker.Answer {
	u.t.Helper()
	ctx := u.t.Context()
	u.open("/member/search")
	u.wait("#btnShowMore:not([disabled])")
	u.do(u.Click(ctx, "#btnShowMore"))
	u.wait("#scFetchUnionTeams_input")
	u.do(u.SetChecked(ctx, "#scFetchUnionTeams_input", true))
	a, err := u.Expect(ctx, browserworker.Match{
		Method: "POST", Path: p + searchPath, Within: 20 * time.Second,
	}, func() error { return u.Click(ctx, "#btnSearch") })
	u.do(err)
	return a
}

func (u *user) pressed(chip string) string {
	u.t.Helper()
	v, _, err := u.Attribute(u.t.Context(), "#chipStatus"+chip, "aria-pressed")
	u.do(err)
	return v
}

// asked counts the calls whose path ends so.
func (u *user) asked(path string) (n int) {
	for _, r := range u.b.sim.Requests(0) {
		if strings.HasSuffix(r.Path, path) {
			n++
		}
	}
	return n
}

func (u *user) inject(name, path string) {
	u.t.Helper()
	_, err := u.b.sim.Inject(simkit.Fault{
		Match: simkit.Match{Path: path}, Times: 1,
		Do: simkit.Do{Kind: simkit.FaultNamed, Name: name},
	})
	u.do(err)
}

func members(t *testing.T, a browserworker.Answer) (out []map[string]any) {
	t.Helper()
	var in struct{ Members []map[string]any }
	if err := json.Unmarshal(a.Body, &in); a.Status != 200 || err != nil {
		t.Fatalf("the search answers %d", a.Status)
	}
	return in.Members
}

// withBrowser signs a real browser in and hands its page to f.
func withBrowser(t *testing.T, o sportlinksim.Options, f func(u *user)) {
	b := start(t, o)
	pool := browsertest.Pool(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var sources []string
	for _, a := range b.info.Addresses {
		sources = append(sources, a)
	}
	site := browserworker.Site{
		System: "sportlink", Account: "test", Host: connectortest.NewHost(t).Real(), Sources: sources,
		AtSignIn: func(ctx context.Context, p browserworker.Page) (bool, error) {
			return p.IsVisible(ctx, "#kc-login")
		},
		Probe: func(ctx context.Context, p browserworker.Page) (bool, error) {
			return false, errors.New("nobody asks twice here")
		},
		SignIn: func(ctx context.Context, p browserworker.Page) error {
			u := &user{t, p, b}
			u.open("/")
			u.wait("#username")
			u.do(p.Fill(ctx, "#username", connector.Secret(b.info.Credentials["username"])))
			u.do(p.Fill(ctx, "#password", connector.Secret(b.info.Credentials["password"])))
			u.do(p.Click(ctx, "#kc-login"))
			u.wait("#otp")
			u.do(p.Fill(ctx, "#otp", connector.Secret(b.sim.TOTP())))
			u.do(p.Click(ctx, "#kc-login"))
			u.wait("#panelHeaderTasks")
			return nil
		},
	}
	if err := pool.Do(ctx, site, func(_ context.Context, p browserworker.Page) error {
		f(&user{t, p, b})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestPagesInARealBrowser(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]sportlinksim.Options{
		"oidc":             {Members: 30, Former: 2},
		"legacy in memory": {Members: 30, Former: 2, Mode: sportlinksim.Legacy, Settings: func(s *sportlinksim.Settings) { s.Storage = "memory" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withBrowser(t, o, look)
		})
	}
}

func look(u *user) {
	t, ctx := u.t, u.t.Context()
	nasty := `<img src=x onerror="document.title='owned'">`
	u.do(u.b.sim.AddMember(invent.Member{PublicPersonID: "XSSX11X", FirstName: nasty}))
	u.b.sim.Shuffle(1)
	a := u.search()
	if n := len(members(t, a)); n != 31 || !strings.Contains(string(a.Request), `"FetchUnionTeams":true`) {
		t.Errorf("%d members, want 31 with their union teams", n)
	}
	u.wait("#searchResults tbody tr")
	if n, err := u.Count(ctx, "#searchResults tbody tr"); n != 31 || err != nil {
		t.Errorf("%d rows, want 31", n)
	}
	content, err := u.Content(ctx)
	u.do(err)
	if strings.Contains(content, "<img") || !strings.Contains(content, "&lt;img src=x") {
		t.Error("a name came into the page as HTML")
	}
	if u.pressed("ACTIVE")+u.pressed("ELIGABLE_FOR_REMOVE")+u.pressed("INACTIVE") != "truetruefalse" {
		t.Error("the chips are not as the site has them")
	}
	u.do(u.Click(ctx, "#chipStatusINACTIVE"))
	a, err = u.Expect(ctx, browserworker.Match{Path: searchPath, Within: 20 * time.Second},
		func() error { return u.Click(ctx, "#btnSearch") })
	u.do(err)
	if n := len(members(t, a)); n != 33 {
		t.Errorf("%d with the former ones, want 33", n)
	}

	u.open("/member/member-details/XSSX11X/general")
	u.wait("#memberContent section:nth-of-type(4)")
	if v, err := u.Text(ctx, "#memberHeader h1"); v != nasty || err != nil {
		t.Error("the header is not the member's")
	}

	u.inject("sent-twice", "/member/search")
	if n := len(members(t, u.search())); n >= 31 {
		t.Errorf("the first of two answers has %d members", n)
	}
	u.inject("decoy-first", "/member/search")
	u.search()
	if n := u.asked("SearchMembersSavedFilters"); n != 1 {
		t.Errorf("%d decoys, want 1", n)
	}
	u.inject("chips-inverted", "/member/search")
	u.search()
	if u.pressed("ACTIVE")+u.pressed("ELIGABLE_FOR_REMOVE")+u.pressed("INACTIVE") != "truefalsetrue" {
		t.Error("the chips have their usual defaults")
	}
	u.inject("more-disabled", "/member/search")
	u.open("/member/search")
	u.wait("#btnSearch")
	if err := u.WaitFor(ctx, "#btnShowMore:not([disabled])", browserworker.Visible, time.Second); !errors.Is(err, browserworker.ErrTimeout) {
		t.Error("the button is not disabled")
	}
	u.do(u.Reload(ctx, 20*time.Second))
	u.wait("#btnShowMore:not([disabled])")
	u.inject("renamed-search", "/member/search")
	u.open("/member/search")
	u.wait("#btnSearchMembers")

	// An hour later the token is old, but nobody has to sign in for that.
	later := "1h"
	u.do(u.b.sim.SetTime(simkit.Time{Offset: &later}))
	if a := u.search(); a.Status != 200 || len(u.b.sim.SignIns()) != 1 {
		t.Error("an old token is not renewed")
	}

	u.inject("expire", "*/SearchMembers")
	u.open("/member/search")
	u.wait("#btnSearch")
	u.do(u.Click(ctx, "#btnSearch"))
	u.wait("#username")
	if n := len(u.b.sim.SignIns()); n != 2 {
		t.Errorf("%d sign-in forms were shown, want 2", n)
	}
}
