package app

import (
	"strings"
	"testing"
	"time"
)

func TestNoticeSettings(t *testing.T) {
	t.Parallel()
	good := func() Notices {
		n := defaultNotices()
		n.Link = "https://sync.example.org/runs/{run}"
		n.Mail = NoticeMail{Server: "smtp.example.org:587", User: "sync", Password: "sesame", From: "sync@example.org", To: []string{"board@example.org"}}
		n.Webhook = NoticeWebhook{URL: "https://hooks.example.org/x", Secret: "0123456789abcdef"}
		n.DeadMan = []string{"people=https://watch.example.org/1"}
		return n
	}
	if faults := good().validate("Europe/Amsterdam"); len(faults) != 0 {
		t.Errorf("good settings have the faults %v", faults)
	}
	for want, change := range map[string]func(n *Notices){
		"language":                func(n *Notices) { n.Language = "fr" },
		"link":                    func(n *Notices) { n.Link = "https://sync.example.org" },
		"grace":                   func(n *Notices) { n.Grace = time.Second },
		"weekly":                  func(n *Notices) { n.Weekly = "0 25 * * *" },
		"mail.server":             func(n *Notices) { n.Mail.Server = "smtp.example.org" },
		"mail.from":               func(n *Notices) { n.Mail.From = "" },
		"mail.to":                 func(n *Notices) { n.Mail.To = []string{"board"} },
		"mail.user":               func(n *Notices) { n.Mail.User = "" },
		"mail.plain":              func(n *Notices) { n.Mail.Plain = true },
		"mail.server: is missing": func(n *Notices) { n.Mail.Server = "" },
		"webhook.url":             func(n *Notices) { n.Webhook.URL = "http://hooks.example.org" },
		"webhook.url: is missing": func(n *Notices) { n.Webhook.URL = "" },
		"webhook.secret":          func(n *Notices) { n.Webhook.Secret = "short" },
		"dead_man":                func(n *Notices) { n.DeadMan = []string{"nobody=https://watch.example.org/1"} },
	} {
		n := good()
		change(&n)
		faults := n.validate("Europe/Amsterdam")
		if len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), "notices."+want) {
			t.Errorf("a wrong %s has the faults %v", want, faults)
		}
	}
	none := Settings{Notices: defaultNotices(), Sync: defaultSync()}
	if made, err := none.notices(); made != nil || err != nil {
		t.Errorf("nothing set: %v, %v; want that nobody is told", made, err)
	}
	all := Settings{Notices: good(), Sync: defaultSync()}
	made, err := all.notices()
	if err != nil || made == nil || made.Pings["people"] != "https://watch.example.org/1" || made.Zone != "Europe/Amsterdam" {
		t.Errorf("all set: %+v, %v", made, err)
	}
}
