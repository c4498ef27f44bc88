package record_test

import (
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/record"
)

func TestBlobs(t *testing.T) {
	t.Parallel()
	ours := record.BlobOf([]byte("abc"))
	if ours != "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" || !record.IsBlob(ours) {
		t.Errorf("bytes are named %q", ours)
	}
	for _, v := range []string{"", "abc", ours[1:], strings.ToUpper(ours), "sha256:" + strings.ToUpper(ours[7:]), ours + "0", ours[:70], "sha256:" + strings.Repeat("g", 64), record.BlobThere("17")} {
		if record.IsBlob(v) {
			t.Errorf("%q names bytes of ours", v)
		}
	}
	if mark, ok := record.BlobMark(record.BlobThere("17")); !ok || mark != "17" {
		t.Errorf("the mark is %q", mark)
	}
	if _, ok := record.BlobMark(ours); ok {
		t.Error("bytes of ours have a mark")
	}
}
