package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// driverVersion is what playwright-go 0.5200.1 expects.
	driverVersion  = "1.52.0"
	oldestNode     = 18
	defaultBrowser = "/usr/lib/chromium/chromium-headless-shell"
	installDeps    = "sudo scripts/install-deps.sh"
	installRuntime = "make runtime"
)

// Runtime is what a browser worker needs from the machine.
type Runtime struct {
	Browser string // the program itself
	Node    string
	Driver  string // folder that holds package/
}

// Lack is something that is missing, and the line that gets it.
type Lack struct {
	What string
	Get  string
}

// Error returns both.
func (l *Lack) Error() string { return l.What + "; get it with: " + l.Get }

// FindRuntime looks for what a browser worker needs: where the settings say,
// else at the usual places. The error joins all that is missing.
func FindRuntime(ctx context.Context, w Worker) (Runtime, error) {
	browser, err1 := findBrowser(w.Browser)
	node, err2 := findNode(ctx, w.Node)
	driver, err3 := findDriver(w.Driver)
	return Runtime{browser, node, driver}, errors.Join(err1, err2, err3)
}

func findBrowser(path string) (string, error) {
	path = cmp.Or(path, defaultBrowser)
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
		return "", &Lack{"no browser at " + path, installDeps + " (apt-get install chromium-headless-shell)"}
	}
	return path, nil
}

func findNode(ctx context.Context, path string) (string, error) {
	get := installDeps + " (apt-get install nodejs)"
	found, err := exec.LookPath(cmp.Or(path, "node"))
	if err != nil {
		return "", &Lack{fmt.Sprintf("no node, version %d or later", oldestNode), get}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, found, "--version").Output()
	if err != nil {
		return "", &Lack{"node does not run: " + found, get}
	}
	version := strings.TrimPrefix(strings.TrimSpace(string(out)), "v")
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldestNode {
		return "", &Lack{fmt.Sprintf("node is %s, needed is %d or later", version, oldestNode), get}
	}
	return found, nil
}

func findDriver(dir string) (string, error) {
	candidates := []string{dir}
	if dir == "" {
		candidates = []string{
			os.Getenv("PLAYWRIGHT_DRIVER_PATH"), "runtime/driver", "/usr/lib/touchline/driver",
		}
		if self, err := os.Executable(); err == nil {
			// bin/touchline lies one folder below the root of a checkout.
			candidates = append(candidates, filepath.Join(filepath.Dir(self), "..", "runtime", "driver"))
		}
	}
	var wrong string
	for _, c := range candidates {
		if c == "" {
			continue
		}
		version, err := driverIn(c)
		if err == nil && version == driverVersion {
			return filepath.Abs(c)
		}
		if err == nil {
			wrong = version
		}
	}
	if wrong != "" {
		return "", &Lack{"the browser driver is " + wrong + ", needed is playwright-core " + driverVersion, installRuntime}
	}
	return "", &Lack{"no browser driver (playwright-core " + driverVersion + ")", installRuntime}
}

// driverIn reads the version of the driver in a folder.
func driverIn(dir string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, "package", "package.json"))
	if err != nil {
		return "", err
	}
	var p struct{ Version string }
	if err := json.Unmarshal(data, &p); err != nil {
		return "", err
	}
	return p.Version, nil
}
