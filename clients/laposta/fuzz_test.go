package laposta

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// FuzzMember feeds anything in place of a member: what can be read is whole,
// what cannot is a fault.
func FuzzMember(f *testing.F) {
	files, err := filepath.Glob("testdata/member-*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"member":null}`))
	f.Add([]byte(`{"member":{"member_id":"m","custom_fields":{"team":{}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var o object
		if json.Unmarshal(data, &o) != nil {
			return
		}
		item, sent, fault := aList().resource().Decode(o.Member)
		if fault == nil && (item.ID == "" || sent == nil || len(item.Fields)+len(item.Unreadable) < len(columns)) {
			t.Errorf("read half: %+v", item)
		}
		if fault != nil && fault.Why == "" {
			t.Error("a fault without a reason")
		}
	})
}

// FuzzReport feeds anything in place of a bulk report and of an error.
func FuzzReport(f *testing.F) {
	f.Add([]byte(`{"report":{"added":1},"added":[{"member":{"member_id":"m1","email":"a@example.org"}}],"errors":[{"error":{"code":208,"parameter":"email"}}]}`))
	f.Add([]byte(`{"report":{"errors":["a@example.org",null,7,[]]}}`))
	f.Add([]byte(`{"error":{"type":"invalid_input","code":204,"member_id":"m"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, line := range readReport(data) {
			_, _ = line.email(), line.id()
			_ = why(400, line.problem())
		}
		if e := judge(400, data); e == nil || e.Field != "" && e.Field != subscriber.Email && e.Field != subscriber.State && !isMapped(string(e.Field)) {
			t.Errorf("judged %+v", e)
		}
	})
}

func isMapped(field string) bool {
	for _, c := range columns {
		if string(c.Field) == field {
			return true
		}
	}
	return false
}
