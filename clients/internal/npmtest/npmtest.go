// Package npmtest lets a system's own client of npm, unchanged, work with its
// simulator. It is imported by tests only.
package npmtest

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/touchline-sync/touchline/internal/sizetest"
)

// strict makes a missing part a failure, where all of them are meant to be
// there.
const strict = "TOUCHLINE_TEST_STRICT"

// Run runs client.js of a folder, which has the client of a name in the very version
// of its lock file, and returns what it wrote. env are settings more, as NAME=value.
func Run(t *testing.T, folder, name string, env ...string) []byte {
	t.Helper()
	sizetest.Skip(t, "node")
	missing := func(what string) {
		t.Helper()
		if os.Getenv(strict) != "" {
			t.Fatalf("%s; make runtime-clients installs %s", what, name)
		}
		t.Skipf("%s; make runtime-clients installs %s", what, name)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing("there is no node")
	}
	at := "node_modules/" + name
	var lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	data, err := os.ReadFile(filepath.Join(folder, "package-lock.json")) //nolint:gosec // of a test
	if err != nil || json.Unmarshal(data, &lock) != nil || lock.Packages[at].Integrity == "" {
		t.Fatalf("the lock file names no client with its sum: %v", err)
	}
	var there struct{ Version string }
	data, err = os.ReadFile(filepath.Join(folder, at, "package.json")) //nolint:gosec // of a test
	if err != nil || json.Unmarshal(data, &there) != nil {
		missing("the client is not installed")
	}
	if there.Version != lock.Packages[at].Version {
		missing("the client is of version " + there.Version)
	}
	cmd := exec.CommandContext(t.Context(), node, "client.js") //nolint:gosec // of a test
	cmd.Dir, cmd.Env = folder, append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return stdout.Bytes()
}
