// Package sportlinksim is Sportlink Club as a test sees it: the sign-in pages
// of its identity provider, the pages with their element ids and scripts, and
// the JSON calls below them, over an invented club. It is built from what is
// publicly known of the site (docs/systems/sportlink.md, 2026-04); where that
// is silent it makes a choice, marked [S], on which no client may depend.
//
// It keeps its own sessions, tokens and one-time codes and is strict: no
// bearer, no data; a code is taken once; PKCE is verified. Reading changes
// nothing, so its journal stays empty. Saving is not part of it yet.
//
//	sim := sportlinksim.New(sportlinksim.Options{Members: 100, Seed: 7})
//	info, err := sim.Start("")
//	defer sim.Close()
//
// Parts: "club", in mode oidc "idm", an origin of its own, and "bin" with the photos. In
// Info.Credentials are username, password, otp_secret (base32) and club_id.
package sportlinksim

import (
	"encoding/base32"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/touchline-sync/touchline/clients/internal/invent"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// The two ways in which the identity provider has been seen.
const (
	OIDC   = "oidc"   // on another origin, paths /realms/...
	Legacy = "legacy" // on the club's origin, paths /auth/realms/...
)

// Options say which club is simulated.
type Options struct {
	Members int   // current members; 20 where it is 0, none where it is negative
	Former  int   // people that only a search for INACTIVE lists
	Seed    int64 // of people, credentials and club id
	Mode    string
	// Unreadable adds the three members of invent.Unreadable.
	Unreadable bool
	// Settings may change the defaults of Settings; nil keeps them.
	Settings func(*Settings)
}

// Sim is one simulated club. The kit in it starts and ends it and has the
// faults, the log and the clock.
type Sim struct {
	*simkit.Kit
	options Options
	account account
	clubID  string

	// All below is guarded by the kit's lock.
	settings Settings
	members  []invent.Member
	pages    map[string]invent.Pages // what the own pages of members show, by id
	teams    []invent.Team
	stints   map[string][]invent.Stint // of members, by id
	cases    []invent.Case
	pictures map[string][]byte // by id, of whom somebody has given another photo
	idm      idm
	logins   []SignIn
	codes    []Code
}

// account is the one account of the club.
type account struct {
	username, password string
	secret             []byte
}

// New makes a simulator that is not started yet.
func New(o Options) *Sim {
	if o.Members == 0 {
		o.Members = 20
	}
	if o.Mode == "" {
		o.Mode = OIDC
	}
	s := &Sim{options: o}
	r := invent.Rand(o.Seed, accountNumber)
	s.account = newAccount(r)
	s.clubID = fmt.Sprintf("ZZ%05d", r.IntN(100_000))
	s.reset()

	s.Kit = simkit.New("sportlink", state{s})
	s.Part("club", s.club())
	if o.Mode == OIDC {
		s.Part("idm", s.identity(""))
	}
	s.Part("bin", s.bin())
	s.Credential("username", s.account.username)
	s.Credential("password", s.account.password)
	s.Credential("otp_secret", base32.StdEncoding.EncodeToString(s.account.secret))
	s.Credential("club_id", s.clubID)
	s.controls()
	s.caseControls()
	return s
}

// accountNumber is the source of chance for the account; no household has it.
const accountNumber = -1

func newAccount(r *rand.Rand) account {
	const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	password := make([]byte, 20)
	for i := range password {
		password[i] = letters[r.IntN(len(letters))]
	}
	secret := make([]byte, 20)
	for i := range secret {
		secret[i] = byte(r.UintN(256))
	}
	return account{
		username: fmt.Sprintf("sync.%04d@example.org", r.IntN(10_000)),
		password: string(password),
		secret:   secret,
	}
}

func (s *Sim) reset() {
	s.settings = defaults()
	if s.options.Settings != nil {
		s.options.Settings(&s.settings)
	}
	s.members = invent.Club(s.options.Seed, s.options.Members)
	s.members = append(s.members, invent.Former(s.options.Seed, s.options.Former)...)
	if s.options.Unreadable {
		s.members = append(s.members, invent.Unreadable(s.options.Seed)...)
	}
	s.pages = invent.PagesOf(s.options.Seed, s.members)
	s.teams = invent.TeamsOf(s.options.Seed, s.members)
	s.stints = invent.StintsOf(s.options.Seed, s.members, s.teams)
	s.cases = invent.CasesOf(s.options.Seed, s.members)
	s.pictures = map[string][]byte{}
	s.idm = newIDM()
	s.logins, s.codes = nil, nil
}

// Members returns a copy of all members, in the order of a download. What a
// search with the default chips lists is those that are not INACTIVE.
func (s *Sim) Members() []invent.Member {
	s.Lock()
	defer s.Unlock()
	return slices.Clone(s.members)
}

// Values lists the personal values in the simulator's world that may be in no
// log: see invent.Values. The account's own are with them.
func (s *Sim) Values() []string {
	out := invent.Values(s.Members())
	pages := s.Pages()
	for _, id := range slices.Sorted(maps.Keys(pages)) {
		out = append(out, pages[id].Values()...)
	}
	return append(out, s.account.username, s.account.password,
		base32.StdEncoding.EncodeToString(s.account.secret))
}

// prefix is what stands before /realms on the identity provider.
func (s *Sim) prefix() string {
	if s.options.Mode == Legacy {
		return "/auth"
	}
	return ""
}

// issuer is the realm's address.
func (s *Sim) issuer() string {
	part := "idm"
	if s.options.Mode == Legacy {
		part = "club"
	}
	return s.Address(part) + s.prefix() + "/realms/sportlink"
}
