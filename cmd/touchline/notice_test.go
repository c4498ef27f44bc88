package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/jobs/notice"
	"github.com/touchline-sync/touchline/jobs/notice/noticetest"
)

// touchline notice test tells by mail and webhook as the settings have them, says when one
// of them does not take it, and that nobody is told where neither is set.
func TestNoticeTest(t *testing.T) {
	t.Parallel()
	box := noticetest.Mail(t)
	posted := make(chan string, 1)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		posted <- r.Header.Get(notice.Signature) + string(body)
	}))
	defer hook.Close()
	file := filepath.Join(t.TempDir(), "config.yaml")
	test := func(settings string) (string, error) {
		if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err := call(t.Context(), &out, "--config", file, "notice", "test")
		return out.String(), err
	}
	settings := "notices:\n  language: nl\n  mail: {server: " + box.Address + ", from: sync@example.org, to: [board@example.org], plain: true}\n" +
		"  webhook: {url: " + hook.URL + ", secret: a secret of sixteen}\n"
	out, err := test(settings)
	if err != nil || !strings.Contains(out, "sent; see whether it arrives") {
		t.Fatalf("%v\n%s", err, out)
	}
	all := box.Messages()
	if len(all) != 1 || strings.Join(all[0].To, "") != "board@example.org" {
		t.Fatalf("mailed %v", all)
	}
	if head, text := all[0].Parse(t); head.Get("Subject") != "touchline: een proef" || !strings.Contains(text, "berichten komen aan") {
		t.Errorf("mailed %v\n%s", head, text)
	}
	if got := <-posted; !strings.HasPrefix(got, "t=") || !strings.Contains(got, `"kind":"TEST"`) {
		t.Errorf("posted %s", got)
	}
	box.Refuse(true)
	if out, err := test(settings); app.ExitCode(err) != app.ExitFailed || !strings.Contains(err.Error(), "mailbox full") || out != "" {
		t.Errorf("a mail that is refused: %v\n%s", err, out)
	}
	if _, err := test("notices: {language: nl}\n"); app.ExitCode(err) != app.ExitUsage || !strings.Contains(err.Error(), "nobody is told") {
		t.Errorf("nobody is told: %v", err)
	}
}
