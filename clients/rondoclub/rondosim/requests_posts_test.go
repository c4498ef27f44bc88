package rondosim_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/textproto"

	"github.com/touchline-sync/touchline/internal/wordpress"
)

// cases are the posts of discipline cases, and the terms of their seasons. The ids of what is
// made differ in the older dialect, so that only what is known by a slug is asked for again.
func (l *list) cases() {
	const seasons, cases = "wp/v2/seizoen", "wp/v2/discipline-cases"
	const shown = "?context=edit&_fields=type,status,title.raw,{F}"
	l.get("no seasons", seasons+"?per_page=100&_fields=name,slug")
	l.add("a season", "POST", seasons+"?_fields=name,slug,taxonomy", `{"name":"2025-2026","slug":"2025-2026"}`)
	l.add("a season without a slug", "POST", seasons+"?_fields=name,slug,taxonomy", `{"name":"2024-2025"}`)
	l.add("a season twice", "POST", seasons+"?_fields=code,message", `{"name":"2025-2026","slug":"2025-2026"}`)
	l.add("a season of no name", "POST", seasons, `{"slug":"2026-2027"}`)
	l.add("a season for a visitor", "POST", seasons, `{"name":"2026-2027"}`).As = "visitor"
	l.add("a season for a reader", "POST", seasons, `{"name":"2026-2027"}`).As = "reader"
	l.get("seasons", seasons+"?per_page=100&_fields=name,slug,taxonomy")
	l.get("a season by its slug", seasons+"?slug=2025-2026&_fields=name,slug")
	l.get("a season that is none", seasons+"?slug=1999-2000&_fields=id")

	const fields = `{"dossier_id":"D-000001","‹person_id|person›":102,"match_date":"2025-10-04","processing_date":"2025-10-20","match_description":"Voorbeeld 1 - Proefdorp 2","team_name":"Voorbeeld 1","charge_codes":"1.01","administrative_fee":15.5}`
	l.get("no cases", cases+"?status=any&per_page=100&page=1&orderby=id&order=asc&context=edit&_fields=id")
	l.add("a case", "POST", cases+shown, `{"title":"Zoë - Voorbeeld 1 & co","status":"publish","{F}":`+fields+`}`)
	l.get("cases", cases+"?status=any&per_page=100&page=1&orderby=id&order=asc&context=edit&_fields=status,title.raw,{F}")
	l.get("cases, past the end", cases+"?status=any&page=5&_fields=id")
	l.get("cases to edit for a visitor", cases+"?context=edit").As = "visitor"
	l.add("a case for a visitor", "POST", cases, `{"title":"x"}`).As = "visitor"
	l.get("a case that is not there", cases+"/99999")
	l.add("a case of nobody", "POST", cases+shown, `{"title":"x","status":"publish","{F}":{"dossier_id":"D-000002","‹person_id|person›":99999}}`)
	l.add("a case of seasons that are a text", "POST", cases+shown, `{"title":"x","seizoen":"2025-2026","{F}":{"dossier_id":"D-000003"}}`)
	l.add("a case of no seasons", "POST", cases+shown+",seizoen", `{"title":"x","status":"publish","seizoen":[],"{F}":{"dossier_id":"D-000004"}}`)
	if l.dialect == wordpress.Fields {
		l.add("a case charged by nobody known", "POST", cases+shown, `{"title":"x","{F}":{"dossier_id":"D-000005","is_charged":"someone"}}`)
		l.add("a case of an unknown key", "POST", cases+shown, `{"title":"x","{F}":{"shoe_size":"44"}}`)
	}
	l.add("a case that is not there is deleted", "DELETE", cases+"/99999", "")
}

// roles are what members may do by their functions. The older theme has no such route.
func (l *list) roles() {
	const path = "rondo/v1/capability-sync"
	const shown = path + "?_fields=status,reason,knvb_id,granted,revoked,current_roles"
	l.add("functions of nobody", "POST", shown, `{"knvb_id":"AAAA11A","functies":["Voorzitter"]}`)
	l.add("functions without a code", "POST", path, `{"functies":[]}`)
	l.add("a code without functions", "POST", path, `{"knvb_id":"AAAA11A"}`)
	l.add("neither", "POST", path, `{}`)
	l.add("an empty code", "POST", path, `{"knvb_id":"","functies":[]}`)
	l.add("a code that is a number", "POST", path, `{"knvb_id":11,"functies":[]}`)
	l.add("functions that are a text", "POST", path, `{"knvb_id":"AAAA11A","functies":"Voorzitter"}`)
	l.add("functions as a text", "POST", path, `{"knvb_id":"AAAA11A","functies":[]}`).Type = "text/plain"
	l.add("functions for a visitor", "POST", path, `{"knvb_id":"AAAA11A","functies":[]}`).As = "visitor"
	l.add("functions for a reader", "POST", path, `{"knvb_id":"AAAA11A","functies":[]}`).As = "reader"
	l.add("an account", "", "AAAA11A", `{}`).Account = "rondo_user"
	l.add("an account with roles by hand", "", "BBBB22B", `{"granted":["rondo_fairplay"],"revoked":["rondo_vog"]}`).Account = "rondo_user"
	l.add("an account of an administrator", "", "CCCC33C", `{}`).Account = "administrator"
	for _, f := range []string{`["Voorzitter"]`, `["Trainer","Voorzitter"]`, `["Secretaris","<b>Voorzitter</b>"]`, `["voorzitter"]`, `["Secretaris"]`, `[]`, `[]`} {
		for _, code := range []string{"AAAA11A", "BBBB22B", "CCCC33C"} {
			l.add(code+" with "+f, "POST", shown, `{"knvb_id":"`+code+`","functies":`+f+`}`)
		}
	}
}

// photos are what is sent as a file, and shown with a person. The ids of files differ.
func (l *list) photos() {
	const path = "rondo/v1/people/102/photo"
	send := func(name, path, part, kind string, data []byte) *request {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		_ = w.SetBoundary("touchline")
		to, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename="foto.PNG"`, part)}, "Content-Type": {kind},
		})
		if err == nil {
			_, err = to.Write(data)
		}
		if err != nil || w.Close() != nil {
			panic("a buffer takes all")
		}
		l.requests = append(l.requests, request{Name: name, Method: "POST", Path: path, Body: b.String(), Type: "multipart/form-data; boundary=touchline"})
		return &l.requests[len(l.requests)-1]
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		panic(err)
	}
	const shown = "?_fields=success,filename"
	send("a photo", path+shown, "file", "image/png", picture.Bytes())
	send("another photo", path+"?_fields=success", "file", "image/png", picture.Bytes())
	send("a photo in another part", path, "photo", "image/png", picture.Bytes())
	send("a photo that is a text", path, "file", "text/plain", []byte("x"))
	l.add("a photo without a file", "POST", path, `{}`)
	send("a photo for a visitor", path, "file", "image/png", picture.Bytes()).As = "visitor"
	send("a photo for a reader", path, "file", "image/png", picture.Bytes()).As = "reader"
	send("a photo of nobody", "rondo/v1/people/9999/photo", "file", "image/png", picture.Bytes())
	l.get("a file that is not there", "wp/v2/media/99999?_fields=id")
	l.add("a file that is not there is deleted", "DELETE", "wp/v2/media/99999?force=true", "")
}
