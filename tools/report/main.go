// Report reads the output of "go test -json", from its standard input or from the
// files named, all at the same time, and writes what a person wants
// to know: a line a package, the output of what failed, every skip with its
// reason, and at the end one line with the sums. It ends with 1 when anything
// failed.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// event is a line of go test -json.
type event struct {
	Action  string
	Package string
	Test    string
	Elapsed float64
	Output  string
	// ImportPath is that of a package that could not be built.
	ImportPath string
}

// sums is what was seen.
type sums struct {
	mu                       sync.Mutex // of all that is read
	passed, failed, skipped  int
	packages, failedPackages int
	running                  map[string]bool     // packages that have not ended
	output                   map[string][]string // by package and test
	skips                    []string
}

func main() {
	started := time.Now()
	s := &sums{running: map[string]bool{}, output: map[string][]string{}}
	if err := s.readAll(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
	os.Exit(s.end(os.Stdout, time.Since(started)))
}

func (s *sums) readAll(files []string, w io.Writer) error {
	if len(files) == 0 {
		return s.read(os.Stdin, w)
	}
	ended := make(chan error)
	for _, name := range files {
		go func() {
			f, err := os.Open(name) //nolint:gosec // named by the caller
			if err == nil {
				err = errors.Join(s.read(f, w), f.Close())
			}
			ended <- err
		}()
	}
	var all error
	for range files {
		all = errors.Join(all, <-ended)
	}
	return all
}

func (s *sums) read(r io.Reader, w io.Writer) error {
	lines := bufio.NewReader(r)
	events := 0
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			s.mu.Lock()
			if json.Unmarshal(line, &e) != nil {
				fmt.Fprint(w, string(line)) // a message of the go command itself
			} else {
				s.add(e, w)
				events++
			}
			s.mu.Unlock()
		}
		if err == io.EOF && events == 0 {
			return errors.New("no test has run")
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *sums) add(e event, w io.Writer) {
	id := e.Package + e.ImportPath + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		s.output[id] = append(s.output[id], e.Output)
		return
	case "start":
		s.running[e.Package] = true
		return
	case "pass", "fail", "skip", "build-fail":
	default:
		return
	}
	if e.Test == "" {
		s.addPackage(e, id, w)
	} else {
		s.addTest(e, id, w)
	}
	delete(s.output, id)
}

func (s *sums) addTest(e event, id string, w io.Writer) {
	switch e.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		fmt.Fprintf(w, "FAIL %s %s\n%s", e.Package, e.Test, strings.Join(s.output[id], ""))
	case "skip":
		s.skipped++
		s.skips = append(s.skips, fmt.Sprintf("SKIP %s %s: %s", e.Package, e.Test, reason(s.output[id])))
	}
}

func (s *sums) addPackage(e event, id string, w io.Writer) {
	delete(s.running, e.Package)
	switch e.Action {
	case "pass":
		s.packages++
		fmt.Fprintf(w, "ok   %s (%.1f s)\n", e.Package, e.Elapsed)
	case "build-fail": // its package fails as well
		fmt.Fprintf(w, "%s", strings.Join(s.output[id], ""))
	case "fail":
		s.packages++
		s.failedPackages++
		// A package fails without a failed test when it does not build, panics
		// or runs out of time: then its own output says why.
		fmt.Fprintf(w, "FAIL %s%s (%.1f s)\n%s", e.Package, e.ImportPath, e.Elapsed, strings.Join(s.output[id], ""))
		for other, out := range s.output {
			if strings.HasPrefix(other, e.Package+" ") && other != id && e.Package != "" {
				fmt.Fprintf(w, "unfinished %s\n%s", other, strings.Join(out, ""))
			}
		}
	}
}

// reason is the line of a skipped test that t.Skip wrote: its last.
func reason(output []string) string {
	for _, line := range slices.Backward(output) {
		if text := strings.TrimSpace(line); text != "" && !strings.HasPrefix(text, "---") && !strings.HasPrefix(text, "===") {
			return text
		}
	}
	return "no reason given"
}

func (s *sums) end(w io.Writer, took time.Duration) int {
	for _, skip := range s.skips {
		fmt.Fprintln(w, skip)
	}
	for name := range s.running {
		s.failedPackages++
		fmt.Fprintln(w, "FAIL", name, "did not end")
	}
	word, code := "PASS", 0
	if s.failed > 0 || s.failedPackages > 0 || s.passed == 0 {
		word, code = "FAIL", 1
	}
	fmt.Fprintf(w, "%s: %d tests passed, %d failed, %d skipped; %d packages, %d failed; %s\n",
		word, s.passed, s.failed, s.skipped, s.packages, s.failedPackages, took.Round(time.Second))
	return code
}
