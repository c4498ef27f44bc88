package sportlinksim_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
)

const p = "/navajo/entity/common/clubweb/"

// browser is what a browser and the site's script do, by hand.
type browser struct {
	t      *testing.T
	sim    *sportlinksim.Sim
	info   simkit.Info
	issuer string
	client *http.Client
	bearer string
	at     *url.URL // where it stands
	page   string   // what it shows
}

const verifier = "a-verifier-that-is-long-enough-0123456789-0123456789"

// s256 is the challenge of a verifier (RFC 7636).
func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func start(t *testing.T, o sportlinksim.Options) *browser {
	t.Helper()
	sim := sportlinksim.New(o)
	info, err := sim.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &browser{t: t, sim: sim, info: info, issuer: info.Addresses["idm"] + "/realms/sportlink"}
	if o.Mode == sportlinksim.Legacy {
		b.issuer = info.Addresses["club"] + "/auth/realms/sportlink"
	}
	b.fresh()
	return b
}

// fresh forgets all cookies and tokens.
func (b *browser) fresh() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.client = &http.Client{Jar: jar}
	b.bearer, b.at, b.page = "", nil, ""
}

func (b *browser) see(resp *http.Response, err error) int {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.at, b.page = resp.Request.URL, string(body)
	return resp.StatusCode
}

// open goes to the sign-in page, as the site's script does.
func (b *browser) open(change func(url.Values)) int {
	b.t.Helper()
	q := url.Values{
		"client_id": {"sportlink-club-web"}, "redirect_uri": {b.info.Addresses["club"] + "/dashboard"},
		"response_type": {"code"}, "scope": {"openid"}, "state": {"s1"}, "nonce": {"n1"},
		"code_challenge": {s256(verifier)}, "code_challenge_method": {"S256"},
	}
	if change != nil {
		change(q)
	}
	return b.see(b.client.Get(b.issuer + "/protocol/openid-connect/auth?" + q.Encode()))
}

var action = regexp.MustCompile(`<form[^>]* action="([^"]+)"`)

// send fills in the form that is shown.
func (b *browser) send(fields ...string) int {
	b.t.Helper()
	m := action.FindStringSubmatch(b.page)
	if m == nil {
		b.t.Fatal("no form is shown")
	}
	v := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	return b.see(b.client.PostForm(html.UnescapeString(m[1]), v))
}

func (b *browser) password() {
	b.t.Helper()
	b.send("username", b.info.Credentials["username"], "password", b.info.Credentials["password"])
}

// shows reports which form is shown.
func (b *browser) shows() string {
	switch {
	case strings.Contains(b.page, `id="otp"`):
		return "otp"
	case strings.Contains(b.page, `id="password"`):
		return "password"
	case strings.Contains(b.page, "data-config"):
		return "site"
	}
	return "other"
}

func (b *browser) refused() bool { return strings.Contains(b.page, "kc-feedback-text") }

// signIn goes all the way to a bearer.
func (b *browser) signIn() {
	b.t.Helper()
	b.open(nil)
	if b.shows() == "password" {
		b.password()
		b.send("otp", b.sim.TOTP())
	}
	b.exchange(verifier)
}

// exchange swaps the code in the address for a bearer and returns the status
// of the token endpoint.
func (b *browser) exchange(verifier string) int {
	b.t.Helper()
	code := b.at.Query().Get("code")
	if code == "" || b.at.Query().Get("state") != "s1" || b.at.Query().Get("iss") != b.issuer {
		b.t.Fatalf("no code in the address, the page shown is %q", b.shows())
	}
	return b.tokens(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier},
		"redirect_uri": {b.info.Addresses["club"] + "/dashboard"}, "client_id": {"sportlink-club-web"},
	})
}

func (b *browser) tokens(v url.Values) int {
	b.t.Helper()
	status := b.see(b.client.PostForm(b.issuer+"/protocol/openid-connect/token", v))
	if status != http.StatusOK {
		return status
	}
	var idm struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int    `json:"expires_in"`
	}
	b.decode(&idm)
	if idm.TokenType != "Bearer" || idm.ExpiresIn == 0 {
		b.t.Error("the answer is not a bearer's")
	}
	b.bearer = idm.AccessToken
	if s := b.call("PUT", "user/LinkToPerson", `{"ClubId":"`+b.info.Credentials["club_id"]+`","UnionId":"KNVB"}`); s != 200 {
		b.t.Fatalf("LinkToPerson: %d", s)
	}
	var link struct {
		TokenObject struct{ AccessToken string }
	}
	b.decode(&link)
	b.bearer = link.TokenObject.AccessToken
	return status
}

func (b *browser) decode(v any) {
	b.t.Helper()
	if err := json.Unmarshal([]byte(b.page), v); err != nil {
		b.t.Fatal(err)
	}
}

// call makes an internal call as the site's script does.
func (b *browser) call(method, path, body string) int {
	b.t.Helper()
	req, err := http.NewRequest(method, b.info.Addresses["club"]+p+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	entity, _, _ := strings.Cut(path, "?")
	req.Header.Set("X-Navajo-Entity", entity)
	req.Header.Set("X-Navajo-Instance", "KNVB")
	req.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	if b.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+b.bearer)
	}
	return b.see(b.client.Do(req))
}

// ask is the body of a search.
func ask(text string, union, inactive bool) string {
	flag := map[bool]string{true: "true", false: "false"}
	return `{"Filters":{"FetchUnionTeams":` + flag[union] + `,"InputExtended":{
"TypeOfMember":{"Type":"MULTISELECT","Options":[{"Id":"KERNELMEMBER","IsSelected":true},{"Id":"CLUBMEMBER","IsSelected":true},{"Id":"CLUBRELATION","IsSelected":true}]},
"MemberStatus":{"Type":"MULTISELECT","Options":[{"Id":"ACTIVE","IsSelected":` + flag[!inactive] + `},{"Id":"INACTIVE","IsSelected":` + flag[inactive] + `},{"Id":"ELIGABLE_FOR_REMOVE","IsSelected":` + flag[!inactive] + `}]}},
"InputSimple":{"SearchValue":{"Type":"INPUT","Options":[{"Name":"SEARCHVALUE","Type":"TEXT","Value":"` + text + `"}]}}}}`
}

const searchPath = "member/search/SearchMembers"

func (b *browser) search(body string) []map[string]any {
	b.t.Helper()
	if s := b.call("POST", searchPath, body); s != 200 {
		b.t.Fatalf("search: %d", s)
	}
	var out struct{ Members []map[string]any }
	b.decode(&out)
	return out.Members
}
