package rondosim_test

import "github.com/touchline-sync/touchline/internal/wordpress"

func (l *list) values() {
	name := `{"first_name":"Zoë",`
	for _, v := range []struct{ what, field string }{
		{"a text with tags and blanks", `"nickname":"  <i>Hof</i>   Ünal\t\n "`},
		{"a text with a smaller sign", `"nickname":"a < b"`},
		{"a text with an ampersand and quotes", `"nickname":"R&D \"x\" 'y'"`},
		{"a text with a backslash", `"nickname":"a\\b"`},
		{"a text with an octet", `"nickname":"a%20b"`},
		{"a number for a text", `"nickname":5`},
		{"a boolean for a text", `"nickname":true`},
		{"a list for a text", `"nickname":["a"]`},
		{"null for a text", `"nickname":null`},
		{"a date", `"birthdate":"2012-02-29"`},
		{"a date without dashes", `"birthdate":"20120229"`},
		{"a date cleared", `"birthdate":null`},
		{"a flag", `"former_member":true`},
		{"a flag as a text", `"former_member":"0"`},
		{"a flag as a word", `"former_member":"TRUE"`},
		{"a flag as a number", `"former_member":0`},
		{"a flag of another word", `"former_member":"ja"`},
		{"an empty flag", `"former_member":""`},
		{"a number", `"‹freescout_id|freescout-id›":17`},
		{"a number as a text", `"‹freescout_id|freescout-id›":"18"`},
		{"a number with a part", `"‹freescout_id|freescout-id›":1.5`},
		{"an empty number", `"‹freescout_id|freescout-id›":""`},
		{"a word for a number", `"‹freescout_id|freescout-id›":"x"`},
		{"null for a number", `"‹freescout_id|freescout-id›":null`},
		{"a choice", `"gender":"non_binary"`},
		{"a choice that is none", `"gender":"robot"`},
		{"null for a choice", `"gender":null`},
		{"a year of a contribution", `"_nikki_2024_saldo":12.5`},
		{"the flag that the site computes", `"‹huidig_vrijwilliger|huidig-vrijwilliger›":true`},
	} {
		l.put(v.what, 101, name+v.field+`}`)
	}
	l.add("an unknown key", "PUT", "wp/v2/people/101?_fields=id,{F}", name+`"shoe_size":"44"}`)
	l.add("fields that are a list", "PUT", "wp/v2/people/101?_fields=id", `{"{F}":["a"]}`)
	l.add("fields that are a text", "PUT", "wp/v2/people/101?_fields=id", `{"{F}":"a"}`)
	l.add("fields that are null", "PUT", "wp/v2/people/101?_fields=id", `{"{F}":null}`)
	l.put("an unknown key among others", 101, name+`"nickname":"Z","shoe_size":"44"}`)
	if l.dialect == wordpress.ACF {
		l.put("a date of any text", 101, name+`"lid-sinds":"vorig jaar"}`)
		l.put("an empty date", 101, name+`"lid-sinds":""}`)
		l.put("an address in capitals", 101, name+`"contact_info":[{"contact_type":"email","contact_label":"","contact_value":"Zoe@Example.ORG"},{"contact_type":"phone","contact_label":"","contact_value":"06 12345678"}]}`)
		l.put("a kind of contact that is none", 101, name+`"contact_info":[{"contact_type":"pigeon","contact_label":"","contact_value":"Roost"}]}`)
		return
	}
	for _, v := range []struct{ what, field string }{
		{"a date of any text", `"lid_sinds":"vorig jaar"`},
		{"an empty date", `"lid_sinds":""`},
		{"a day that is none", `"lid_sinds":"2023-02-29"`},
		{"a date without its noughts", `"lid_sinds":"2023-2-9"`},
		{"a date with a time", `"lid_sinds":"2023-02-09T00:00:00"`},
		{"an address in capitals", `"email_1":"Zoe@Example.ORG"`},
		{"a phone", `"mobile_1":"06 12345678"`},
		{"a phone from abroad", `"mobile_2":"0049 30 123456"`},
		{"a moment", `"vog_email_sent_date":"2026-01-05T10:00:00+01:00"`},
		{"a moment without a zone", `"vog_email_sent_date":"2026-01-05T10:00:00"`},
		{"a year of a contribution that no field has", `"_nikki_2021_saldo":1`},
		{"a company", `"company_name":"Bakkerij"`},
	} {
		l.put(v.what, 101, name+v.field+`}`)
	}
	l.put("a company alone", 101, `{"first_name":"","company_name":"Bakkerij"}`)
	l.put("a company alone that is a contact", 101, `{"first_name":"","company_name":"Bakkerij","person_type":"contact"}`)
	l.put("a contact that becomes a member", 101, `{"person_type":"member"}`)
	l.put("a member again", 101, name+`"company_name":null,"person_type":"member"}`)
}

func (l *list) repeaters() {
	name := `{"first_name":"Zoë",`
	home := `{"address_label":"Home","‹street_name|street›":"Dorpsstraat","postal_code":"1234 AB","city":"Elders","state":"","country":"Nederland"}`
	l.put("an address", 101, name+`"addresses":[`+home+`,{"address_label":"Work","city":"Nergens"}]}`)
	l.put("a row that leaves keys out", 101, name+`"addresses":[{"address_label":"Home","city":"Overal"},{"address_label":"Work"}]}`)
	l.put("a row less", 101, name+`"addresses":[`+home+`]}`)
	l.put("a row with an unknown key", 101, name+`"addresses":[{"address_label":"Home","planet":"Mars"}]}`)
	l.put("a row that is a text", 101, name+`"addresses":["Home"]}`)
	l.put("rows that are an object", 101, name+`"addresses":{"a":1}}`)
	l.put("rows that are a text", 101, name+`"addresses":"Home"}`)
	l.put("rows that are an empty text", 101, name+`"addresses":""}`)
	l.put("rows that are null", 101, name+`"addresses":null}`)
	l.put("rows again", 101, name+`"addresses":[`+home+`]}`)
	l.put("no rows", 101, name+`"addresses":[]}`)
	l.put("work in a commissie", 101, name+`"work_history":[{"‹team_id|team›":12,"job_title":"Lid","start_date":"2024-08-01","end_date":null,"is_current":true}]}`)
	l.get("volunteers", "rondo/v1/people/filtered?‹huidig_vrijwilliger|huidig_vrijwilliger›=1")
	l.put("work as a player", 101, name+`"work_history":[{"‹team_id|team›":11,"job_title":"Teamspeler","is_current":true}]}`)
	l.put("work that is over", 101, name+`"work_history":[{"‹team_id|team›":12,"job_title":"Lid","is_current":false}]}`)
	l.get("volunteers, none", "rondo/v1/people/filtered?huidig_vrijwilliger=1")
	l.get("volunteers for a visitor", "rondo/v1/people/filtered?huidig_vrijwilliger=1").As = "visitor"
	l.put("no work", 101, name+`"work_history":[]}`)
}

func (l *list) relations() {
	row := func(id, kind string) string {
		return `{"‹related_person_id|related_person›":` + id + `,"‹relationship_type_id|relationship_type›":‹` + kind + `|[` + kind + `]›,"relationship_label":""}`
	}
	l.put("a child", 102, `{"first_name":"Amir","relationships":[`+row("101", "3")+`]}`)
	l.read("the parent of it", 101)
	l.put("a second child", 102, `{"first_name":"Amir","relationships":[`+row("101", "3")+`,`+row("104", "3")+`]}`)
	l.read("a sibling", 101)
	l.read("the other sibling", 104)
	l.put("oneself and a double", 102, `{"first_name":"Amir","relationships":[`+row("102", "3")+`,`+row("101", "3")+`,`+row("101", "3")+`]}`)
	l.read("who is no child any more", 104)
	l.put("a relation to nobody", 102, `{"first_name":"Amir","relationships":[`+row("101", "3")+`,`+row("9999", "3")+`]}`)
	l.put("a relation of no kind", 102, `{"first_name":"Amir","relationships":[`+row("101", "77")+`]}`)
	l.put("what is only read in a relation", 102, `{"first_name":"Amir","relationships":[{"‹related_person_id|related_person›":101,"‹relationship_type_id|relationship_type›":‹3|[3]›,"relationship_label":"","person_name":"Bo"}]}`)
	l.put("no relations", 102, `{"first_name":"Amir","relationships":[]}`)
	l.read("nobody's child", 101)
}
