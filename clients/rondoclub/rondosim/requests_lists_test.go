package rondosim_test

import "github.com/touchline-sync/touchline/internal/wordpress"

func (l *list) lists() {
	l.add("the head alone", "HEAD", "wp/v2/people?per_page=2&page=2", "")
	l.add("the head of nobody", "HEAD", "wp/v2/people/999", "")
	const short = "&_fields=id,status"
	l.get("all", "wp/v2/people?status=any&per_page=100&orderby=id&order=asc&context=edit&_fields=id,status,{F}")
	l.get("all for a visitor", "wp/v2/people?_fields=id").As = "visitor"
	l.get("all, wrong password", "wp/v2/people?_fields=id").As = "wrong"
	l.get("all in any state for a visitor", "wp/v2/people?status=any"+short).As = "visitor"
	l.get("all to edit for a visitor", "wp/v2/people?context=edit"+short).As = "visitor"
	l.get("all for a reader", "wp/v2/people?status=any"+short).As = "reader"
	l.get("all to edit for a reader", "wp/v2/people?context=edit"+short).As = "reader"
	l.get("drafts for a reader", "wp/v2/people?status=draft"+short).As = "reader"
	l.get("the first page of two", "wp/v2/people?status=any&per_page=2&page=1&orderby=id&order=asc"+short)
	l.get("the last page of two", "wp/v2/people?status=any&per_page=2&page=3&orderby=id&order=asc"+short)
	l.get("past the end", "wp/v2/people?status=any&per_page=2&page=9&orderby=id&order=asc"+short)
	l.get("page 0", "wp/v2/people?page=0"+short)
	l.get("a page that is none", "wp/v2/people?page=x"+short)
	l.get("none a page", "wp/v2/people?per_page=0"+short)
	l.get("too many a page", "wp/v2/people?per_page=101"+short)
	l.get("a number a page that is none", "wp/v2/people?per_page=ten"+short)
	l.get("from the last on", "wp/v2/people?orderby=id&order=desc"+short)
	l.get("by an order that is none", "wp/v2/people?orderby=shoe"+short)
	l.get("in a direction that is none", "wp/v2/people?order=up"+short)
	l.get("by title", "wp/v2/people?orderby=title&order=asc&status=publish&_fields=id,title")
	l.get("by slug", "wp/v2/people?orderby=slug&order=asc&_fields=id,slug")
	l.get("a state that is none", "wp/v2/people?status=lost"+short)
	l.get("two states", "wp/v2/people?status=publish,draft&orderby=id&order=asc"+short)
	l.get("searched", "wp/v2/people?search=amir"+short)
	l.get("searched in vain", "wp/v2/people?search=nobodyhere"+short)
	l.get("changed after long ago", "wp/v2/people?modified_after=2000-01-01T00:00:00&orderby=id&order=asc"+short)
	l.get("changed after a day to come", "wp/v2/people?modified_after=2100-01-01T00:00:00"+short)
	l.get("changed after no time", "wp/v2/people?modified_after=yesterday"+short)
	l.get("some by id", "wp/v2/people?include=102,101&orderby=id&order=asc"+short)
	l.get("some by id, as named", "wp/v2/people?include=102,101&orderby=include"+short)
	l.get("all but some", "wp/v2/people?exclude=101&orderby=id&order=asc"+short)
	l.get("a field of fields", "wp/v2/people/101?_fields=id,{F}.first_name,title.rendered")
	l.get("a context that is none", "wp/v2/people/101?context=secret")
	l.get("embedded", "wp/v2/people/101?context=embed&_fields=id,type,slug,title")
	l.get("by an address", "rondo/v1/people/find-by-email?email=nobody@example.org")
	l.get("by no address", "rondo/v1/people/find-by-email?email=zoe")
	l.get("by an address left out", "rondo/v1/people/find-by-email")
	l.get("by an address for a visitor", "rondo/v1/people/find-by-email?email=zoe@example.org").As = "visitor"
	l.get("by an address for a reader", "rondo/v1/people/find-by-email?email=zoe@example.org").As = "reader"
}

func (l *list) bodies() {
	l.add("a body that breaks off", "PUT", "wp/v2/people/101?_fields=id", `{"{F}":{"first_name":"Zoë"}`)
	l.add("a body that is a list", "PUT", "wp/v2/people/101?_fields=id", `[1,2]`)
	l.add("a body that is empty", "PUT", "wp/v2/people/101?_fields=id,{F}", ``)
	l.add("a body of no kind", "PUT", "wp/v2/people/101?_fields=id,{F}", `{"{F}":{"first_name":"Bo"}}`).Type = "none"
	l.add("a body that says it is text", "PUT", "wp/v2/people/101?_fields=id,{F}", `{"{F}":{"first_name":"Bo"}}`).Type = "text/plain"
	l.add("a body with a charset", "PUT", "wp/v2/people/101?_fields=id,{F}.first_name", `{"{F}":{"first_name":"Bo"}}`).Type = "application/json; charset=utf-8"
	l.add("a state written", "PUT", "wp/v2/people/101?_fields=id,status", `{"status":"draft"}`)
	l.add("a state that is none written", "PUT", "wp/v2/people/101?_fields=id,status", `{"status":"lost"}`)
	l.add("a state written back", "PATCH", "wp/v2/people/101?_fields=id,status", `{"status":"publish"}`)
	l.add("a state of another form", "PUT", "wp/v2/people/101?_fields=id,status", `{"status":5}`)
	l.add("a property that nobody knows", "PUT", "wp/v2/people/101?_fields=id,status", `{"shoe":{"size":44}}`)
	l.add("teams where no such property is", "PUT", "wp/v2/people/101?_fields=id,meta", `{"meta":{"team":"JO11-2"}}`)
}

func (l *list) states() {
	l.add("to the trash for a visitor", "DELETE", "wp/v2/people/102", "").As = "visitor"
	l.add("to the trash for a reader", "DELETE", "wp/v2/people/102", "").As = "reader"
	l.add("to the trash", "DELETE", "wp/v2/people/102", "")
	l.get("one in the trash", "wp/v2/people/102")
	l.get("one in the trash, to edit", "wp/v2/people/102?context=edit")
	l.get("one in the trash for a visitor", "wp/v2/people/102").As = "visitor"
	l.add("write to one in the trash", "PUT", "wp/v2/people/102", `{"{F}":{"first_name":"Amira"}}`)
	l.add("to the trash again", "DELETE", "wp/v2/people/102", "")
	l.get("without the trash", "wp/v2/people?status=any&orderby=id&order=asc&_fields=id,status")
	l.get("the trash", "wp/v2/people?status=trash")
	l.get("the trash for a visitor", "wp/v2/people?status=trash").As = "visitor"
	l.add("out of the trash", "PUT", "wp/v2/people/102?_fields=id,status,{F}", `{"status":"publish"}`)
	l.read("who was in the trash", 102)
	l.add("for good", "DELETE", "wp/v2/people/104?force=true&_fields=deleted", "")
	l.get("who is gone", "wp/v2/people/104")
	l.add("for good, by the body", "DELETE", "wp/v2/people/105?_fields=deleted", `{"force":true}`)
	l.add("to the trash before its end", "DELETE", "wp/v2/people/103", "")
	l.add("for good out of the trash", "DELETE", "wp/v2/people/103?force=true", "")
	l.get("who is gone out of the trash", "wp/v2/people/103")
}

func (l *list) merges() {
	l.post("one to be merged", `{"first_name":"Cas"}`)
	l.get("merge target of one who was not merged", "rondo/v1/people/101/merge-target")
	l.get("merge target of nobody", "rondo/v1/people/9999/merge-target")
	l.get("merge target of no id", "rondo/v1/people/zoe/merge-target")
	l.get("merge target for a visitor", "rondo/v1/people/101/merge-target").As = "visitor"
	if l.dialect == wordpress.Fields {
		l.add("a merge", "", "101", "").Into = 102
		l.get("merge target", "rondo/v1/people/101/merge-target")
		l.get("who was merged", "wp/v2/people/101")
	}
}

// teamRequests are those to a site that has meta.team as a text.
func teamRequests() []request {
	l := &list{dialect: wordpress.Fields}
	const at = "wp/v2/people/101?_fields=id,meta"
	l.add("schema of teams", "OPTIONS", "wp/v2/people?_fields=schema.properties.meta.properties.team.type", "")
	l.add("create with teams", "POST", "wp/v2/people?_fields=id,meta", `{"status":"publish","{F}":{"first_name":"Zoë"},"meta":{"team":"JO11-2, JO13-1"}}`)
	l.get("teams", at)
	for _, v := range []struct{ what, meta string }{
		{"other teams", `{"team":"  JO11-3 "}`},
		{"no teams", `{"team":""}`},
		{"teams that are a number", `{"team":11}`},
		{"teams that are a list", `{"team":["JO11-2"]}`},
		{"teams again", `{"team":"JO11-2"}`},
		{"teams that are null", `{"team":null}`},
		{"what is no team", `{"shoe":"44"}`},
		{"meta of nothing", `{}`},
		{"meta that is a text", `"JO11-2"`},
	} {
		l.add(v.what, "PUT", at, `{"meta":`+v.meta+`}`)
		l.get(v.what+", read", at)
	}
	l.add("create with teams that are a number", "POST", "wp/v2/people?_fields=id", `{"status":"publish","{F}":{"first_name":"Amir"},"meta":{"team":11}}`)
	l.get("who was made all the same", "wp/v2/people/102?_fields=id,title,slug,meta,{F}.first_name")
	l.get("teams in a list", "wp/v2/people?_fields=id,meta")
	return l.requests
}

// timelines are what stands beside a person. The ids of comments differ.
func (l *list) timelines() {
	const path = "rondo/v1/people/102/activities"
	const shown = "?_fields=type,content,person_id,activity_type,activity_date,activity_time,participants"
	l.get("no activities", path+shown)
	l.add("an activity", "POST", path+shown, `{"content":"<strong>Vraag &lt;1&gt; &amp; 2</strong><br /><a href=\"https://help.example.org/conversation/1\">Bekijk het gesprek</a>","activity_type":"email","activity_date":"2026-03-01","activity_time":"09:30"}`)
	l.add("an activity with a script", "POST", path+shown, `{"content":"Gebeld <script>alert(1)</script>"}`)
	l.get("activities", path+shown)
	l.add("an activity without content", "POST", path, `{"activity_type":"email"}`)
	l.add("an activity with empty content", "POST", path, `{"content":""}`)
	l.add("an activity as a text", "POST", path, `{"content":"x"}`).Type = "text/plain"
	l.add("an activity that is no JSON", "POST", path, `{"content"`)
	l.get("activities for a visitor", path).As = "visitor"
	l.get("activities for a reader", path).As = "reader"
	l.add("an activity, wrong password", "POST", path, `{"content":"x"}`).As = "wrong"
	l.get("activities of nobody", "rondo/v1/people/999/activities")
	l.add("an activity of nobody", "POST", "rondo/v1/people/999/activities", `{"content":"x"}`)
	l.get("activities of no id", "rondo/v1/people/zoe/activities")
	const tasks = "rondo/v1/people/102/todos"
	const task = "?_fields=type,content,person_id,notes,status,due_date,awaiting_since"
	l.get("no tasks", tasks+task)
	l.add("a task", "POST", tasks+task, `{"content":"Controleer het <b>adres</b>","notes":"<p>Gemeld op 01-03-2026.</p><p>(touchline RC01/cleaned/1)</p>","due_date":"2026-03-09","status":"open"}`)
	l.add("a task that waits", "POST", tasks+task, `{"content":"Bellen","status":"awaiting"}`)
	l.add("a task without a state", "POST", tasks+task, `{"content":"Bellen"}`)
	l.get("tasks", tasks+task)
	l.add("a task without content", "POST", tasks, `{"notes":"x"}`)
	l.add("a task in a state that is none", "POST", tasks, `{"content":"x","status":"lost"}`)
	l.get("tasks for a visitor", tasks).As = "visitor"
	l.get("tasks for a reader", tasks).As = "reader"
	l.add("a task of nobody", "POST", "rondo/v1/people/999/todos", `{"content":"x"}`)
	l.add("a task that is not there is given away", "PUT", "wp/v2/todos/99999", `{"author":1}`)
}

// teams are the posts of teams, beside the one that every site has. The ids of what is made
// differ, and so do slugs.
func (l *list) teams() {
	const shown = "?context=edit&_fields=type,status,title.raw,{F}"
	l.get("teams", "wp/v2/teams?status=any&per_page=100&page=1&orderby=id&order=asc&context=edit&_fields=id,status,title.raw,{F}")
	l.get("teams, past the end", "wp/v2/teams?page=5&_fields=id")
	l.get("teams to edit for a visitor", "wp/v2/teams?context=edit").As = "visitor"
	l.get("a team", "wp/v2/teams/11"+shown)
	l.get("a commissie is no team", "wp/v2/teams/12"+shown)
	l.get("a team that is not there", "wp/v2/teams/99999")
	l.add("a team is made", "POST", "wp/v2/teams"+shown, `{"title":"MO13-1 & co","status":"publish","{F}":{"publicteamid":"T0000000042","activiteit":"Veld","gender":"female"}}`)
	l.add("a team is made of nothing", "POST", "wp/v2/teams"+shown, `{}`)
	l.add("a team for a visitor", "POST", "wp/v2/teams", `{"title":"x"}`).As = "visitor"
	l.add("a team of fields", "PUT", "wp/v2/teams/11"+shown, `{"{F}":{"publicteamid":"T0000000001","gender":"male"}}`)
	l.add("a team of another name", "PUT", "wp/v2/teams/11"+shown, `{"title":"JO12-2"}`)
	l.add("a team of no gender", "PUT", "wp/v2/teams/11"+shown, `{"{F}":{"gender":null}}`)
	l.add("a team of a gender that is none", "PUT", "wp/v2/teams/11"+shown, `{"{F}":{"gender":"robot"}}`)
	l.add("a team of a number", "PUT", "wp/v2/teams/11"+shown, `{"{F}":{"publicteamid":5}}`)
	l.add("a team of an unknown key", "PUT", "wp/v2/teams/11"+shown, `{"{F}":{"shoe_size":"44"}}`)
	l.get("a team, read", "wp/v2/teams/11"+shown)
}
