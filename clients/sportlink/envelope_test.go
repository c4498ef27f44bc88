package sportlink

import (
	"strings"
	"testing"
)

func TestContradictions(t *testing.T) {
	t.Parallel()
	row := func(id, more string) string {
		return `{"PublicPersonId":"` + id + `","FirstName":"A","LastName":"B","GenderCode":"","DateOfBirth":"","Email":"","Mobile":"","MemberSince":"","UnionTeams":""` + more + `}`
	}
	rows := `"Members":[` + row("AAAA11A", "") + `,` + row("AAAA11B", "") + `]`
	status := func(s string) string {
		return `{"Members":[` + row("AAAA11A", `,"MemberStatus":"ACTIVE"`) + `,` + row("AAAA11B", `,"MemberStatus":"`+s+`"`) + `]}`
	}
	for _, c := range []struct{ name, body, want string }{
		{"nothing", `{` + rows + `}`, ""},
		{"nothing said", `{` + rows + `,"Error":null,"HasMore":false,"Total":2,"Next":""}`, ""},
		{"an empty error", `{"Error":"",` + rows + `}`, ""},
		{"an error", `{"Error":"time-out",` + rows + `}`, "Error stands beside"},
		{"an error that is an object", `{"error":{"Code":5},` + rows + `}`, "Error stands beside"},
		{"more", `{` + rows + `,"HasMore":true}`, "there are more"},
		{"a next page", `{` + rows + `,"NextPage":"/navajo/entity/common/clubweb/member/search/SearchMembers"}`, "there are more"},
		{"a larger total", `{"Total":3,` + rows + `}`, "Total is not"},
		{"a smaller total", `{` + rows + `,"Total":1}`, "Total is not"},
		{"two spellings", `{"members":[],` + rows + `}`, "members twice"},
		{"the same key twice", `{` + rows + `,"Members":[]}`, "members twice"},
		{"more, and none", `{"HasMore":true,` + rows + `,"hasMore":false}`, "hasmore twice"},
		{"two totals", `{"Total":7,` + rows + `,"total":2}`, "total twice"},
		{"the same total twice", `{"Total":2,` + rows + `,"Total":2}`, "total twice"},
		{"an error, and none", `{"Error":{"Code":"X"},` + rows + `,"error":null}`, "error twice"},
		{"a key that is not known twice", `{"Page":1,` + rows + `,"page":2}`, "a key beside its members twice"},
		{"a total in words", `{` + rows + `,"Total":"2"}`, "Total is not a number"},
		{"a total of another form", `{` + rows + `,"Total":{"Value":2}}`, "Total is not a number"},
		{"no total", `{` + rows + `,"Total":null}`, ""},
		{"a total by another name", `{` + rows + `,"TotalCount":120}`, "Totalcount is not the number"},
		{"counts that agree", `{` + rows + `,"Count":2,"NumberOfMembers":2,"Errors":[],"Message":"","Truncated":false}`, ""},
		{"cut short", `{` + rows + `,"Truncated":true}`, "there are more"},
		{"a message", `{` + rows + `,"Message":"the first 1000 are shown"}`, "Message stands beside"},
		{"errors in a list", `{` + rows + `,"Errors":["time-out"]}`, "Errors stands beside"},
		{"to be removed", status("ELIGABLE_FOR_REMOVE"), ""},
		{"a status not known", status("HONORARY"), ""},
		{"outside the filter", status("INACTIVE"), "1 members have a status"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			page, err := parseMembers([]byte(c.body), spec)
			got := page.Evidence.Contradiction
			if err != nil || !strings.Contains(got, c.want) || c.want == "" && got != "" {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
			if strings.Contains(got, "time-out") {
				t.Error("a contradiction holds what the site has sent")
			}
		})
	}
}

// What the page sends must be what it shows.
func TestSentFilters(t *testing.T) {
	t.Parallel()
	options := func(id string, on string) string {
		return `{"Filters":{"InputExtended":{"MemberStatus":{"Options":[{"Id":"` + id + `","IsSelected":` + on + `}]}}}}`
	}
	for _, c := range []struct {
		name, body string
		want       bool
	}{
		{"as shown", options("ACTIVE", "true"), true},
		{"active left out", options("ACTIVE", "false"), false},
		{"former members asked for", options("INACTIVE", "true"), false},
		{"without the teams", `{"Filters":{"FetchUnionTeams":false}}`, false},
		{"another form", `[]`, true},
	} {
		if got := sentFilters([]byte(c.body), current); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
