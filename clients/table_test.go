package clients_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/clients/chatwoot"
	"github.com/touchline-sync/touchline/clients/laposta"
	"github.com/touchline-sync/touchline/clients/mailchimp"
	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/clients/sportlink"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
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
	case *chatwoot.Config:
		c.AccountID, c.Token = 1, "t"
	case *mailchimp.Config:
		c.APIKey, c.ListID = "k-us1", "a1"
	default:
		t.Fatalf("the table needs settings of %s", s.Name)
	}
	return c
}

// TestPipelinesAreComplete holds what is declared to what the systems offer.
func TestPipelinesAreComplete(t *testing.T) {
	t.Parallel()
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
	if err := pipelines.Check(slices.Concat(policy.Club(4), policy.Event()), pipelines.Families(), offers); err != nil {
		t.Error(err)
	}
}

// TestReadmeTable holds the README's table of systems to what the connectors
// offer.
func TestReadmeTable(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("| system | place | kind | how | read | written | full listing | removed |\n|---|---|---|---|---|---|---|---|\n")
	for _, s := range clients.Systems() {
		conn, err := settled(t, s).Open(connectortest.NewHost(t))
		if err != nil {
			t.Fatalf("open %s: %v", s.Name, err)
		}
		how := "API"
		if s.Browse != nil {
			how = "browser"
		}
		for _, c := range conn.Collections() {
			kind := string(c.Kind)
			if c.Part {
				kind += " (part)"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %d fields | %s | %s | %s |\n", s.Name, c.Place, kind, how,
				len(c.Reads), fields(len(c.Writes)), yes(c.Complete), yes(c.Delete != nil))
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
