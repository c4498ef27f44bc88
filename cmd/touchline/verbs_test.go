package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

// call runs a verb with an output of its own.
func call(ctx context.Context, out io.Writer, args ...string) error {
	r := newRootCommand()
	r.SetArgs(args)
	r.SetOut(out)
	r.SetErr(io.Discard)
	return r.execute(ctx)
}

func TestUsageAndItsExitCodes(t *testing.T) {
	t.Parallel()
	wrong := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(wrong, []byte("servr: {listen: x}\nlog: {level: loud}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// No server answers there, whatever else runs on this machine.
	alone := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(alone, []byte("server: {listen: 127.0.0.1:1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		args []string
		code int
		says string
	}{
		"version":              {[]string{"version"}, app.ExitOK, ""},
		"help":                 {[]string{"help"}, app.ExitOK, ""},
		"unknown verb":         {[]string{"nonsense"}, app.ExitUsage, `unknown command "nonsense"`},
		"unknown flag":         {[]string{"sim", "laposta", "--nonsense"}, app.ExitUsage, "--nonsense"},
		"missing argument":     {[]string{"sim"}, app.ExitUsage, "accepts 1 arg"},
		"unknown system":       {[]string{"sim", "nonsense"}, app.ExitUsage, strings.Join(slices.Sorted(slices.Values(clients.Simulators())), ", ")},
		"not loopback":         {[]string{"sim", "laposta", "--listen", "0.0.0.0:0"}, app.ExitUsage, "loopback"},
		"a name of no kind":    {[]string{"new", "system", "Acme"}, app.ExitUsage, "no capitals"},
		"a kind of nobody":     {[]string{"new", "system", "acme", "--kind", "boat"}, app.ExitUsage, "event.person"},
		"no checkout":          {[]string{"new", "system", "acme"}, app.ExitFailed, "root of a checkout"},
		"a name that is taken": {[]string{"new", "system", "laposta", "--dir", "../.."}, app.ExitFailed, "clients/laposta"},
		"settings at fault":    {[]string{"--config", wrong, "config", "validate"}, app.ExitUsage, "servr.listen: unknown key"},
		"no such settings":     {[]string{"--config", "/nowhere.yaml", "config", "validate"}, app.ExitUsage, "/nowhere.yaml"},
		"unknown system, on":   {[]string{"--data-dir", "/proc/nowhere", "check", "acme"}, app.ExitUsage, `no system "acme"`},
		"no data folder":       {[]string{"--config", alone, "--data-dir", "/proc/nowhere", "token", "list"}, app.ExitFailed, "data folder"},
		"a group alone":        {[]string{"token"}, app.ExitUsage, "needs a verb; there are create, list, revoke"},
		"no verb of a group":   {[]string{"token", "nonsense"}, app.ExitUsage, `touchline token has no verb "nonsense"`},
		"that and help":        {[]string{"token", "nonsense", "--help"}, app.ExitUsage, `has no verb "nonsense"`},
		"that and a flag":      {[]string{"token", "nonsense", "--log-level", "debug"}, app.ExitUsage, `has no verb "nonsense"`},
		"help of a group":      {[]string{"token", "--help"}, app.ExitOK, ""},
		"help of that":         {[]string{"help", "token"}, app.ExitOK, ""},
		"help of nothing":      {[]string{"help", "nonsense"}, app.ExitUsage, `unknown command "nonsense"`},
		"help of no verb":      {[]string{"help", "token", "nonsense"}, app.ExitUsage, `has no verb "nonsense"`},
		"no such shell":        {[]string{"completion", "nonsense"}, app.ExitUsage, `has no verb "nonsense"`},
		"a flag is missing":    {[]string{"token", "create"}, app.ExitUsage, `"role" not set`},
		"too much":             {[]string{"version", "nonsense"}, app.ExitUsage, "nonsense"},
		"not a number":         {[]string{"token", "revoke", "first"}, app.ExitUsage, "token list"},
		"a time without unit":  {[]string{"token", "create", "--role", "viewer", "--expires", "30"}, app.ExitUsage, "missing unit"},
		"a setting by flag":    {[]string{"config", "validate", "--log-level", "loud"}, app.ExitUsage, "--log-level: log.level: must be"},
		"a port of nobody":     {[]string{"serve", "--listen", "127.0.0.1:99999"}, app.ExitUsage, "--listen: server.listen: the port"},
		"an address elsewhere": {[]string{"serve", "--listen", "192.0.2.1:0"}, app.ExitUsage, "server.listen: 192.0.2.1:0 is not loopback"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := call(t.Context(), io.Discard, test.args...)
			if app.ExitCode(err) != test.code {
				t.Errorf("code %d, want %d: %v", app.ExitCode(err), test.code, err)
			}
			if test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("said %v, want it to have %q", err, test.says)
			}
		})
	}
}

// Each verb that ends by itself can say what it has to say as JSON.
func TestEveryVerbHasJSON(t *testing.T) {
	t.Parallel()
	// They say it in their log, or show pictures of work under way; sim prints JSON alone.
	without := []string{"serve", "worker", "demo", "sim", "help", "bash", "zsh", "fish", "powershell"}
	seen := 0
	var look func(*cobra.Command)
	look = func(cmd *cobra.Command) {
		for _, c := range cmd.Commands() {
			look(c)
		}
		if cmd.HasSubCommands() || slices.Contains(without, cmd.Name()) {
			return
		}
		seen++
		if cmd.Flags().Lookup("json") == nil {
			t.Errorf("%s has no --json", cmd.CommandPath())
		}
	}
	look(newRootCommand().Command)
	if seen < 40 {
		t.Errorf("only %d verbs were looked at", seen)
	}
}

// lines hands out what is written, a line at a time.
type lineWriter chan []byte

func (w lineWriter) Write(p []byte) (int, error) {
	w <- bytes.Clone(p)
	return len(p), nil
}

func TestSimPrintsOneLineAndRunsUntilItIsTold(t *testing.T) {
	t.Parallel()
	for _, system := range clients.Simulators() {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			out, ended := make(lineWriter, 8), make(chan error, 1)
			go func() { ended <- call(ctx, out, "sim", system, "--members", "5", "--seed", "3") }()

			var info clients.SimInfo
			select {
			case line := <-out:
				if err := json.Unmarshal(line, &info); err != nil || bytes.Count(line, []byte("\n")) != 1 {
					t.Fatalf("not one line of JSON: %q, %v", line, err)
				}
			case err := <-ended:
				t.Fatalf("ended: %v", err)
			}
			if info.System != system || len(info.Addresses) == 0 || len(info.Credentials) == 0 {
				t.Errorf("line says %+v", info)
			}
			if _, err := (clients.SimRemote{Info: info}).Requests(ctx, 0); err != nil {
				t.Errorf("control with the token: %v", err)
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, info.Control+"/requests", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
				t.Errorf("control without the token: %d", resp.StatusCode)
			}

			stop()
			if err := <-ended; err != nil {
				t.Errorf("ended with %v, want nil", err)
			}
			if len(out) > 0 {
				t.Errorf("more than one line: %q", <-out)
			}
		})
	}
}
