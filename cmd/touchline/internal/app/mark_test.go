package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/engine"
)

func TestMarkIsKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data") // not there yet
	if m, err := readMark(dir); m != nil || err != nil {
		t.Fatalf("the first start reads %v, %v, want nothing", m, err)
	}
	for n := range int64(3) {
		want := engine.Mark{Epoch: uuid.New(), Journal: n}
		if err := writeMark(dir, want); err != nil {
			t.Fatal(err)
		}
		if m, err := readMark(dir); err != nil || *m != want {
			t.Errorf("read %v, %v, want %v", m, err, want)
		}
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("the folder holds %v, %v, want the mark alone", all, err)
	}
}

// What is not a mark is an error that names the file and says what to do: taken for
// a first start it would hide a restore.
func TestMarkIsUnreadable(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "cut short": `{"epoch":"` + uuid.NewString(), "other": `{"a":1}`, "no epoch": `{"journal":7}`,
		"backwards": `{"epoch":"` + uuid.NewString() + `","journal":-1}`,
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, markFile)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := readMark(dir)
		if m != nil || err == nil {
			t.Errorf("%s: read %v, %v, want an error", name, m, err)
			continue
		}
		for _, want := range []string{path, "restored from a backup", "delete the file"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error %q does not say %q", name, err, want)
			}
		}
	}
}

// A folder that cannot be written leaves no half of a file behind, and is an error.
func TestMarkCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeMark(dir, engine.Mark{Epoch: uuid.New()}); err == nil {
		t.Error("a folder that is a file was written")
	}
}
