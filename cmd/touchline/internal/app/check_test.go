package app

import (
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/record"
)

// Who checks a system is told what its site has no place for.
func TestLacking(t *testing.T) {
	t.Parallel()
	sys := memory.New("target", memory.Place{Name: "people", Kind: "test.person", Reads: []record.Field{"code", "mail", "name"}})
	if got := lacking(sys); got != "" {
		t.Errorf("of a system that is alike everywhere it says %q", got)
	}
	sys.Lacks = []record.Field{"mail"}
	if got := lacking(sys); !strings.HasSuffix(got, "no place for mail") {
		t.Errorf("it says %q", got)
	}
}
