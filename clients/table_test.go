package clients_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/clients/chatwoot"
	"github.com/touchline-sync/touchline/clients/freescout"
	"github.com/touchline-sync/touchline/clients/laposta"
	"github.com/touchline-sync/touchline/clients/mailchimp"
	"github.com/touchline-sync/touchline/clients/mautic"
	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/clients/runsignup"
	"github.com/touchline-sync/touchline/clients/sportlink"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

var update = flag.Bool("update", false, "write the table of systems into the README")

// settled gives each system settings that can be opened; nothing is called.
func settled(t *testing.T, s clients.System) connector.Config {
	t.Helper()
	c := s.New()
	switch c := c.(type) {
	case *sportlink.Config:
		c.Username, c.Password, c.OTPSecret = "u", "p", "GEZDGNBVGY3TQOJQ"
	case *rondoclub.Config:
		c.BaseURL, c.Username, c.AppPassword = "https://rondo.example.org", "u", "p"
	case *laposta.Config:
		c.APIKey, c.Lists, c.IP = "k", []string{"a1", "a2", "a3", "a4"}, "192.0.2.1"
	case *freescout.Config:
		c.BaseURL, c.APIKey, c.FieldPublicPersonID = "https://help.example.org", "k", 4
		c.WebhookSecret = "w"
		c.FieldUnionTeams, c.FieldMemberSince, c.FieldRelationEnd = 1, 5, 9
	case *chatwoot.Config:
		c.AccountID, c.Token = 1, "t"
	case *mailchimp.Config:
		c.APIKey, c.ListID = "k-us1", "a1"
	case *mautic.Config:
		c.BaseURL, c.ClientID, c.ClientSecret = "https://mautic.example.org", "c", "s"
	case *runsignup.Config:
		c.APIKey, c.APISecret = "k", "s"
		c.Races = []runsignup.Race{{Event: 1, RaceID: 2, Day: 3, Bibs: runsignup.BibsByEMS, Events: []runsignup.Event{{Race: 4, EventID: 5}}}}
	default:
		invent(reflect.ValueOf(c).Elem())
	}
	return c
}

// invent gives an address and credentials to settings that need no others.
func invent(v reflect.Value) {
	for i := range v.NumField() {
		switch f, name := v.Field(i), v.Type().Field(i).Name; {
		case f.Kind() == reflect.Struct:
			invent(f)
		case name == "BaseURL" && f.String() == "":
			f.SetString("https://api.example.org")
		case name == "Username" && f.String() == "":
			f.SetString("u")
		case f.Type() == reflect.TypeFor[connector.Secret]():
			f.SetString("x")
		}
	}
}

// A system that announces its changes says what to look at when none come, and no
// other does; ChatWoot says what keeps it from calling, and the setting.
func TestNoWebhook(t *testing.T) {
	t.Parallel()
	for _, s := range clients.Systems() {
		conn, err := settled(t, s).Open(connectortest.NewHost(t))
		if err != nil {
			t.Fatalf("open %s: %v", s.Name, err)
		}
		hooker, announces := conn.(connector.WebhookReceiver)
		if announces != (s.NoWebhook != "") || announces && len(hooker.Announces()) == 0 {
			t.Errorf("%s announces: %v, and what to look at is %q", s.Name, announces, s.NoWebhook)
		}
		if err := conn.Close(); err != nil {
			t.Errorf("close %s: %v", s.Name, err)
		}
	}
	for _, word := range []string{"4.14.0", "private", "SAFE_FETCH_ALLOW_PRIVATE_NETWORK=true"} {
		if !strings.Contains(chatwoot.NoWebhook, word) {
			t.Errorf("no %q in %q", word, chatwoot.NoWebhook)
		}
	}
}

// offered are the collections of each system.
func offered(t *testing.T) map[record.System][]connector.Collection {
	t.Helper()
	offers := map[record.System][]connector.Collection{}
	for _, s := range clients.Systems() {
		conn, err := settled(t, s).Open(connectortest.NewHost(t))
		if err != nil {
			t.Fatalf("open %s: %v", s.Name, err)
		}
		offers[s.Name] = conn.Collections()
		if err := conn.Close(); err != nil {
			t.Errorf("close %s: %v", s.Name, err)
		}
	}
	return offers
}

// TestPipelinesAreComplete holds what is declared to what the systems offer.
func TestPipelinesAreComplete(t *testing.T) {
	t.Parallel()
	offers := offered(t)
	if err := pipelines.Check(slices.Concat(policy.Club(4), policy.Event()), pipelines.Families(), offers); err != nil {
		t.Error(err)
	}
}

// row is a collection in the README's table. What a connector could read or write
// and no pipeline does is told as no.
// Of a place that is read by several views each row says which.
func row(s clients.System, c connector.Collection, views int, families []pipelines.Family) string {
	how, kind, place := "API", string(c.Kind), c.Place
	if s.Browse != nil {
		how = "browser"
	}
	if c.Part {
		kind += " (part)"
	} else if views > 1 {
		place += " (" + c.View + ")"
	}
	at := func(system record.System, place string) bool {
		return system == s.Name && (place == "*" || place == c.Place)
	}
	var read, written int
	for _, f := range families {
		for _, p := range f.Pipelines {
			if slices.ContainsFunc(p.Reads, func(r step.Read) bool { return at(r.System, r.Place) }) {
				read = len(c.Reads)
			}
			if slices.ContainsFunc(p.Writes, func(w step.Write) bool { return at(w.System, w.Place) }) {
				written = len(c.Writes)
			}
		}
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s |\n", s.Name, place, kind, how,
		fields(read), fields(written), yes(c.Complete), yes(c.Delete != nil))
}

// The table says what is done, not what could be.
func TestRow(t *testing.T) {
	t.Parallel()
	s := clients.System{Name: "acme"}
	c := connector.Collection{Kind: "club.person", Place: "people", Complete: true, Reads: make([]record.Field, 5), Writes: make([]record.Field, 4)}
	for want, p := range map[string]step.Pipeline{
		"no | no":             {Reads: []step.Read{{System: "acme", Place: "lists"}}, Writes: []step.Write{{System: "other", Place: "*"}}},
		"5 fields | no":       {Reads: []step.Read{{System: "acme", Place: "people"}}},
		"no | 4 fields":       {Writes: []step.Write{{System: "acme", Place: "*"}}},
		"5 fields | 4 fields": {Reads: []step.Read{{System: "acme", Place: "*"}}, Writes: []step.Write{{System: "acme", Place: "people"}}},
	} {
		got := row(s, c, 1, []pipelines.Family{{Pipelines: []jobs.Pipeline{{Pipeline: p}}}})
		if got != "| acme | people | club.person | API | "+want+" | yes | no |\n" {
			t.Errorf("%s: %s", want, got)
		}
	}
	c.View = "search"
	if got := row(s, c, 2, nil); !strings.HasPrefix(got, "| acme | people (search) | club.person |") {
		t.Errorf("a place with two views: %s", got)
	}
}

// TestReadmeTable holds the README's table of systems to what the connectors offer
// and the pipelines do.
func TestReadmeTable(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("| system | place | kind | how | read | written | full listing | removed |\n|---|---|---|---|---|---|---|---|\n")
	for _, s := range clients.Systems() {
		conn, err := settled(t, s).Open(connectortest.NewHost(t))
		if err != nil {
			t.Fatalf("open %s: %v", s.Name, err)
		}
		views := map[string]int{}
		for _, c := range conn.Collections() {
			if !c.Part {
				views[c.Place]++
			}
		}
		for _, c := range conn.Collections() {
			b.WriteString(row(s, c, views[c.Place], pipelines.Families()))
		}
		if err := conn.Close(); err != nil {
			t.Errorf("close %s: %v", s.Name, err)
		}
	}
	const from, to = "<!-- systems -->\n", "<!-- /systems -->"
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	i, j := bytes.Index(readme, []byte(from)), bytes.Index(readme, []byte(to))
	if i < 0 || j < i {
		t.Fatal("the README has no place for the table")
	}
	i += len(from)
	if string(readme[i:j]) == b.String() {
		return
	}
	if !*update {
		t.Fatal("the README's table of systems is not current: go test ./clients -update")
	}
	next := append(append(append([]byte{}, readme[:i]...), b.String()...), readme[j:]...)
	if err := os.WriteFile("../README.md", next, 0o644); err != nil { //nolint:gosec // a page for everybody
		t.Fatal(err)
	}
}

func fields(n int) string {
	if n == 0 {
		return "no"
	}
	return fmt.Sprintf("%d fields", n)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
