package wordpress_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/wordpress"
)

// held names the variable that makes this binary one that is to be killed.
const held = "TOUCHLINE_WORDPRESS_HELD"

// TestWordPress ends a server by killing its process, and starts another one,
// which removes what the first has left.
func TestWordPress(t *testing.T) {
	t.Parallel()
	wordpress.Need(t)
	if os.Getenv(held) != "" {
		wordpress.Start(t)
		fmt.Println("up") //nolint:forbidigo // the parent waits for it
		<-t.Context().Done()
		return
	}
	left := killed(t)
	server := wordpress.Start(t)
	if _, err := os.Stat(left); err == nil {
		t.Errorf("%s is still there", left)
	}
	for _, d := range []wordpress.Dialect{wordpress.Fields, wordpress.ACF, wordpress.Fields} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			site := server.Site(t, d)
			if got := call(t, site, "GET", "/wp-json/wp/v2/people", ""); got != "[]" {
				t.Errorf("a new site lists %s", got)
			}
			made := call(t, site, "POST", "/wp-json/wp/v2/people", `{"status":"publish","`+string(d)+`":{"first_name":"Zoë"}}`)
			var p struct {
				ID    int64
				Title struct{ Rendered string }
			}
			if err := json.Unmarshal([]byte(made), &p); err != nil || p.ID != 101 || p.Title.Rendered != "Zoë" {
				t.Errorf("the first person: %+v, %v", p, err)
			}
		})
	}
}

// killed starts a server in a process of its own, kills that, and waits until
// all that it has started is gone. It returns the folder that is left.
func killed(t *testing.T) (folder string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWordPress$", "-test.v")
	cmd.Env = append(os.Environ(), held+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	up := false
	for lines := bufio.NewScanner(out); !up && lines.Scan(); {
		up = lines.Text() == "up"
	}
	folders, err := filepath.Glob("/dev/shm/tl-wp-*-" + strconv.Itoa(cmd.Process.Pid))
	if err != nil || len(folders) == 0 {
		folders, err = filepath.Glob(filepath.Join(os.TempDir(), "tl-wp-*-"+strconv.Itoa(cmd.Process.Pid)))
	}
	if err != nil || !up || len(folders) != 1 {
		t.Fatalf("up: %t, folders %v, %v", up, folders, err)
	}
	if n := len(within(t, folders[0])); n != 4 {
		t.Errorf("%d processes, want MariaDB and three of PHP", n)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(20 * time.Second)
	for len(within(t, folders[0])) > 0 {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("still running: %v", within(t, folders[0]))
		}
	}
	return folders[0]
}

// within are the processes that work in a folder.
func within(t *testing.T, folder string) (out []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range all {
		if at, err := os.Readlink(link); err == nil && strings.HasPrefix(at, folder) {
			out = append(out, link)
		}
	}
	return out
}

func call(t *testing.T, site *wordpress.Site, method, path, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, site.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(site.Admin.Username, site.Admin.Password)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s %s: status %d, %v: %.300s", method, path, answer.StatusCode, err, data)
	}
	return string(data)
}
