package laposta

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden decodes members as they come and compares with what is written
// beside them.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/member-*.json")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d samples, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			in, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var o object
			if err := json.Unmarshal(in, &o); err != nil {
				t.Fatal(err)
			}
			item, _, fault := aList().resource().Decode(o.Member)
			shown := struct {
				ID     record.ExternalID       `json:"id"`
				Fields record.Fields           `json:"fields"`
				Unread map[record.Field]string `json:"unreadable,omitempty"`
				Notes  map[record.Field]string `json:"notes,omitempty"`
				Field  record.Field            `json:"fault_field,omitempty"`
				Why    string                  `json:"fault,omitempty"`
			}{ID: item.ID, Fields: item.Fields, Unread: item.Unreadable, Notes: item.Notes}
			if fault != nil {
				shown.Field, shown.Why = fault.Field, fault.Why
			}
			got, err := json.MarshalIndent(shown, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".json") + ".golden"
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || string(want) != string(got)+"\n" {
				t.Errorf("decoded\n%s\nwant\n%s%v", got, want, err)
			}
		})
	}
}

// aList is a list without an account behind it, on a certain day.
func aList() list {
	now := func() time.Time { return time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC) }
	return list{account: &account{now: now}, id: "srbhotdwob", place: "list-1"}
}

// TestColumns keeps the table of rows and the table of columns together.
func TestColumns(t *testing.T) {
	t.Parallel()
	var m member
	all := record.Fields{}
	for _, f := range members.Writes() {
		all[f] = ""
	}
	if err := members.Encode(all, &m, delivery); err != nil {
		t.Fatal(err)
	}
	named := map[record.Field]bool{}
	for name := range m.Custom {
		c, ok := columns[name]
		if !ok {
			t.Errorf("row %s has no column", name)
		}
		named[c.Field] = true
	}
	if len(named) != len(columns) || len(m.Custom) != len(columns) {
		t.Errorf("%d rows, %d columns, %d fields", len(m.Custom), len(columns), len(named))
	}
	for _, never := range []string{"emailadres2", "emailouder1", "emailouder2"} {
		if _, sent := columns[never]; sent {
			t.Errorf("%s is sent", never)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		var m member
		want := sample(n)
		if err := members.Encode(want, &m, delivery); err != nil {
			t.Fatal(err)
		}
		got := members.Decode(&m, aList().spec())
		if got.Unreadable != nil || !maps.Equal(got.Fields, want) {
			t.Errorf("sample %d: %v, %v", n, got.Unreadable, got.Fields)
		}
	}
}

func TestB36Accepts(t *testing.T) {
	t.Parallel()
	with := func(f record.Field, v string) record.Fields {
		s := sample(0)
		s[f] = v
		return s
	}
	for name, c := range map[string]struct {
		want  record.Fields
		class connector.Class
		field record.Field
	}{
		"good":           {sample(0), connector.Unknown, ""},
		"blanks around":  {with(subscriber.Email, " a@example.org "), connector.Unknown, ""},
		"no address":     {with(subscriber.Email, ""), connector.Rejected, subscriber.Email},
		"only an at":     {with(subscriber.Email, "@"), connector.Rejected, subscriber.Email},
		"no domain":      {with(subscriber.Email, "bo@local"), connector.Rejected, subscriber.Email},
		"two addresses":  {with(subscriber.Email, "a@example.org, b@example.org"), connector.Rejected, subscriber.Email},
		"with a name":    {with(subscriber.Email, "Bo <bo@example.org>"), connector.Unknown, ""}, // sent without it
		"trailing dot":   {with(subscriber.Email, "bo@example.org."), connector.Unknown, ""},
		"opted out":      {with(subscriber.State, "unsubscribed"), connector.Waiting, ""},
		"bounced":        {with(subscriber.State, "cleaned"), connector.Waiting, ""},
		"unknown gender": {with(subscriber.Gender, "Q"), connector.Rejected, subscriber.Gender},
		"no date":        {with(subscriber.BirthDate, "29-02-2012"), connector.Rejected, subscriber.BirthDate},
		"not a leap day": {with(subscriber.BirthDate, "2013-02-29"), connector.Rejected, subscriber.BirthDate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := aList().resource().Offer().Accepts(c.want)
			if connector.ClassOf(err) != c.class || (err == nil) != (c.class == connector.Unknown) {
				t.Fatalf("%v, want %s", err, c.class)
			}
			if e, ok := err.(*connector.Error); ok && e.Field != c.field {
				t.Errorf("field %q, want %q", e.Field, c.field)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		class  connector.Class // Unknown: left to the common table
		field  record.Field
		why    string
	}{
		"unknown member":  {400, `{"error":{"type":"invalid_input","message":"Unknown member_id","code":203,"parameter":"member_id"}}`, connector.NotFound, "", "status 400, type invalid_input, code 203, parameter member_id"},
		"malformed id":    {400, `{"error":{"type":"invalid_input","code":202,"parameter":"member_id"}}`, connector.NotFound, "", "status 400, type invalid_input, code 202, parameter member_id"},
		"no parameter":    {400, `{"error":{"type":"invalid_input","code":203}}`, connector.NotFound, "", "status 400, type invalid_input, code 203"},
		"unknown option":  {400, `{"error":{"type":"invalid_input","code":203,"parameter":"custom_fields[geslacht]"}}`, connector.Rejected, subscriber.Gender, "status 400, type invalid_input, code 203, parameter custom_fields[geslacht]"},
		"unknown list":    {400, `{"error":{"type":"invalid_input","code":203,"parameter":"list_id"}}`, connector.Drifted, "", "status 400, type invalid_input, code 203, parameter list_id"},
		"not a date":      {400, `{"error":{"type":"invalid_input","code":207,"parameter":"geboortedatum"}}`, connector.Rejected, subscriber.BirthDate, "status 400, type invalid_input, code 207, parameter geboortedatum"},
		"no address":      {400, `{"error":{"type":"invalid_input","code":"208","parameter":"email","message":"zoe@ is wrong"}}`, connector.Rejected, subscriber.Email, "status 400, type invalid_input, code 208, parameter email"},
		"odd parameter":   {400, `{"error":{"type":"Zoë!","code":999,"parameter":"zoe@example.org"}}`, connector.Rejected, "", "status 400, code 999"},
		"malformed call":  {400, `{"error":{"type":"invalid_request","message":"no"}}`, connector.Drifted, "", "status 400, type invalid_request"},
		"not an error":    {400, `<html>zoe</html>`, connector.Rejected, "", "status 400"},
		"wrong path":      {404, ``, connector.Drifted, "", "status 404"},
		"no bulk":         {401, `{"error":{"type":"invalid_request","message":"Not permitted to issue bulk requests (1)"}}`, connector.Waiting, "", "bulk not permitted"},
		"wrong key":       {401, `{"error":{"type":"invalid_request","message":"No valid API key"}}`, connector.Unknown, "", ""},
		"empty server":    {500, ``, connector.Unknown, "", ""},
		"too many":        {429, ``, connector.Unknown, "", ""},
		"payment missing": {402, ``, connector.Unknown, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := judgeEntry(c.status, []byte(c.body))
			if c.class == connector.Unknown {
				if e != nil {
					t.Errorf("judged %v", e)
				}
				return
			}
			if e == nil || e.Class != c.class || e.Field != c.field || e.Why != c.why {
				t.Errorf("judged %+v", e)
			}
			if e := judge(c.status, []byte(c.body)); connector.ClassOf(e) == connector.NotFound {
				t.Errorf("of a call without an id: %v", e)
			}
		})
	}
	e := judge(400, []byte(`{"error":{"type":"invalid_input","code":204,"parameter":"email","member_id":"m7"}}`))
	if id, ok := exists(e); !ok || id != "m7" || e.Class != connector.Rejected || e.Field != subscriber.Email {
		t.Errorf("an address that is there: %+v", e)
	}
}
