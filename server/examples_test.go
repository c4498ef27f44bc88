package server_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/internal/sizetest"
)

// TestExamples runs the programs for users of the API as the first lines of their
// files say, and once with what is wrong.
func TestExamples(t *testing.T) {
	t.Parallel()
	sizetest.Skip(t, "builds a program and runs node")
	b := setup(t)
	for name, command := range map[string][]string{
		"go":   {"go", "run", "./examples/go"},
		"node": {"node", "examples/node/plan.mjs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(token string, args ...string) (out, stderr string, ok bool) {
				cmd := exec.CommandContext(t.Context(), command[0], append(command[1:], args...)...)
				cmd.Dir = ".."
				cmd.Env = append(os.Environ(), "TOUCHLINE_ADDRESS="+b.address, "TOUCHLINE_TOKEN="+token)
				var said, wrong bytes.Buffer
				cmd.Stdout, cmd.Stderr = &said, &wrong
				err := cmd.Run()
				return said.String(), wrong.String(), err == nil
			}
			if out, stderr, ok := run(b.operator, "people"); !ok || !strings.Contains(out, "RUN_OUTCOME_SUCCEEDED") {
				t.Errorf("it says %q, %q", out, stderr)
			}
			if _, stderr, ok := run(b.operator, "nothing"); ok || !strings.Contains(stderr, "people") {
				t.Errorf("of a pipeline that is not there: %q", stderr)
			}
			if _, stderr, ok := run("tl_wrong", "people"); ok || !strings.Contains(stderr, "token") {
				t.Errorf("with a wrong token: %q", stderr)
			}
			if _, _, ok := run(b.operator); ok {
				t.Error("without an argument it is content")
			}
		})
	}
}
