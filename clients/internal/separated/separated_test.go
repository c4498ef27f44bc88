package separated_test

import (
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/separated"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		`a;b;c`:                    {"a", "b", "c"},
		` a ; "b" ;c `:             {"a", "b", "c"},
		`"a;b";c`:                  {"a;b", "c"},
		`"Jan "de Bakker" Smit";9`: {`Jan "de Bakker" Smit`, "9"},
		`Jan "de Bakker" Smit;9`:   {`Jan "de Bakker" Smit`, "9"},
		`"never closed;9`:          {"never closed", "9"},
		`1;"last; one"`:            {"1", "last; one"},
		`;;`:                       {"", "", ""},
		`"";x`:                     {"", "x"},
	} {
		if got := separated.Split(line, ";"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	if got := separated.Split(`1,"85,50",x`, ","); !slices.Equal(got, []string{"1", "85,50", "x"}) {
		t.Errorf("%q", got)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	want := []string{"naam;saldo", "Zoë;€ 1"}
	for what, body := range map[string]string{
		"UTF-8": "naam;saldo\nZoë;€ 1\n", "a mark": "\xef\xbb\xbfnaam;saldo\r\n\r\nZoë;€ 1", "Windows-1252": "naam;saldo\r\nZo\xeb;\x80 1\r\n",
	} {
		if got := separated.Lines([]byte(body)); !slices.Equal(got, want) {
			t.Errorf("%s: %q", what, got)
		}
	}
	if got := separated.Lines(nil); len(got) != 0 {
		t.Errorf("nothing has %d lines", len(got))
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]int{
		`Nikki_ID;"Naam";hoofdsom`: {0, 2}, "naam,nikki_id,totaal,x": {1, 2}, "nikki_id\tnaam": {0, -1},
	} {
		head, ok := separated.HeadOf(line, []string{"nikki_id"}, []string{"hoofdsom", "totaal"})
		if !ok || !slices.Equal(head.At, want) || head.Twice {
			t.Errorf("%s: %+v, %v", line, head, ok)
		}
	}
	if _, ok := separated.HeadOf("id;naam", []string{"nikki_id"}); ok {
		t.Error("a head without the column is known")
	}
	head, ok := separated.HeadOf("id;naam;ID", []string{"id"})
	if !ok || !head.Twice {
		t.Errorf("%+v, %v", head, ok)
	}
	for line, want := range map[string]bool{"1;x;2": true, "1;x;2;;": true, "1;x": false, "1;x;2;3": false} {
		if _, whole := head.Cells(line); whole != want {
			t.Errorf("%s: whole %v", line, whole)
		}
	}
}
