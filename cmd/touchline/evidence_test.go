package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

// TestEvidenceIsWritten: text is printed, a picture goes to a file that was not
// there, and that nobody else reads.
func TestEvidenceIsWritten(t *testing.T) {
	t.Parallel()
	of := func(media, data string) *touchlinev1.GetEvidenceResponse {
		return &touchlinev1.GetEvidenceResponse{Evidence: &touchlinev1.Evidence{Id: 3, MediaType: media}, Data: []byte(data)}
	}
	var out bytes.Buffer
	if err := writeEvidence(&out, of("text/plain", "form#a\n"), ""); err != nil || out.String() != "form#a\n" {
		t.Errorf("text is printed as %q, %v", out.String(), err)
	}
	if err := writeEvidence(&out, of("image/png", "\x89PNG"), ""); app.ExitCode(err) != app.ExitUsage {
		t.Errorf("a picture is printed: %v", err)
	}
	file := filepath.Join(t.TempDir(), "page.png")
	if err := writeEvidence(&out, of("image/png", "\x89PNG"), file); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if info, e := os.Stat(file); err != nil || e != nil || string(data) != "\x89PNG" || info.Mode().Perm() != 0o600 {
		t.Errorf("the file holds %q, %v, %v", data, err, e)
	}
	if err := writeEvidence(&out, of("image/png", "other"), file); app.ExitCode(err) != app.ExitUsage {
		t.Errorf("a file is written over: %v", err)
	}
}
