package mailchimp

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/clients/mailchimp/mailchimpsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden decodes contacts as they come and compares with what is written
// beside them.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/member-*.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d samples, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			in, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, w, fault := newAudience(Config{ListID: "ab12cd34ef"}, nil, nil).contacts.Decode(in)
			shown := struct {
				ID     record.ExternalID       `json:"id"`
				Status string                  `json:"status,omitempty"`
				Fields record.Fields           `json:"fields"`
				Unread map[record.Field]string `json:"unreadable,omitempty"`
				Field  record.Field            `json:"fault_field,omitempty"`
				Why    string                  `json:"fault,omitempty"`
			}{ID: c.ID, Fields: c.Fields, Unread: c.Unreadable}
			if w != nil {
				shown.Status = w.status
			}
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

// TestGoldenBodies compares what is sent with what is written down.
func TestGoldenBodies(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	_, id := b.create(t, 1)
	if _, err := b.one.Update(t.Context(), id, connector.Patch{Set: record.Fields{
		eventperson.LastName: "", eventperson.Language: "zu", eventperson.Consent: eventperson.OptedOut, eventperson.Memberships: "gold:active",
	}}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.one.WriteMany(t.Context(), []connector.Op{{Want: sample(4)}}); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, s := range b.sent.Sent() {
		if s.Method != "GET" {
			got.WriteString(s.Method + " " + shape(s) + "?" + s.Query + "\n" + s.Body)
		}
	}
	const golden = "testdata/bodies.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != got.String() {
		t.Errorf("sent\n%s\nwant\n%s%v", got.String(), want, err)
	}
}

// TestHash is the example of the vendor's manual.
func TestHash(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"urist.mcvankab@freddiesjokes.com", " Urist.McVankab@FreddiesJokes.com "} {
		if got := hash(address); got != "62eeb292278cc15f5817cb78f7790b08" {
			t.Errorf("hash %s", got)
		}
	}
	if hash("a.b+c@example.org") == hash("ab@example.org") {
		t.Error("dots or plus are folded")
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{
		"en": "en", "en-ZA": "en", "EN-gb": "en", "pt": "pt", "pt-PT": "pt_PT", "pt-BR": "pt", "fr-CA": "fr_CA", "fr-BE": "fr",
		"es-ES": "es_ES", "nb": "no", "nn-NO": "no", "zh-Hant": "zh", "zu": "", "": "",
	} {
		if got, err := writeLanguage(tag); err != nil || got != want {
			t.Errorf("%q is written as %q, want %q", tag, got, want)
		}
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	var c contact
	all := record.Fields{}
	for _, f := range table.Writes() {
		all[f] = ""
	}
	if err := table.Encode(all, &c, (&audience{}).spec()); err != nil {
		t.Fatal(err)
	}
	if len(c.Merge) != len(columns) || len(table.Reads()) != len(table.Writes()) {
		t.Errorf("%d merge fields are sent, %d are checked", len(c.Merge), len(columns))
	}
	for _, f := range table.Writes() {
		if _, ok := sample(0)[f]; !ok {
			t.Errorf("no sample has %s", f)
		}
	}
	for _, never := range []record.Field{eventperson.BirthDate, eventperson.Gender, eventperson.City, eventperson.Country} {
		if slices.Contains(table.Writes(), never) {
			t.Errorf("%s is sent", never)
		}
	}
}

func TestAccepts(t *testing.T) {
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
		"all well":           {sample(0), connector.Unknown, ""},
		"letters and blanks": {with(eventperson.Email, " Thandi@Example.org "), connector.Unknown, ""},
		"no address":         {with(eventperson.Email, ""), connector.Waiting, ""},
		"half an address":    {with(eventperson.Email, "thandi@runners"), connector.Rejected, eventperson.Email},
		"two addresses":      {with(eventperson.Email, "a@b.example.org, c@d.example.org"), connector.Rejected, eventperson.Email},
		"no id":              {with(eventperson.ID, ""), connector.Rejected, eventperson.ID},
		"a long name":        {with(eventperson.FirstName, strings.Repeat("é", 128)), connector.Rejected, eventperson.FirstName},
		"a long membership":  {with(eventperson.Memberships, strings.Repeat("m", 100)), connector.Rejected, eventperson.Memberships},
	} {
		err := newAudience(Config{}, nil, nil).contacts.Offer().Accepts(c.want)
		if connector.ClassOf(err) != c.class {
			t.Errorf("%s: %v, want %s", name, err, c.class)
		}
		if e, ok := err.(*connector.Error); ok && (e.Field != c.field || !e.Unsent) {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	good := Config{APIKey: "0123456789abcdef-us21", ListID: "ab12cd34ef"}
	if err := good.Validate(); err != nil {
		t.Errorf("good settings: %v", err)
	}
	if got := good.settings().BaseURL; got != "https://us21.api.mailchimp.com" {
		t.Errorf("made from the key: %s", got)
	}
	good.BaseURL = "http://127.0.0.1:7001/3.0/"
	if got := good.settings().BaseURL; got != "http://127.0.0.1:7001" {
		t.Errorf("with the version: %s", got)
	}
	for word, bad := range map[string]Config{
		"api_key is missing": {ListID: "a"},
		"data centre":        {ListID: "a", APIKey: "0123-us21.evil.example.org/x-1"},
		"list_id":            {APIKey: "k-us1", ListID: "a/b"},
		"base_url":           {APIKey: "k-us1", ListID: "a", Settings: rest.Settings{BaseURL: "http://example.org"}},
		"negative":           {APIKey: "k-us1", ListID: "a", Settings: rest.Settings{Timeout: -time.Second}},
		"page":               {APIKey: "k-us1", ListID: "a", Page: 1001},
	} {
		err := bad.Validate()
		if err == nil || !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "0123") {
			t.Errorf("no word about %q in %v", word, err)
		}
		if _, err := bad.Open(connectortest.NewHost(t)); err == nil {
			t.Errorf("opened with bad settings: %s", word)
		}
	}
}

// FuzzDecode reads anything without a panic; what is read has an id or a fault.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/member-*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		in, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		c, _, fault := newAudience(Config{ListID: "ab12cd34ef"}, nil, nil).contacts.Decode(in)
		if fault == nil && (c.ID == "" || c.Fields == nil) {
			t.Error("neither an id nor a fault")
		}
	})
}
