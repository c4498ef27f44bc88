package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// checkout is a repository with what a version is made of, and nothing else.
type checkout struct {
	t   *testing.T
	dir string
}

func newCheckout(t *testing.T) checkout {
	t.Helper()
	buf, err := filepath.Abs("../bin/tools/buf")
	if err == nil {
		_, err = os.Stat(buf)
	}
	if err != nil {
		if os.Getenv("TOUCHLINE_TEST_STRICT") != "" {
			t.Fatalf("buf is not here; make bin/tools/buf: %v", err)
		}
		t.Skip("SKIPPED: buf is not here; make bin/tools/buf")
	}
	c := checkout{t, t.TempDir()}
	for _, from := range []string{"api", "migrations", "scripts"} {
		if err := os.CopyFS(filepath.Join(c.dir, from), os.DirFS("../"+from)); err != nil {
			t.Fatal(err)
		}
	}
	for _, from := range []string{"Makefile", "buf.yaml"} {
		text, err := os.ReadFile("../" + from)
		if err != nil {
			t.Fatal(err)
		}
		c.write(from, string(text))
	}
	c.write("CHANGELOG.md", "# Changes\n\n## Unreleased: 0.1.0\n\n- **Engine**: it is.\n")
	c.write(".gitignore", "/bin/\n")
	if err := os.MkdirAll(filepath.Join(c.dir, "bin/tools"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(buf, filepath.Join(c.dir, "bin/tools/buf")); err != nil {
		t.Fatal(err)
	}
	c.want("", "git", "init", "-q", "-b", "main")
	c.commit("all")
	return c
}

func (c checkout) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c checkout) edit(name, from, to string) {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil || !strings.Contains(string(text), from) {
		c.t.Fatalf("%s has no %q, %v", name, from, err)
	}
	c.write(name, strings.Replace(string(text), from, to, 1))
}

func (c checkout) run(args ...string) (string, error) {
	cmd := exec.CommandContext(c.t.Context(), args[0], args[1:]...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=test", "GIT_AUTHOR_EMAIL=test@example.org", "GIT_COMMITTER_NAME=test", "GIT_COMMITTER_EMAIL=test@example.org")
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// want runs what must succeed and say something.
func (c checkout) want(says string, args ...string) {
	c.t.Helper()
	if text, err := c.run(args...); err != nil || !strings.Contains(text, says) {
		c.t.Fatalf("%v: %v, want %q:\n%s", args, err, says, text)
	}
}

// refuses runs what must fail and say why.
func (c checkout) refuses(says string, args ...string) {
	c.t.Helper()
	if text, err := c.run(args...); err == nil || !strings.Contains(text, says) {
		c.t.Errorf("%v: %v, want a refusal with %q:\n%s", args, err, says, text)
	}
}

func (c checkout) commit(what string) {
	c.t.Helper()
	c.want("", "git", "add", "-A")
	c.want("", "git", "commit", "-qm", what)
}

// A version is made in one step, of a clean main and of what CHANGELOG.md says; from then
// on neither the API nor a migration may break what it has promised.
func TestTag(t *testing.T) {
	t.Parallel()
	c := newCheckout(t)
	c.refuses("give a version", "scripts/tag.sh", "v0.1.0")
	c.refuses(`no line "## Unreleased: 0.2.0"`, "scripts/tag.sh", "0.2.0")
	c.write("stray", "")
	c.refuses("not committed", "scripts/tag.sh", "0.1.0")
	c.want("", "rm", "stray")
	c.want("", "git", "switch", "-qc", "aside")
	c.refuses("of main", "scripts/tag.sh", "0.1.0")
	c.want("", "git", "switch", "-q", "main")
	c.want("breaking: no tag yet\ntag: v0.1.0 is made", "scripts/tag.sh", "0.1.0")
	c.want("- **Engine**: it is.", "git", "tag", "-n9", "--list", "v0.1.0")
	c.want("v0.1.0", "git", "describe", "--tags", "--exact-match")
	if text, err := os.ReadFile(filepath.Join(c.dir, "CHANGELOG.md")); err != nil || !strings.Contains(string(text), "\n## 0.1.0, 20") {
		t.Errorf("the heading has no date: %v\n%s", err, text)
	}
	c.refuses("there already", "scripts/tag.sh", "0.1.0")
	c.want("", "make", "breaking")

	const proto = "api/touchline/v1/audit_service.proto"
	c.edit(proto, "message ListAuditRequest {", "message Fresh {\n  string name = 1;\n}\n\nmessage ListAuditRequest {")
	c.want("", "make", "breaking") // what is added breaks nothing
	c.edit(proto, "string page_token = ", "bytes page_token = ")
	c.refuses("page_token", "make", "breaking")
	c.want("", "git", "checkout", "-q", proto)
	c.write("migrations/9999_more.sql", "-- +goose Up\nselect 1;\n")
	c.commit("a migration")
	c.want("", "make", "breaking")
	c.edit("migrations/0004_access.sql", "create table", "create table  ")
	c.refuses("migrations/0004_access.sql", "make", "breaking")
}
