package sportlink

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/website"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// spec is how values are read on a certain day.
var spec = value.Spec{Types: person.Types, Options: value.Dutch(time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))}

var update = flag.Bool("update", false, "rewrite the golden files")

func TestParseMembers(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile(filepath.Join("testdata", "members.json"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := parseMembers(body, spec)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(map[string]any{"items": page.Items, "faults": page.Faults}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	golden := filepath.Join("testdata", "members.golden.json")
	if *update {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Fatalf("got %s", got)
	}
	for _, f := range page.Faults {
		for _, value := range []string{"Q7", "Naamloos", "Zonderid"} {
			if strings.Contains(f.Why, value) {
				t.Errorf("a fault holds a value: %s", f.Why)
			}
		}
	}
}

func TestParseAnswers(t *testing.T) {
	t.Parallel()
	whole := `"FirstName":"A","LastName":"B","GenderCode":"","DateOfBirth":"","Email":"","Mobile":"","MemberSince":"","UnionTeams":""`
	row := func(id string) string { return `{"PublicPersonId":"` + id + `",` + whole + `}` }
	many := func(n int, row func(int) string) string {
		rows := make([]string, n)
		for i := range rows {
			rows[i] = row(i)
		}
		return `{"Members":[` + strings.Join(rows, ",") + `]}`
	}
	for name, c := range map[string]struct {
		body          string
		items, faults int
		err           string
	}{
		"nobody":           {body: `{"Members":[]}`},
		"one":              {body: `{"Members":[` + row("AAAA11A") + `]}`, items: 1},
		"missing":          {body: `{"Error":500,"Message":"fout"}`, err: "Members is missing"},
		"null":             {body: `{"Members":null}`, err: "Members is not a list"},
		"object":           {body: `{"Members":{"0":[]}}`, err: "Members is not a list"},
		"a list at once":   {body: `[]`, err: "not JSON"},
		"nothing":          {body: ``, err: "empty"},
		"cut off":          {body: `{"Members":[{"PublicPersonId":"AAAA`, err: "not JSON"},
		"maintenance":      {body: `<html>Onderhoud</html>`, err: "a page"},
		"sign-in page":     {body: `<html><input id="username"><input id="kc-login"></html>`, err: errSignIn.Error()},
		"renamed key":      {body: strings.ReplaceAll(many(9, func(i int) string { return row(fmt.Sprint("AAAA", i)) }), "DateOfBirth", "BirthDate"), err: "no member has the key DateOfBirth"},
		"3 of 9 are wrong": {body: many(9, func(i int) string { return row(fmt.Sprint(strings.Repeat("?", max(0, 3-i)), "AAAA", i)) }), items: 6, faults: 3},
		"4 of 9 are wrong": {body: many(9, func(i int) string { return row(fmt.Sprint(strings.Repeat("?", max(0, 4-i)), "AAAA", i)) }), err: "4 of 9"},
		"ids are numbers":  {body: strings.ReplaceAll(many(9, func(int) string { return row("4711") }), `"4711"`, `4711`), err: "9 of 9"},
		"not an object":    {body: `{"Members":[7,` + row("AAAA11A") + `]}`, items: 1, faults: 1},
		"born on a list":   {body: strings.ReplaceAll(`{"Members":[`+row("AAAA11A")+`]}`, `"DateOfBirth":""`, `"DateOfBirth":["x"]`), items: 1},
		"born on 31-02":    {body: strings.ReplaceAll(`{"Members":[`+row("AAAA11A")+`]}`, `"DateOfBirth":""`, `"DateOfBirth":"2012-02-31"`), items: 1},
		"an id in blanks":  {body: `{"Members":[` + row(`\ufeffAAAA11A `) + `]}`, items: 1},
		"a NUL in a name":  {body: strings.ReplaceAll(`{"Members":[`+row("AAAA11A")+`,`+row("AAAA11B")+`]}`, `11A","FirstName":"A"`, `11A","FirstName":"A\u0000"`), items: 1, faults: 1},
		"a name of 1 MB":   {body: strings.ReplaceAll(`{"Members":[`+row("AAAA11A")+`,`+row("AAAA11B")+`]}`, `11A","FirstName":"A"`, `11A","FirstName":"`+strings.Repeat("A", 1<<20)+`"`), items: 1, faults: 1},
		"a key of 6,000":   {body: `{"Members":[` + row(strings.Repeat("A", 6000)) + `,` + row("AAAA11B") + `]}`, items: 1, faults: 1},
		"Latin-1":          {body: strings.ReplaceAll(`{"Members":[`+row("AAAA11A")+`]}`, `"FirstName":"A"`, "\"FirstName\":\"Jos\xe9\""), items: 1},
		"six times one id": {body: many(6, func(int) string { return row("AAAA11A") }), faults: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, err := parseMembers([]byte(c.body), spec)
			switch {
			case c.err == "" && err != nil, c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Fatalf("error %v, want %q", err, c.err)
			case len(page.Items) != c.items || len(page.Faults) != c.faults:
				t.Fatalf("%d items and %d faults, want %d and %d", len(page.Items), len(page.Faults), c.items, c.faults)
			}
		})
	}
}

func TestWholeSearch(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		`{"Filters":{"InputSimple":{"SearchValue":{"Options":[{"Value":""}]}}}}`:  true,
		`{"Filters":{"InputSimple":{"SearchValue":{"Options":[{"Value":"a"}]}}}}`: false,
		`{}`: true, `q=a`: true,
	} {
		if wholeSearch([]byte(body)) != want {
			t.Errorf("%s: not %v", body, want)
		}
	}
	for body, want := range map[string]bool{
		`{"Filters":{"FetchUnionTeams":false}}`: false,
		`{"Filters":{"FetchUnionTeams":true}}`:  true,
		`{"Filters":{"InputExtended":{"MemberStatus":{"Options":[{"Id":"ELIGABLE_FOR_REMOVE","IsSelected":false}]}}}}`: false,
		`{"Filters":{"InputExtended":{"MemberStatus":{"Options":[{"Id":"INACTIVE","IsSelected":false}]}}}}`:            true,
	} {
		if sentFilters([]byte(body), current) != want {
			t.Errorf("%s: not %v", body, want)
		}
	}
}

func TestAnswerFaultHasNoValue(t *testing.T) {
	t.Parallel()
	a := &account{Account: &website.Account{}}
	_, err := parseMembers([]byte("Noor Voorbeeld"), spec)
	err = a.Drifted("search members", err.Error())
	if e := (*connector.Error)(nil); !errors.As(err, &e) || e.Class != connector.Drifted || strings.Contains(err.Error(), "Noor") {
		t.Fatalf("%v", err)
	}
}

// TestNoPhoto: who has no photo is who is said to have none. A header that does not say so in
// the keys that are known leaves the photo that is kept.
func TestNoPhoto(t *testing.T) {
	t.Parallel()
	const none, shown, unreadable, drifted = "none", "shown", "unreadable", "drifted"
	for photo, want := range map[string]string{
		`null`:                        none,
		`{"Url":null,"PhotoDate":""}`: none,
		`{"url":"","photoDate":null}`: none,
		`{"Url":"https://files.example.org/p.jpg","PhotoDate":"2026-02-01"}`: shown,
		`{}`:                                    unreadable,
		`{"Url":null}`:                          unreadable,
		`{"PhotoDate":""}`:                      unreadable,
		`{"Url":null,"PhotoDate":"2026-02-01"}`: unreadable,
		`{"ImageUrl":"https://files.example.org/p.jpg","ImageDate":"2026-02-01"}`:                      unreadable,
		`{"ImageUrl":"https://files.example.org/p.jpg","PhotoDate":null}`:                              unreadable,
		`{"Url":"https://files.example.org/p.jpg","PhotoDate":"2026-02-01","url":"","photodate":null}`: unreadable,
		`{"Url":7,"PhotoDate":null}`: drifted,
		`"p.jpg"`:                    drifted,
		`[]`:                         drifted,
	} {
		h, err := parseHeader([]byte(`{"PublicPersonId":"AAAA11A","Photo": `+photo+` }`), "AAAA11A", "AAAA11A")
		got := shown
		switch {
		case err != nil:
			got = drifted
		case h.why != "":
			got = unreadable
		case h.address == "":
			got = none
		}
		if got != want {
			t.Errorf("%s: %s, want %s", photo, got, want)
		}
	}
}
