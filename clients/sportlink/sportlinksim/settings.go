package sportlinksim

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/invent"
)

// Settings change how the site behaves, for all requests, until they are
// changed again (PATCH /settings) or the simulator is reset. For a single
// request there are faults.
type Settings struct {
	// OTP is "required", "optional" (an empty code is taken) or "none".
	OTP string `json:"otp"`
	// OTPWindow is how many steps of 30 s a code may be off.
	OTPWindow int `json:"otp_window"`
	// OTPSkew is by how much the provider's clock is ahead, for codes only.
	OTPSkew Duration `json:"otp_skew"`
	// AccessLife is how long an access token lives. The page renews it.
	AccessLife Duration `json:"access_life"`
	// SessionLife is how long one can stay signed in, renewed or not.
	SessionLife Duration `json:"session_life"`
	// ExpireAfter ends a session after that many calls with its bearer; 0 is
	// never.
	ExpireAfter int `json:"expire_after"`
	// SingleSession lets a second sign-in end the first session.
	SingleSession bool `json:"single_session"`
	// Storage is where the pages keep their tokens: "session" (storage) or
	// "memory", where each load of a page passes by the identity provider.
	Storage string `json:"storage"`
	// Dashboard is the marks that the dashboard shows, out of "tasks", "panel",
	// "nav", "testid" and "link".
	Dashboard []string `json:"dashboard"`

	RenderDelay Duration `json:"render_delay"` // before a page shows anything
	XHRDelay    Duration `json:"xhr_delay"`    // before a call is answered
	MoreDelay   Duration `json:"more_delay"`   // while #btnShowMore is disabled
}

func defaults() Settings {
	return Settings{
		OTP: "required", OTPWindow: 1,
		AccessLife: Duration(5 * time.Minute), SessionLife: Duration(10 * time.Hour),
		Storage:   "session",
		Dashboard: []string{"tasks", "panel", "nav", "testid", "link"},
		MoreDelay: Duration(150 * time.Millisecond),
	}
}

// Duration is written as "1m30s".
type Duration time.Duration

// MarshalText writes the duration as Go does.
func (d Duration) MarshalText() ([]byte, error) {
	return []byte(time.Duration(d).String()), nil
}

// UnmarshalText reads it back.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

func (d Duration) ms() int64 { return time.Duration(d).Milliseconds() }

// state is the Sim as the kit sees it.
type state struct{ s *Sim }

// Dump is what GET /dump answers and POST /load takes: everything from which
// an oracle can be computed. Sessions are not in it.
type Dump struct {
	ClubID  string          `json:"club_id"`
	Members []invent.Member `json:"members"` // in the order of a download
	// Pages are what the own pages of members show, by id; a dump without them has none.
	Pages map[string]invent.Pages `json:"pages"`
	Cases []invent.Case           `json:"cases"`
	Teams []invent.Team           `json:"teams"`
	// Stints are the histories of members in teams, by id.
	Stints map[string][]invent.Stint `json:"stints"`
}

func (t state) Reset() { t.s.reset() }

func (t state) Dump() any {
	return Dump{ClubID: t.s.clubID, Members: append([]invent.Member{}, t.s.members...), Pages: t.s.pages, Cases: t.s.cases, Teams: t.s.teams, Stints: t.s.stints}
}

func (t state) Load(data []byte) error {
	var d Dump
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	if d.ClubID != "" && d.ClubID != t.s.clubID {
		return fmt.Errorf("dump of another club")
	}
	t.s.members, t.s.pages, t.s.cases, t.s.teams, t.s.stints = d.Members, d.Pages, d.Cases, d.Teams, d.Stints
	if t.s.pages == nil {
		t.s.pages = map[string]invent.Pages{}
	}
	if t.s.stints == nil {
		t.s.stints = map[string][]invent.Stint{}
	}
	return nil
}

// String writes the duration as Go does.
func (d Duration) String() string { return time.Duration(d).String() }
