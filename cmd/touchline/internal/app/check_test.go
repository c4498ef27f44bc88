package app

import (
	"slices"
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

func TestYears(t *testing.T) {
	t.Parallel()
	got := years([]string{"mail", "total_2028", "total_2026", "total_2027", "total_2022", "balance_2026", "x_12"})
	if want := []string{"balance_2026", "mail", "total_2022", "total_2026 to 2028", "x_12"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
