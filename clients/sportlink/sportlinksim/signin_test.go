package sportlinksim_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
)

func frozen(t *testing.T, b *browser, at time.Time) {
	t.Helper()
	yes := true
	if err := b.sim.SetTime(simkit.Time{Now: &at, Freeze: &yes}); err != nil {
		t.Fatal(err)
	}
}

var noon = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

func TestSignIn(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{sportlinksim.OIDC, sportlinksim.Legacy} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			b := start(t, sportlinksim.Options{Mode: mode, Seed: 3})
			frozen(t, b, noon)
			if s := b.call("POST", searchPath, ask("", true, false)); s != 401 {
				t.Fatalf("a search without a bearer answers %d", s)
			}
			b.open(nil)
			b.send("username", b.info.Credentials["username"], "password", "nonsense")
			if b.shows() != "password" || !b.refused() {
				t.Fatal("a wrong password was not refused")
			}
			b.password()
			if b.shows() != "otp" || b.refused() {
				t.Fatal("no question for the code")
			}
			b.send("otp", "000000")
			if b.shows() != "otp" || !b.refused() {
				t.Fatal("a wrong code was not refused")
			}
			code := b.sim.TOTP()
			b.send("otp", code)
			if b.shows() != "site" || b.at.Path != "/dashboard" {
				t.Fatal("the right code did not lead back to the site")
			}
			address := *b.at
			if s := b.exchange("another-verifier-0123456789-0123456789-012345"); s != 400 {
				t.Fatalf("PKCE is not verified: %d", s)
			}
			b.at = &address
			if s := b.exchange(verifier); s != 400 {
				t.Fatalf("a code of the site was taken twice: %d", s)
			}
			// The browser is signed in at the provider: no form this time.
			b.open(nil)
			if s := b.exchange(verifier); s != 200 {
				t.Fatalf("token: %d", s)
			}
			if n := len(b.search(ask("", true, false))); n != 20 {
				t.Errorf("%d members, want 20", n)
			}

			// Another browser, the same 30 seconds: the code is used up.
			b.fresh()
			b.open(nil)
			b.password()
			b.send("otp", code)
			if b.shows() != "otp" || !b.refused() {
				t.Fatal("a used code was taken again")
			}
			frozen(t, b, noon.Add(30*time.Second))
			b.send("otp", b.sim.TOTP())
			if b.shows() != "site" {
				t.Fatal("the next code was refused")
			}

			codes := b.sim.Codes()
			want := []string{"wrong", "", "used", ""}
			if len(codes) != len(want) {
				t.Fatalf("%d codes in the log, want %d", len(codes), len(want))
			}
			for i, c := range codes {
				if c.Reason != want[i] || c.Accepted != (want[i] == "") {
					t.Errorf("code %d: reason %q, want %q", i, c.Reason, want[i])
				}
			}
			if codes[1].Digest != codes[2].Digest || codes[1].Digest == codes[3].Digest {
				t.Error("the digests do not tell codes apart")
			}
			logins := b.sim.SignIns()
			if len(logins) != 2 || !logins[0].Accepted || !logins[1].Accepted ||
				logins[0].Refused != 2 || logins[1].Refused != 1 || logins[1].Step != codes[3].Step {
				t.Errorf("the log of sign-ins is not what happened: %d", len(logins))
			}
		})
	}
}

func TestWindowOfCodes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		late  time.Duration
		skew  time.Duration
		taken bool
	}{
		"same step":      {29 * time.Second, 0, true},
		"one step late":  {59 * time.Second, 0, true},
		"two steps late": {60 * time.Second, 0, false},
		"clock ahead":    {0, 60 * time.Second, false},
		"clock behind":   {0, -30 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, sportlinksim.Options{Settings: func(s *sportlinksim.Settings) {
				s.OTPSkew = sportlinksim.Duration(c.skew)
			}})
			frozen(t, b, noon)
			code := b.sim.TOTP()
			frozen(t, b, noon.Add(c.late))
			b.open(nil)
			b.password()
			b.send("otp", code)
			if taken := b.shows() == "site"; taken != c.taken {
				t.Errorf("taken: %v, want %v", taken, c.taken)
			}
		})
	}
}

func TestAccountWithOptionalOrNoCode(t *testing.T) {
	t.Parallel()
	for _, otp := range []string{"optional", "none"} {
		b := start(t, sportlinksim.Options{Settings: func(s *sportlinksim.Settings) { s.OTP = otp }})
		b.open(nil)
		b.password()
		if otp == "optional" {
			b.send("otp", "")
		}
		if s := b.exchange(verifier); s != 200 {
			t.Errorf("%s: %d", otp, s)
		}
	}
}

func TestFormsAreTakenOnce(t *testing.T) {
	t.Parallel()
	b := start(t, sportlinksim.Options{})
	b.open(nil)
	old := b.page
	b.password()
	b.page = old
	b.password()
	if b.shows() != "other" {
		t.Error("a form that was sent already was taken again")
	}
	b.open(nil)
	page := b.page
	b.fresh()
	b.page = page
	if s := b.send("username", "x", "password", "y"); s != 400 {
		t.Errorf("a form without its cookie answers %d", s)
	}
}

func TestBadAuthorizationRequests(t *testing.T) {
	t.Parallel()
	b := start(t, sportlinksim.Options{})
	for name, value := range map[string]string{
		"client_id": "other", "redirect_uri": "http://elsewhere.invalid/", "response_type": "token",
		"scope": "profile", "code_challenge_method": "plain", "code_challenge": "",
	} {
		if s := b.open(func(q url.Values) { q.Set(name, value) }); s != 400 {
			t.Errorf("a wrong %s answers %d", name, s)
		}
	}
}

func TestTokensAndSessionsEnd(t *testing.T) {
	t.Parallel()
	b := start(t, sportlinksim.Options{})
	frozen(t, b, noon)
	b.signIn()
	frozen(t, b, noon.Add(6*time.Minute))
	if s := b.call("POST", searchPath, ask("", true, false)); s != 401 {
		t.Errorf("an access token of 5 minutes still works after 6: %d", s)
	}
	b.signIn() // without a form
	if s := b.call("POST", searchPath, ask("", true, false)); s != 200 {
		t.Errorf("after renewal: %d", s)
	}
	if n := b.sim.ExpireSessions(); n != 1 {
		t.Errorf("%d sessions ended, want 1", n)
	}
	if s := b.call("POST", searchPath, ask("", true, false)); s != 401 {
		t.Errorf("after the end of the session: %d", s)
	}
	b.open(nil)
	if b.shows() != "password" {
		t.Error("the provider remembers a session that has ended")
	}
}

func TestExpireAfterAndSingleSession(t *testing.T) {
	t.Parallel()
	b := start(t, sportlinksim.Options{Settings: func(s *sportlinksim.Settings) {
		s.ExpireAfter, s.SingleSession = 2, true
	}})
	frozen(t, b, noon)
	b.signIn()
	for i, want := range []int{200, 200, 401} {
		if s := b.call("POST", searchPath, ask("", true, false)); s != want {
			t.Errorf("call %d: %d, want %d", i+1, s, want)
		}
	}
	frozen(t, b, noon.Add(time.Hour))
	b.fresh()
	b.signIn()
	first := *b
	frozen(t, b, noon.Add(2*time.Hour))
	b.fresh()
	b.signIn()
	if s := b.call("POST", searchPath, ask("", true, false)); s != 200 {
		t.Errorf("second session: %d", s)
	}
	if s := first.call("POST", searchPath, ask("", true, false)); s != 401 {
		t.Errorf("the second sign-in left the first session alive: %d", s)
	}
}

func TestFaultsWhileSigningIn(t *testing.T) {
	t.Parallel()
	b := start(t, sportlinksim.Options{})
	r := simkit.Remote{Info: b.info}
	inject := func(name string) {
		t.Helper()
		if _, err := r.Inject(context.Background(), simkit.Fault{
			Times: 1, Do: simkit.Do{Kind: simkit.FaultNamed, Name: name},
		}); err != nil {
			t.Fatal(err)
		}
	}
	frozen(t, b, noon)
	inject("wrong-password")
	b.open(nil)
	b.password()
	if !b.refused() || b.shows() != "password" {
		t.Error("wrong-password")
	}
	inject("otp-page-missing")
	b.password()
	if b.shows() != "other" {
		t.Error("otp-page-missing")
	}
	inject("wrong-otp")
	b.open(nil)
	b.password()
	b.send("otp", b.sim.TOTP())
	if !b.refused() || b.shows() != "otp" {
		t.Error("wrong-otp")
	}
	inject("sign-in-forever")
	b.send("otp", b.sim.TOTP())
	if b.shows() != "password" || b.refused() {
		t.Error("sign-in-forever")
	}
	frozen(t, b, noon.Add(time.Minute))
	inject("notice-page")
	b.password()
	b.send("otp", b.sim.TOTP())
	if b.shows() != "other" {
		t.Error("notice-page")
	}
}
