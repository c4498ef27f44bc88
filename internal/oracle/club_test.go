package oracle_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/oracle"
)

type object = map[string]any

// whole is a club of one member, of whom each pipeline has something, and what its systems
// hold when all is done.
type whole struct {
	dumps
	nikki, desk object
	fields      object // of the member's person
}

func wholeClub(t *testing.T) *whole {
	t.Helper()
	m := map[string]string{
		"PublicPersonId": "QXZ12A4", "FirstName": "Quirine", "Infix": "van", "LastName": "Test", "GenderCode": "Female",
		"Email": "quirine@example.org", "PersonImageDate": "2025-01-02", "UnionTeams": "JO11-1", "MemberSince": "2019-07-01",
	}
	w := &whole{dumps: synced([]map[string]string{m})}
	code := m["PublicPersonId"]
	w.sportlink["pages"] = object{code: object{
		"duties": []any{object{"committee": "", "role": "Secretaris", "start": "2021-07-01T00:00:00", "end": "", "status": "Actief"}},
		"free":   object{"Remarks8": "29-02-2024"}, "block": "true",
		"invoice": object{"street": "Kade", "number": "12", "postal_code": "9999 ZZ", "city": "Havenstad", "country": "Nederland"},
	}}
	w.sportlink["teams"] = []any{
		object{"id": "T1", "name": "JO11-1", "activity": "Veld", "gender": "Mannen", "players": []any{object{"person": code, "role": "Keeper"}}},
		object{"id": "T2", "name": "JO11-1", "club": true, "connected": true},
	}
	w.sportlink["stints"] = object{code: []any{
		object{"name": " jo11-1", "game": "Veld - Algemeen", "role": "", "start": "2020-08-01T00:00:00", "season": "seizoen 2020/'21"},
		object{"team": "T7", "name": "JO7-7", "role": "Keeper", "start": "2018-08-01", "end": "2019-06-30"},
	}}
	w.sportlink["cases"] = []any{
		object{"dossier": "D-1", "person": code, "match_date": "2025-08-01T00:00:00", "match": "Een - Ander", "fee": "15.5"},
		object{"dossier": "D-2", "person": "", "match_date": "2025-08-01"},
	}
	w.nikki = object{"lines": []any{
		object{"year": 2024, "member": code, "total": 12550, "balance": 0, "status": "Betaald"},
		object{"year": 2024, "member": code, "total": 1000, "balance": 450, "status": "Debet"},
	}}
	w.desk = object{
		"customers": []any{object{
			"id": 7, "first_name": "Quirine", "last_name": "van Test", "emails": []any{object{"value": "quirine@example.org"}},
			"fields": object{"1": "JO11-1", "4": code, "5": "2019-07-01"},
		}},
		"conversations": []any{
			object{"id": 31, "customer": 7, "status": "closed", "state": "published"}, object{"id": 32, "customer": 7, "status": "spam", "state": "published"},
		},
	}
	w.fields = records(w.rondo, "people")[0]["fields"].(object)
	maps.Copy(w.fields, object{
		"freescout_id": "7", "datum_vog": "20240229", "financiele_blokkade": true,
		"_nikki_2024_total": 135.5, "_nikki_2024_saldo": 4.5, "_nikki_2024_status": "Debet",
		"work_history": []any{
			object{"team_id": 12, "job_title": "Secretaris", "start_date": "2021-07-01", "end_date": nil, "is_current": true},
			object{"team_id": 13, "job_title": "Keeper", "start_date": nil, "end_date": nil, "is_current": true},
			object{"team_id": 13, "job_title": "Teamspeler", "start_date": "20200801", "end_date": "20210630", "is_current": false},
		},
	})
	w.fields["addresses"] = append(w.fields["addresses"].([]any), object{
		"address_label": "Factuur", "street_name": "Kade", "house_number": "12", "postal_code": "9999 ZZ", "city": "Havenstad", "country": "Nederland",
	})
	w.rondo["groups"] = []any{
		object{"id": 12, "type": "commissie", "name": "Verenigingsbreed"},
		object{"id": 13, "type": "team", "name": "JO11-1", "fields": object{"publicteamid": "T1", "activiteit": "Veld", "gender": "male"}},
	}
	w.rondo["media"] = []any{object{"person": 101, "shown": true}}
	w.rondo["activities"] = []any{object{"person": 101, "content": `<a href="https://desk/conversation/31">`}}
	w.rondo["todos"] = []any{object{"person": 101, "notes": "(touchline QXZ12A4/cleaned/1)"}}
	w.rondo["cases"] = []any{
		object{"status": "publish", "seizoen": []any{4}, "fields": object{
			"dossier_id": "D-1", "person_id": 101, "match_date": "20250801", "match_description": "Een - Ander", "administrative_fee": 15.5,
		}},
	}
	entry := w.entry()
	entry["state"], entry["modified"] = "cleaned", time.Now().Format(time.RFC3339)
	return w
}

// entry is the member's on the first list, behind a reader whom nobody knows.
func (w *whole) entry() object { return records(records(w.laposta, "lists")[0], "members")[1] }

// last is the last row of a list.
func last(list any) object {
	all := list.([]any)
	return all[len(all)-1].(object)
}

// leaves adds somebody who has left, and persons of theirs at Rondo Club.
func (w *whole) leaves(at ...object) {
	m := map[string]string{"PublicPersonId": "QXZ99Z9", "FirstName": "Teun", "LastName": "Weg", "RelationEnd": "2019-06-30", "MemberStatus": "INACTIVE"}
	w.sportlink["members"] = append(w.sportlink["members"].([]map[string]string), m)
	for i, more := range at {
		fields := object{"knvb_id": m["PublicPersonId"], "first_name": m["FirstName"], "last_name": m["LastName"]}
		maps.Copy(fields, more)
		w.rondo["people"] = append(w.rondo["people"].([]any), object{"id": 900 + i, "status": "publish", "fields": fields})
	}
}

func (w *whole) differences(t *testing.T) (out []string) {
	t.Helper()
	sportlink, laposta, rondo := w.json(t)
	nikki, err := json.Marshal(w.nikki)
	if err != nil {
		t.Fatal(err)
	}
	desk, err := json.Marshal(w.desk)
	if err != nil {
		t.Fatal(err)
	}
	found, err := oracle.CheckClub(oracle.Club{Sportlink: sportlink, Nikki: nikki, Laposta: laposta, Rondo: rondo, FreeScout: desk})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		out = append(out, f.String())
	}
	return out
}

// TestWholeClub: what each pipeline brings is looked at, and a difference in it is seen.
func TestWholeClub(t *testing.T) {
	t.Parallel()
	if found := wholeClub(t).differences(t); len(found) > 0 {
		t.Fatalf("a club that is in step: %q", found)
	}
	work := func(w *whole) []map[string]any { return records(w.fields, "work_history") }
	for name, c := range map[string]struct {
		change func(*whole)
		want   string
	}{
		"no photo":                    {func(w *whole) { w.rondo["media"] = []any{} }, "photo missing"},
		"two photos":                  {func(w *whole) { w.rondo["media"] = append(w.rondo["media"].([]any), w.rondo["media"].([]any)[0]) }, "photo twice"},
		"another figure":              {func(w *whole) { w.fields["_nikki_2024_saldo"] = 0 }, "_nikki_2024_saldo differs"},
		"a figure of no line":         {func(w *whole) { w.fields["_nikki_2023_total"] = 10 }, "_nikki_2023_total differs"},
		"no certificate":              {func(w *whole) { delete(w.fields, "datum_vog") }, "datum_vog differs"},
		"another street for invoices": {func(w *whole) { last(w.fields["addresses"])["street_name"] = "Plein" }, "addresses differs"},
		"none for invoices":           {func(w *whole) { last(w.fields["addresses"])["address_label"] = "Werk" }, "addresses differs"},
		"no block":                    {func(w *whole) { w.fields["financiele_blokkade"] = false }, "financiele_blokkade differs"},
		"work of a committee":         {func(w *whole) { work(w)[0]["job_title"] = "Voorzitter" }, "work_history missing"},
		"work in a team, ended":       {func(w *whole) { work(w)[1]["is_current"] = false }, "work_history missing"},
		"work of before":              {func(w *whole) { work(w)[2]["end_date"] = "20200831" }, "work_history missing"},
		"since when somebody is in a team": {func(w *whole) {
			w.sportlink["stints"].(object)["QXZ12A4"] = []any{object{"team": "T1", "role": "Keeper", "start": "2023-08-01"}}
		}, "work_history missing"},
		"work of nothing": {func(w *whole) {
			w.fields["work_history"] = append(w.fields["work_history"].([]any), object{"team_id": 12, "job_title": "Lid", "is_current": true})
		}, "work_history extra"},
		"no team":      {func(w *whole) { w.rondo["groups"] = w.rondo["groups"].([]any)[:1] }, "team 1: record missing"},
		"another team": {func(w *whole) { records(w.rondo, "groups")[1]["name"] = "JO12-1" }, "team 1: record differs"},
		"no customer":  {func(w *whole) { w.desk["customers"] = []any{} }, "customers: member 1: record missing"},
		"another customer": {func(w *whole) {
			records(w.desk, "customers")[0]["fields"].(object)["1"] = "JO12-1"
		}, "teams differs"},
		"no number": {func(w *whole) { w.fields["freescout_id"] = "" }, "freescout_id differs"},
		"no number that is stated": {func(w *whole) {
			w.desk["customers"], w.fields["freescout_id"] = []any{}, ""
			w.sportlink["pages"].(object)["QXZ12A4"].(object)["free"].(object)["Remarks3"] = "4711"
		}, "freescout_id differs"},
		"not told":                    {func(w *whole) { w.rondo["activities"] = []any{} }, "conversation 1: record missing"},
		"spam is told":                {func(w *whole) { records(w.rondo, "activities")[0]["content"] = `/conversation/32"` }, "conversation 2: record extra"},
		"told of nothing":             {func(w *whole) { records(w.rondo, "activities")[0]["content"] = "" }, "conversation 0: record extra"},
		"no task":                     {func(w *whole) { w.rondo["todos"] = []any{} }, "cleaned missing"},
		"a task too many":             {func(w *whole) { w.entry()["state"] = "active" }, "cleaned extra"},
		"no case":                     {func(w *whole) { records(w.rondo, "cases")[0]["status"] = "trash" }, "case 1: record missing"},
		"a case of nobody":            {func(w *whole) { records(w.rondo, "cases")[0]["fields"].(object)["dossier_id"] = "D-2" }, "case 2: record extra"},
		"another fee":                 {func(w *whole) { records(w.rondo, "cases")[0]["fields"].(object)["administrative_fee"] = 10 }, "administrative_fee differs"},
		"another season":              {func(w *whole) { records(w.rondo, "cases")[0]["seizoen"] = []any{} }, "seizoen differs"},
		"somebody who has left":       {func(w *whole) { w.leaves() }, "member 2: record missing"},
		"who has left, as a member":   {func(w *whole) { w.leaves(object{"former_member": false}) }, "member 2: former_member differs"},
		"who has left, without a day": {func(w *whole) { w.leaves(object{"former_member": true}) }, "member 2: lid_tot differs"},
		"who has left, twice": {func(w *whole) {
			w.leaves(object{"former_member": true, "lid_tot": "2019-06-30"}, object{"former_member": true, "lid_tot": "2019-06-30"})
		}, "member 2: record twice"},
		"a person missing": {func(w *whole) { records(w.rondo, "people")[0]["status"] = "trash" }, "member 1: record missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := wholeClub(t)
			c.change(w)
			if found := w.differences(t); !slices.ContainsFunc(found, func(s string) bool { return strings.HasSuffix(s, c.want) }) {
				t.Errorf("found %q, want one that ends with %q", found, c.want)
			}
		})
	}
}
