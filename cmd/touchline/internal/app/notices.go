package app

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/internal/loopback"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/notice"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/connector"
)

// Notices say who is told about runs: nobody, unless there is mail or a webhook.
type Notices struct {
	Language string `mapstructure:"language"` // en, nl
	// Link is the address of a run for a person, with {run} for its id.
	Link string `mapstructure:"link"`
	// Grace is how late a slot of the schedule may be before it is told.
	Grace time.Duration `mapstructure:"grace"`
	// Weekly is the cron line of the summary, in sync.zone; empty: there is none.
	Weekly  string        `mapstructure:"weekly"`
	Mail    NoticeMail    `mapstructure:"mail"`
	Webhook NoticeWebhook `mapstructure:"webhook"`
	// DeadMan are addresses that are called after each success of a pipeline, each as
	// PIPELINE=ADDRESS: what watches there tells when it hears nothing.
	DeadMan []string `mapstructure:"dead_man"`
}

// NoticeMail is an SMTP server and who gets mail.
type NoticeMail struct {
	Server   string           `mapstructure:"server"` // host:port; port 465 is TLS from the first byte
	User     string           `mapstructure:"user"`
	Password connector.Secret `mapstructure:"password"`
	From     string           `mapstructure:"from"`
	To       []string         `mapstructure:"to"`
	// Plain sends without TLS, to a server on this machine only.
	Plain bool `mapstructure:"plain"`
}

// NoticeWebhook is an address that notices are posted to, signed with the secret.
type NoticeWebhook struct {
	URL    string           `mapstructure:"url"`
	Secret connector.Secret `mapstructure:"secret"`
}

func defaultNotices() Notices {
	return Notices{Language: string(notice.English), Grace: time.Hour, Weekly: "0 18 * * 0"}
}

// validate returns all faults.
func (n Notices) validate(zone string) []error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("notices."+format, args...)) }
	if !slices.Contains([]string{string(notice.English), string(notice.Dutch)}, n.Language) {
		fault("language: must be en or nl")
	}
	if n.Link != "" && (!isAddress(n.Link) || !strings.Contains(n.Link, "{run}")) {
		fault("link: must be an address with {run} where the id of a run belongs, such as https://sync.example.org/runs/{run}")
	}
	if n.Grace < time.Minute {
		fault("grace: must be at least 1m")
	}
	if n.Weekly != "" {
		if _, err := jobs.ParseCron(n.Weekly, zone); err != nil {
			fault("weekly: %w", err)
		}
	}
	faults = append(faults, n.Mail.validate()...)
	if n.Webhook.URL != "" && !isAddress(n.Webhook.URL) {
		fault("webhook.url: must be https, or http on loopback")
	}
	if n.Webhook.URL == "" && n.Webhook.Secret != "" {
		fault("webhook.url: is missing, so that nothing would be posted; set it, or no notices.webhook.secret")
	}
	if n.Webhook.URL != "" && len(n.Webhook.Secret.Reveal()) < 16 {
		fault("webhook.secret: must have at least 16 letters")
	}
	if _, err := n.pings(); err != nil {
		faults = append(faults, err)
	}
	return faults
}

func (m NoticeMail) validate() []error {
	var faults []error
	fault := func(text string) { faults = append(faults, errors.New("notices.mail."+text)) }
	if m.Server == "" {
		if m.User+m.From+m.Password.Reveal() != "" || len(m.To) > 0 || m.Plain {
			fault("server: is missing, so that nobody would get a mail; set it, or nothing of notices.mail")
		}
		return faults
	}
	host, port, err := net.SplitHostPort(m.Server)
	if err != nil || host == "" || port == "" {
		fault("server: must be a host and a port, such as smtp.example.org:587")
	}
	if _, err := mail.ParseAddress(m.From); err != nil {
		fault("from: must be a mail address")
	}
	if len(m.To) == 0 {
		fault("to: must name who gets the mail")
	}
	for i, to := range m.To {
		if _, err := mail.ParseAddress(to); err != nil {
			fault(fmt.Sprintf("to: entry %d is no mail address", i+1))
		}
	}
	if (m.User == "") != (m.Password == "") {
		fault("user: give user and password, or neither")
	}
	if m.Plain && !loopback.Is(host) {
		fault("plain: only a server on this machine takes mail without TLS")
	}
	return faults
}

// isAddress reports whether a text is an https address, or http on loopback.
func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && loopback.Is(u.Hostname()))
}

// pings are the dead-man addresses by pipeline.
func (n Notices) pings() (map[string]string, error) {
	var known []string
	for _, family := range pipelines.Families() {
		for _, p := range family.Pipelines {
			known = append(known, p.Name)
		}
	}
	out := map[string]string{}
	for i, line := range n.DeadMan {
		pipeline, address, _ := strings.Cut(line, "=")
		switch {
		case !slices.Contains(known, pipeline):
			return nil, fmt.Errorf("notices.dead_man: entry %d names no pipeline; give PIPELINE=ADDRESS with one of %s", i+1, strings.Join(known, ", "))
		case !isAddress(address):
			return nil, fmt.Errorf("notices.dead_man: the address of %s must be https, or http on loopback", pipeline)
		}
		out[pipeline] = address
	}
	return out, nil
}

// notices is how the program tells people; nil where nothing is set.
func (s Settings) notices() (*jobs.Notices, error) {
	senders, err := s.Senders()
	if err != nil {
		return nil, err
	}
	pings, err := s.Notices.pings()
	if err != nil || len(senders)+len(pings) == 0 {
		return nil, err
	}
	out := &jobs.Notices{Sender: senders, Pings: pings, Grace: s.Notices.Grace, Weekly: s.Notices.Weekly, Zone: s.Sync.Zone}
	return out, nil
}

// Senders are the ways in which people are told; none when none is set.
func (s Settings) Senders() (notice.Senders, error) {
	zone, err := time.LoadLocation(s.Sync.Zone)
	if err != nil {
		return nil, fmt.Errorf("sync.zone: %w", err)
	}
	n := s.Notices
	words := notice.Words{Language: notice.Language(n.Language), Zone: zone, Link: n.Link}
	var out notice.Senders
	if n.Mail.Server != "" {
		out = append(out, notice.Mail{
			Words: words, Server: n.Mail.Server, User: n.Mail.User, Password: n.Mail.Password.Reveal(), From: n.Mail.From, To: n.Mail.To, Plain: n.Mail.Plain,
		})
	}
	if n.Webhook.URL != "" {
		out = append(out, notice.Webhook{Words: words, URL: n.Webhook.URL, Secret: []byte(n.Webhook.Secret.Reveal()), Now: Now})
	}
	return out, nil
}
