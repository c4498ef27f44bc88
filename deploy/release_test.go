// Package deploy_test makes a release and looks into it.
package deploy_test

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/internal/sizetest"
)

func TestScriptsOfThePackages(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("debian/*/p*")
	if err != nil || len(scripts) != 6 {
		t.Errorf("%d scripts (%v), want postinst, prerm and postrm of two packages", len(scripts), err)
	}
	for _, script := range append(scripts, "../scripts/release.sh") {
		out(t, "sh", "-n", script)
	}
}

func TestRelease(t *testing.T) {
	t.Parallel()
	if !sizetest.Full(t) {
		t.Skip("SKIPPED: compiles everything once more, without cgo; make acceptance makes the release")
	}
	dist := t.TempDir()
	out(t, "sh", "../scripts/release.sh", dist)

	binary := one(t, dist, "touchline-*-linux-amd64")
	program, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the program wants a loader: it is not static")
		}
	}

	version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(binary), "touchline-"), "-linux-amd64")
	if !regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(\+[0-9]+\.g[0-9a-f]+)?(\+dirty)?$`).MatchString(version) {
		t.Errorf("%q is no version of Debian", version)
	}
	if said := out(t, binary, "version"); !strings.Contains(said, version) {
		t.Errorf("touchline version says %q, the package is of %q", said, version)
	}

	sums, err := os.ReadFile(filepath.Join(dist, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{binary, one(t, dist, "touchline_*.deb"), one(t, dist, "touchline-worker_*.deb")} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		if line := hex.EncodeToString(sum[:]) + "  " + filepath.Base(file) + "\n"; !bytes.Contains(sums, []byte(line)) {
			t.Errorf("SHA256SUMS has no line %q", line)
		}
	}
	server, worker := unpacked(t, dist, "touchline"), unpacked(t, dist, "touchline-worker")
	same(t, binary, filepath.Join(server, "usr/bin/touchline"))
	units(t, server, "usr/lib/systemd/system/touchline.service")
	units(t, worker, "usr/lib/systemd/system/touchline-worker@.service")
	for _, path := range []string{"usr/lib/sysusers.d/touchline.conf", "usr/share/touchline/config.example.yaml", "usr/share/doc/touchline/changelog.gz"} {
		present(t, server, path)
	}
	present(t, worker, "usr/lib/touchline/driver/package/cli.js")
	if said := out(t, "node", filepath.Join(worker, "usr/lib/touchline/driver/package/cli.js"), "--version"); !strings.HasPrefix(said, "Version ") {
		t.Errorf("the driver says %q", said)
	}
}

// unpacked unpacks a package, and looks at what each of them must be.
func unpacked(t *testing.T, dist, name string) string {
	t.Helper()
	file, tree := one(t, dist, name+"_*.deb"), t.TempDir()
	out(t, "dpkg-deb", "--raw-extract", file, tree)
	for line := range strings.Lines(out(t, "dpkg-deb", "--contents", file)) {
		if fields := strings.Fields(line); fields[1] != "root/root" || strings.ContainsAny(fields[0][4:], "ws") && fields[0][0] != 'l' {
			t.Errorf("%s: %s", name, line)
		}
	}
	scripts, err := filepath.Glob(filepath.Join(tree, "DEBIAN", "p*"))
	if err != nil || len(scripts) != 3 {
		t.Errorf("%s has %d scripts (%v), want postinst, prerm and postrm", name, len(scripts), err)
	}
	return tree
}

// units holds what a unit starts against what the packages have.
func units(t *testing.T, tree, path string) {
	t.Helper()
	unit, err := os.ReadFile(filepath.Join(tree, path))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^ExecStart=/usr/bin/touchline (serve|worker)$`).Match(unit) {
		t.Errorf("%s does not start what the package touchline has", path)
	}
}

func same(t *testing.T, a, b string) {
	t.Helper()
	x, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x, y) {
		t.Errorf("%s is another file than %s", b, a)
	}
}

func present(t *testing.T, tree, path string) {
	t.Helper()
	if s, err := os.Stat(filepath.Join(tree, path)); err != nil || s.Size() == 0 {
		t.Errorf("%s: %v", path, err)
	}
}

func one(t *testing.T, dir, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files are called %s (%v), want one", len(files), pattern, err)
	}
	return files[0]
}

// out is what a command says; it is to succeed.
func out(t *testing.T, name string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stderr = &stderr
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
	return string(b)
}
