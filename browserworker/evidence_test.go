package browserworker_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
)

func TestEvidence(t *testing.T) {
	t.Parallel()
	s, host, pool := lent(t)
	drifted := &connector.Error{Class: connector.Drifted, System: "tiny", Op: "list", Why: "renamed"}
	err := pool.Do(within(t, time.Minute), s.site(host), func(ctx context.Context, p browserworker.Page) error {
		if err := p.Fill(ctx, "#mail", "noor.voorbeeld@example.org"); err != nil {
			return err
		}
		return drifted
	})
	if connector.ClassOf(err) != connector.Drifted {
		t.Fatal(err)
	}
	shown := host.Shown()
	if len(shown) != 2 || shown[0].MediaType != "image/png" || !bytes.HasPrefix(shown[0].Data, []byte("\x89PNG")) {
		t.Fatalf("%d pieces of evidence", len(shown))
	}
	html := string(shown[1].Data)
	for _, value := range []string{"Noor", "noor", "Voorbeeld", "voorbeeld", "1234", "2012", "Vermeulen", "vermeulen", "example.org", "<script", "<img src"} {
		if strings.Contains(html, value) {
			t.Errorf("the evidence holds %s", value)
		}
	}
	for _, structure := range []string{`id="ask"`, `id="btnXxxxxxxxx"`, `class="row xxxxxxxxx-0"`, `aria-pressed="false"`, `role="navigation"`, `value="xxxx@xxxxxxx.xxx"`, "xxx: xxxx xxxxxxxxx, xx-0000"} {
		if !strings.Contains(html, structure) {
			t.Errorf("the evidence lacks %s:\n%s", structure, html)
		}
	}
	var a browserworker.Answer
	if err := pool.Do(within(t, time.Minute), s.site(host), s.ask(&a)); err != nil {
		t.Fatalf("after the evidence: %v", err)
	}
}
