package nikki

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

var today = time.Date(2025, 11, 29, 12, 0, 0, 0, time.UTC)

// rows makes lines of "year member id balance status" each.
func rows(texts ...string) (out []line) {
	for _, t := range texts {
		c := strings.Split(t, "|")
		out = append(out, line{year: c[0], member: c[1], id: c[2], balance: c[3], status: c[4]})
	}
	return out
}

func exported(t *testing.T, text string) export {
	t.Helper()
	file, why := parseExport([]byte(text))
	if why != "" {
		t.Fatal(why)
	}
	return file
}

const head = "jaar;nikki_id;naam;hoofdsom\n"

// Lines of a year are summed, the worst state counts, a year without a line is known
// to be empty and one before the first is not known; what cannot be read takes its
// field out, and nothing else. The figures of pipelines' weaknesses 3.1: an amount of
// dots alone, a missing file, a state by alphabet.
func TestContributions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines      []line
		file       string
		fields     record.Fields // of AAAA11A, without its code and what is empty
		unreadable []record.Field
		faults     int
	}{
		"one line": {
			rows("2025|aaaa11a |7|€ 1.234,56|Open"), head + "2025;7;x;€ 2.000,00\n",
			record.Fields{"balance_2025": "123456", "total_2025": "200000", "status_2025": "open"},
			nil, 0,
		},
		"thousands and a minus behind": {
			rows("2025|AAAA11A|7|1.234|Debet", "2024|AAAA11A|8|12,50-|Credit"), head + "2025;7;x;1.234\n2024;8;x;85,5\n",
			record.Fields{"balance_2025": "123400", "total_2025": "123400", "status_2025": "debit", "balance_2024": "-1250", "total_2024": "8550", "status_2024": "credit"},
			nil, 0,
		},
		"two lines, the worst state": {
			rows("2025|AAAA11A|7|10|Betaald", "2025|AAAA11A|8|-2,50|Debet", "2025|BBBB22B|9|1|Open"), head + "2025;7;x;30\n2025;8;x;40\n2025;9;x;1\n",
			record.Fields{"balance_2025": "750", "total_2025": "7000", "status_2025": "debit"},
			nil, 0,
		},
		"open is worse than debit": {
			rows("2025|AAAA11A|7|0|Debet", "2025|AAAA11A|8|0|open"), head + "2025;7;x;0\n2025;8;x;0\n",
			record.Fields{"balance_2025": "0", "total_2025": "0", "status_2025": "open"},
			nil, 0,
		},
		"an id that stands for a member": {
			rows("2025|AAAA11A|7|10|Open", "2024|AAAA11A|7|0|Betaald"), head + "2024;7;x;30\n2025;7;x;40\n",
			record.Fields{"balance_2025": "1000", "total_2025": "4000", "status_2025": "open", "balance_2024": "0", "total_2024": "3000", "status_2024": "paid"},
			nil, 0,
		},
		"the same, and no year in the file": {
			rows("2025|AAAA11A|7|10|Open", "2024|AAAA11A|7|0|Betaald"), "nikki_id;hoofdsom\n7;30\n7;40\n",
			record.Fields{"balance_2025": "1000", "status_2025": "open", "balance_2024": "0", "status_2024": "paid"},
			[]record.Field{"total_2024", "total_2025"},
			0,
		},
		"no year in the file, and once on either side": {
			rows("2025|AAAA11A|7|10|Open"), "nikki_id;hoofdsom\n7;30\n", record.Fields{"balance_2025": "1000", "total_2025": "3000", "status_2025": "open"}, nil, 0,
		},
		"two members with one id": {
			rows("2025|AAAA11A|7|10|Open", "2025|BBBB22B|7|10|Open"), head + "2025;7;x;30\n2025;7;x;40\n",
			record.Fields{"balance_2025": "1000", "status_2025": "open"},
			[]record.Field{"total_2025"},
			0,
		},
		"a line that the file lacks": {
			rows("2025|AAAA11A|7|10|Open", "2025|AAAA11A|8|10|Open"), head + "2025;7;x;30\n",
			record.Fields{"balance_2025": "2000", "status_2025": "open"},
			[]record.Field{"total_2025"},
			0,
		},
		"amounts that are none": {
			rows("2025|AAAA11A|7|n.v.t.|Open", "2024|AAAA11A|8||Open"), head + "2025;7;x;\n2024;8;x;zie naam\n",
			record.Fields{"status_2025": "open", "status_2024": "open"},
			[]record.Field{"balance_2024", "balance_2025", "total_2024", "total_2025"},
			0,
		},
		"a state that is new": {
			rows("2025|AAAA11A|7|10|Betwist", "2024|AAAA11A|8|10|"), head + "2025;7;x;1\n2024;8;x;1\n",
			record.Fields{"balance_2025": "1000", "total_2025": "100", "balance_2024": "1000", "total_2024": "100"},
			[]record.Field{"status_2024", "status_2025"},
			0,
		},
		"years that have no fields": {
			rows("2019|AAAA11A|7|10|Open", "2025|AAAA11A|8|1|Open"), head + "2019;7;x;1\n2025;8;x;1\n",
			record.Fields{"balance_2025": "100", "total_2025": "100", "status_2025": "open"},
			nil, 0,
		},
		"lines of nobody, and of no year": {
			append(rows("2025|AAAA11A|7|10|Open", "2025||8|10|Open", "x|BBBB22B|9|1|Open"), line{broken: true}), head + "2025;7;x;1\n",
			record.Fields{"balance_2025": "1000", "total_2025": "100", "status_2025": "open"},
			nil, 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, why := contributions(c.lines, exported(t, c.file), today)
			if why != "" || len(page.Items) == 0 || page.Items[0].ID != "AAAA11A" || len(page.Faults) != c.faults {
				t.Fatalf("%s: %d items, %d faults", why, len(page.Items), len(page.Faults))
			}
			got := page.Items[0].Fields.Clone()
			// Whose the lines of nobody are is not known: they may be of any year.
			if got[person.RelationCode] != "AAAA11A" || got.Has("total_2026") != (c.faults == 0) {
				t.Error("the code, or the year to come, is not told")
			}
			maps.DeleteFunc(got, func(f record.Field, v string) bool { return v == "" || f == person.RelationCode })
			if !maps.Equal(got, c.fields) {
				t.Errorf("%v, want %v", got, c.fields)
			}
			if len(page.Items[0].Unreadable) != len(c.unreadable) {
				t.Errorf("unreadable %v, want %v", page.Items[0].Unreadable, c.unreadable)
			}
			for _, f := range c.unreadable {
				if page.Items[0].Unreadable[f] == "" || page.Items[0].Fields.Has(f) {
					t.Errorf("%s is read", f)
				}
			}
		})
	}
}

// A year without a line is empty from the first year that anybody has, and not known
// before.
func TestYearsThatAreTold(t *testing.T) {
	t.Parallel()
	page, why := contributions(rows("2025|AAAA11A|7|1|Open", "2024|BBBB22B|8|1|Open"), exported(t, head+"2025;7;x;1\n"), today)
	if why != "" || len(page.Items) != 2 {
		t.Fatal(why, len(page.Items))
	}
	f := page.Items[0].Fields
	for field, want := range map[record.Field]bool{"status_2023": false, "status_2024": true, "status_2026": true, "status_2027": false} {
		if v, told := f[field]; told != want || v != "" {
			t.Errorf("%s: told %v as %q", field, told, v)
		}
	}
}

func TestTooManyFaults(t *testing.T) {
	t.Parallel()
	lines := rows("2025|AAAA11A|7|1|Open", "2025||8|1|Open", "2025||8|1|Open", "2025||8|1|Open", "2025||8|1|Open")
	if _, why := contributions(lines, export{}, today); !strings.Contains(why, "4 of 5 lines") {
		t.Errorf("%q", why)
	}
}

// The table must have what the file has of the years that it shows, of which it has one.
func TestH11Missing(t *testing.T) {
	t.Parallel()
	lines := rows("2025|AAAA11A|7|1|Open", "2025|AAAA11A|7|1|Open", "2024|AAAA11A|8|1|Open")
	for text, want := range map[string]int{
		head + "2025;7;x;1\n2025;7;x;1\n2024;8;x;1\n": 0, head + "2025;7;x;1\n": 0, head + "2025;7;x;1\n2023;9;x;1\n": 0,
		head + "2023;9;x;1\n2022;9;x;1\n":                         2,
		head + "2025;7;x;1\n2025;7;x;1\n2025;7;x;1\n2024;9;x;1\n": 2, "nikki_id;totaal\n7;1\n9;1\n": 1,
	} {
		if n := exported(t, text).missing(lines); n != want {
			t.Errorf("%q: %d are missing, want %d", text, n, want)
		}
	}
}

// A column of years in another form than the table's, in one cell or all, is none: the part
// of a table is not taken for the whole, and no total for that of a year.
func TestYearsInAnotherForm(t *testing.T) {
	t.Parallel()
	for _, year := range []string{"2025-2026", "2025/2026", "25", ""} {
		for _, first := range []string{year, "2025"} {
			file := exported(t, head+first+";7;x;30\n"+year+";8;x;40\n"+year+";9;x;50\n"+year+";9;x;60\n")
			part := rows("2025|AAAA11A|7|10|Open")
			if n := file.missing(part); n != 2 {
				t.Errorf("year %q after %q: the table has 1 of 3 ids, and lacks %d", year, first, n)
			}
			all := append(part, rows("2025|AAAA11A|8|10|Open", "2025|AAAA11A|9|10|Open", "2024|AAAA11A|9|10|Open")...)
			if n := file.missing(all); n != 0 {
				t.Errorf("year %q after %q: the table has all, and lacks %d", year, first, n)
			}
			totals := file.totals(all)
			if a, b := totals[joint{"2025", "8"}], totals[joint{"2025", "9"}]; a != (amount{cents: 4000}) || b.why == "" {
				t.Errorf("year %q after %q: the totals are %v and %v", year, first, a, b)
			}
		}
	}
}

// For a line that cannot be read one of the file may be missing; of too many of them the
// table is not whole.
func TestMissingForLinesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	file := exported(t, head+strings.Repeat("2025;7;x;1\n", 5)+"2025;8;x;1\n")
	noYear := exported(t, "nikki_id;hoofdsom\n7;1\n8;1\n")
	whole := rows(slices.Repeat([]string{"2025|AAAA11A|7|1|Open"}, 5)...)
	broken, yearless := line{broken: true}, rows("|BBBB22B|8|1|Open")[0]
	for name, c := range map[string]struct {
		file    export
		lines   []line
		missing int
	}{
		"another number of cells":     {file, append(whole[:5:5], broken), 0},
		"no year":                     {file, append(whole[:5:5], yearless), 0},
		"one more than can be read":   {file, append(whole[:4:4], broken), 1},
		"none that can be of another": {file, whole[:5:5], 1},
		"three":                       {file, append(whole[:3:3], broken, broken, yearless), 0},
		"four":                        {file, append(whole[:2:2], broken, broken, broken, yearless), 4},
		"a file without years":        {noYear, append(whole[:1:1], yearless), 0},
		"the same, and broken":        {noYear, append(whole[:1:1], broken), 0},
	} {
		if n := c.file.missing(c.lines); n != c.missing {
			t.Errorf("%s: %d are missing, want %d", name, n, c.missing)
		}
	}
}

func TestP341H12Export(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("2025;7;1\n", 200)
	for text, why := range map[string]string{
		"nikki_id;hoofdsom\n7;1\n": "", "\xef\xbb\xbf\"NikkiId\",\"Totaal\"\n\"7\",\"85,50\"\n": "", "naam;Nikki ID;total\nZo\xeb;7;1\n": "",
		"": "no line", "nikki_id;hoofdsom\n\n": "no line", "id;hoofdsom\n7;1\n": "nikki_id", "nikki_id;bedrag\n7;1\n": "hoofdsom",
		"nikki_id;hoofdsom;totaal\n7;1;1\n": "twice", "<!doctype html>": "a page", " <html><input name=\"password\">": "a page",
		"nikki_id,hoofdsom\n7,85,50\n8,85,50\n9,1,2\n10,1,2\n": "4 of 4 lines",
		"jaar;nikki_id;hoofdsom\n" + many + "2025;8\n":         "",
	} {
		file, got := parseExport([]byte(text))
		if (got == "") != (why == "") || !strings.Contains(got, why) {
			t.Errorf("%.40q: %q, want %q", text, got, why)
		}
		if file.signIn != strings.Contains(text, "password") {
			t.Errorf("%.40q: sign-in %v", text, file.signIn)
		}
	}
	if a := exported(t, "\xef\xbb\xbf\"NikkiId\",\"Totaal\"\n\"7\",\"85,50\"\n").amounts[joint{id: "7"}]; fmt.Sprint(a) != "[{8550 }]" {
		t.Errorf("%v", a)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"good":        {func(*Config) {}, ""},
		"letters":     {func(c *Config) { c.OTPSecret = "geheim 12" }, ""},
		"an address":  {func(c *Config) { c.OTPSecret = "otpauth://totp/nikki?secret=GEZDGNBVGY3TQOJQ&digits=6" }, ""},
		"eight":       {func(c *Config) { c.OTPSecret = "otpauth://totp/nikki?secret=GEZDGNBV&digits=8" }, "digits"},
		"no secret":   {func(c *Config) { c.OTPSecret = "otpauth://totp/nikki" }, "base32"},
		"no name":     {func(c *Config) { c.Username = "" }, "username"},
		"no password": {func(c *Config) { c.Password = "" }, "password"},
		"clear text":  {func(c *Config) { c.BaseURL = "http://nikki.example.org" }, "https"},
		"no time":     {func(c *Config) { c.Timeouts.Table = -1 }, "timeouts"},
		"negative":    {func(c *Config) { c.DelayMin = -1 }, "delays"},
		"long":        {func(c *Config) { c.DelayMin = time.Minute }, ""},
		"turned":      {func(c *Config) { c.DelayMin, c.DelayMax = 2*time.Second, time.Second }, "delay_max"},
	} {
		cfg := Config{}
		cfg.Username, cfg.Password = "u", "p"
		c.change(&cfg)
		err := cfg.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && cfg.OTPSecret != "" && strings.Contains(err.Error(), cfg.OTPSecret.Reveal()) {
			t.Errorf("%s: the error holds the secret", name)
		}
	}
}
