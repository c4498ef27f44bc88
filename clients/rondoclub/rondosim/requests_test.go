package rondosim_test

import (
	"fmt"
	"strings"

	"github.com/touchline-sync/touchline/internal/wordpress"
)

// request is one of the list that goes to the simulator and to WordPress.
type request struct {
	// Name says what is asked; differences and exceptions are named by it.
	Name, Method, Path string
	// Body is sent as JSON, but when Type says something else.
	Body, Type string
	// As is who asks: the sync's account, or visitor, wrong, reader.
	As string
	// Into, where it is not 0, makes no request of the list: somebody at the site
	// merges the person of the path into this one.
	Into int
	// Account makes none either: somebody makes an account with this role for the member
	// whose code is the path, and has given and taken the roles of the body by hand.
	Account string
}

// list is the requests to one dialect, in order. They are one story: the first
// person that is made has the id 101 on both sides, the next one 102.
type list struct {
	dialect  wordpress.Dialect
	requests []request
}

func (l *list) add(name, method, path, body string) *request {
	// One list for both dialects: {F} is the property, ‹a|b› what the later and the
	// older one say.
	l.requests = append(l.requests, request{Name: name, Method: method, Path: l.spell(path), Body: l.spell(body)})
	return &l.requests[len(l.requests)-1]
}

func (l *list) spell(text string) string {
	text = strings.ReplaceAll(text, "{F}", string(l.dialect))
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "‹")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		pair, after, _ := strings.Cut(rest, "›")
		later, older, _ := strings.Cut(pair, "|")
		if l.dialect == wordpress.ACF {
			later = older
		}
		out.WriteString(later)
		text = after
	}
}

func (l *list) get(name, path string) *request { return l.add(name, "GET", path, "") }

// read asks for what touchline asks for.
func (l *list) read(name string, id int) {
	l.get(name, fmt.Sprintf("wp/v2/people/%d?context=edit&_fields=id,status,{F}", id))
}

// put writes fields to a person, and reads what is stored: an answer may say
// something else.
func (l *list) put(name string, id int, fields string) {
	l.add(name, "PUT", fmt.Sprintf("wp/v2/people/%d?_fields=id,status,{F}", id), `{"{F}":`+fields+`}`)
	l.read(name+", read", id)
}

func (l *list) post(name, fields string) {
	l.add(name, "POST", "wp/v2/people?_fields=id,status,{F}", `{"status":"publish","{F}":`+fields+`}`)
}

// requests makes the whole list for a dialect.
func requests(d wordpress.Dialect) []request {
	l := &list{dialect: d}
	l.routes()
	l.emptySite()
	l.people()
	l.values()
	l.repeaters()
	l.relations()
	l.lists()
	l.bodies()
	l.states()
	l.merges()
	l.teams()
	l.timelines()
	l.cases()
	l.roles()
	l.photos()
	return l.requests
}

func (l *list) routes() {
	l.get("root", "?_fields=name,description,url,home")
	l.get("account", "wp/v2/users/me?_fields=id,name,slug")
	l.get("account's roles", "wp/v2/users/me?context=edit&_fields=id,roles")
	l.get("account of a visitor", "wp/v2/users/me").As = "visitor"
	l.get("account, wrong password", "wp/v2/users/me").As = "wrong"
	l.get("account of a reader", "wp/v2/users/me?context=edit&_fields=roles").As = "reader"
	l.get("no such route", "wp/v2/persons")
	l.add("no such method", "POST", "rondo/v1/version", "{}")
	l.get("version", "rondo/v1/version")
	l.get("version for a visitor", "rondo/v1/version").As = "visitor"
	l.get("terms", "wp/v2/relationship_type?_fields=id,name,slug,taxonomy,{F}")
	l.get("terms by slug", "wp/v2/relationship_type?slug=child&_fields=id,slug")
	l.get("terms by two slugs", "wp/v2/relationship_type?slug=parent,child&_fields=id,slug")
	l.get("terms by no such slug", "wp/v2/relationship_type?slug=uncle")
	l.get("terms, one a page", "wp/v2/relationship_type?per_page=1&_fields=id")
	l.get("terms, the last page", "wp/v2/relationship_type?per_page=3&page=2&_fields=id,slug")
	l.get("terms, past the end", "wp/v2/relationship_type?per_page=3&page=5&_fields=id")
	l.get("terms, too many a page", "wp/v2/relationship_type?per_page=101")
	l.get("terms for a visitor", "wp/v2/relationship_type?_fields=id,slug").As = "visitor"
	l.add("schema", "OPTIONS", "wp/v2/people?_fields=schema.title,schema.properties.{F}", "")
	l.add("schema for a visitor", "OPTIONS", "wp/v2/people?_fields=namespace,methods,schema.properties.{F}.type", "").As = "visitor"
}

func (l *list) emptySite() {
	l.get("nobody", "wp/v2/people")
	l.get("nobody in any state", "wp/v2/people?status=any&per_page=100&orderby=id&order=asc&context=edit")
	l.get("nobody on page 2", "wp/v2/people?page=2")
	l.get("nobody for a visitor", "wp/v2/people").As = "visitor"
	l.get("nobody, wrong password", "wp/v2/people").As = "wrong"
	l.get("one who is not there", "wp/v2/people/101")
	l.get("an id that is none", "wp/v2/people/zoe")
	l.add("write to nobody", "PUT", "wp/v2/people/101", `{"{F}":{"first_name":"Zoë"}}`)
	l.add("delete nobody", "DELETE", "wp/v2/people/101", "")
}

func (l *list) people() {
	l.post("create", `{"first_name":"Zoë","infix":"van 't","last_name":"Hof-Ünal","‹knvb_id|knvb-id›":"ZOE0001","gender":"female"}`) // 101
	l.get("read whole", "wp/v2/people/101")
	l.get("read whole, to edit", "wp/v2/people/101?context=edit")
	l.get("read for a visitor", "wp/v2/people/101").As = "visitor"
	l.get("read to edit for a visitor", "wp/v2/people/101?context=edit").As = "visitor"
	l.get("read for a reader", "wp/v2/people/101?context=edit").As = "reader"
	l.add("create whole", "POST", "wp/v2/people", `{"status":"publish","{F}":{"first_name":"Amir & Co","last_name":"de Vries"}}`) // 102
	l.get("the title of whom was created", "wp/v2/people/102?context=edit&_fields=title,slug")
	l.add("create as a draft", "POST", "wp/v2/people", `{"{F}":{"first_name":"Bo"}}`) // 103
	l.add("create without fields", "POST", "wp/v2/people", `{"status":"publish"}`)    // 104
	l.get("the title of one without fields", "wp/v2/people/104?context=edit&_fields=title,slug")
	l.add("create of nothing", "POST", "wp/v2/people", `{}`) // 105
	l.add("create for a visitor", "POST", "wp/v2/people", `{"{F}":{"first_name":"Bo"}}`).As = "visitor"
	l.add("create, wrong password", "POST", "wp/v2/people", `{"{F}":{"first_name":"Bo"}}`).As = "wrong"
	l.add("create for a reader", "POST", "wp/v2/people", `{"{F}":{"first_name":"Bo"}}`).As = "reader"
	l.add("create in a state that is none", "POST", "wp/v2/people", `{"status":"lost","{F}":{"first_name":"Bo"}}`)
	l.post("create without a first name", `{"last_name":"Vries"}`)
	l.post("create with an empty first name", `{"first_name":"","last_name":"Vries"}`)
	l.post("create with no first name", `{"first_name":null,"last_name":"Vries"}`)
	l.post("create with a first name of blanks", `{"first_name":"  ","last_name":"Vries"}`)
	l.add("the other dialect", "POST", "wp/v2/people?_fields=id,title,{F}", `{"status":"publish","‹acf|fields›":{"first_name":"Bo"}}`)
	l.get("drafts", "wp/v2/people?status=draft&_fields=id,status&orderby=id&order=asc")
	l.put("write one field", 101, `{"first_name":"Zoë","infix":null}`)
	l.put("write without a first name", 101, `{"last_name":"Hof"}`)
	l.put("write an empty first name", 101, `{"first_name":""}`)
	l.put("write nothing", 101, `{}`)
	l.add("write a new name", "PUT", "wp/v2/people/101?_fields=id,slug,title", `{"{F}":{"first_name":"Zoe"}}`)
	l.get("the title after it", "wp/v2/people/101?context=edit&_fields=slug,title")
	l.add("write for a visitor", "PUT", "wp/v2/people/101", `{"{F}":{"first_name":"Bo"}}`).As = "visitor"
	l.add("write for a reader", "PUT", "wp/v2/people/101", `{"{F}":{"first_name":"Bo"}}`).As = "reader"
}
