// Package freescoutsim is a simulator of FreeScout's API & Webhooks module as far as
// customers and conversations go (docs/systems/freescout.md). It is at least as strict: where the page
// says that something is not known, it does the worst. It shares no code with the
// connector.
package freescoutsim

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// Options says what a simulator starts with.
type Options struct {
	Members int   // invented customers who have written to the club before
	Seed    int64 // of the invented people and of the credentials
}

// customer is a row, in the form of the dump.
type customer struct {
	ID        int               `json:"id"`
	FirstName string            `json:"first_name"`
	LastName  string            `json:"last_name"`
	Company   string            `json:"company"`
	JobTitle  string            `json:"job_title"`
	Notes     string            `json:"notes"`
	Emails    []email           `json:"emails"`
	Phones    []entry           `json:"phones"`
	Websites  []entry           `json:"websites"`
	Fields    map[string]string `json:"fields"` // by the number of the customer field
	Created   time.Time         `json:"created_at"`
	Updated   time.Time         `json:"updated_at"`
}

type email struct {
	ID    int    `json:"id"`
	Value string `json:"value"`
	Type  string `json:"type"`
}

type entry struct {
	ID    int    `json:"id"`
	Value string `json:"value"`
	Type  string `json:"type,omitempty"`
}

// settings are how the installation behaves until that is changed.
type settings struct {
	PerMinute int            `json:"per_minute"` // limit of calls; 0 is none
	CRM       bool           `json:"crm"`        // the CRM module is there, and customer fields with it
	Fields    map[int]string `json:"fields"`     // the customer fields, with their names
	// InLists: the customers of a listing show their customer fields.
	InLists bool `json:"in_lists"`
	// Returns: a create with a known address returns the customer who has it, and fills
	// what is empty there, in place of being refused.
	Returns bool `json:"returns"`
	// Talked are the addresses with which there are conversations.
	Talked []string `json:"talked"`
	// OneStatus: a filter of several statuses is as good as none.
	OneStatus bool `json:"one_status"`
	// PerPage: pageSize is passed over, and so many are on a page; 0: it is heard.
	PerPage int `json:"per_page"`
}

type sim struct {
	*simkit.Kit
	store     simkit.Store
	options   Options
	key       string
	secret    string // with which webhooks are signed
	customers *simkit.Table[customer]
	settings  *settings
	calls     simkit.Limit

	conversations *simkit.Table[conversation]
	webhooks      *simkit.Table[webhook]
	pending       []event // to be told once the request is done
}

// The customer fields that there are at the start, as a club's first customers had
// them (docs/systems/freescout.md, "Customer fields").
var fields = map[int]string{1: "Teams", 4: "KNVB-id", 5: "Lid sinds", 7: "Saldo", 8: "Status", 9: "Lid tot"}

// New returns a simulator that is not started yet.
func New(o Options) *simkit.Kit {
	s := &sim{options: o, key: fmt.Sprintf("invented-key-%d", o.Seed), secret: fmt.Sprintf("invented-secret-%d", o.Seed)}
	s.Kit = simkit.New("freescout", &s.store)
	s.settings = simkit.Settings(&s.store, "settings", settings{CRM: true, Fields: fields})
	s.customers = simkit.Keep(&s.store, simkit.Rules[customer]{
		Kit: s.Kit, Collection: "customers",
		ID: func(c *customer) string {
			if c.ID == 0 {
				return ""
			}
			return strconv.Itoa(c.ID)
		},
		Identify: func(c *customer) { c.ID = s.store.Number() },
		Index:    (*customer).addresses,
		Clone:    (*customer).clone,
		Stamp: func(c *customer, now time.Time, made bool) {
			if c.Updated = now; made {
				c.Created = now
			}
		},
	})
	s.conversations = simkit.Keep(&s.store, s.conversationRules())
	s.webhooks = simkit.Keep(&s.store, s.webhookRules())
	s.store.Fill = s.fill
	s.store.Reset()
	s.Within(func() {}, s.tell)
	s.Part("api", s.api())
	s.Credential("api_key", s.key)
	s.Credential("webhook_secret", s.secret)
	s.control()
	return s.Kit
}

func (c *customer) addresses() []string {
	var all []string
	for _, e := range c.Emails {
		all = append(all, e.Value)
	}
	return all
}

func (c *customer) clone() *customer {
	next := *c
	next.Emails, next.Phones, next.Websites = slices.Clone(c.Emails), slices.Clone(c.Phones), slices.Clone(c.Websites)
	next.Fields = make(map[string]string, len(c.Fields))
	for k, v := range c.Fields {
		next.Fields[k] = v
	}
	return &next
}

// holder returns who has an address, or nil.
func (s *sim) holder(address string) *customer {
	if rows := s.customers.Sharing(address); len(rows) > 0 {
		return rows[0]
	}
	return nil
}

// give gives a customer an address that nobody else has.
func (s *sim) give(c *customer, address, kind string) {
	c.Emails = append(c.Emails, email{ID: s.store.Number(), Value: address, Type: kind})
}

// takeAway takes an address from whoever else has it, without a word.
func (s *sim) takeAway(by *http.Request, address string, but int) error {
	c := s.holder(address)
	if c == nil || c.ID == but {
		return nil
	}
	_, err := s.customers.Update(by, strconv.Itoa(c.ID), func(c *customer) error {
		c.Emails = slices.DeleteFunc(c.Emails, func(e email) bool { return e.Value == address })
		return nil
	})
	return err
}

// fill adds invented customers: people have a name as mail has it, not as an
// administration does.
func (s *sim) fill() {
	s.calls, s.pending = simkit.Limit{}, nil
	last := []string{"Schrijver", "Vrager", "de Mailer", "Buurman", "Ünal"}
	r := rand.New(rand.NewPCG(uint64(s.options.Seed), 7)) //nolint:gosec // invented people
	for i := range s.options.Members {
		at := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(90*24)) * time.Hour)
		c := &customer{Created: at, Updated: at, FirstName: "Robin", LastName: last[r.IntN(len(last))]}
		s.give(c, fmt.Sprintf("robin.%d@example.net", i+1), "work")
		s.customers.Fill(c)
	}
}

// canonical is how FreeScout keeps an address; "" is none.
func canonical(address string) string {
	address = strings.ToLower(strings.TrimSpace(address))
	if local, host, ok := strings.Cut(address, "@"); !ok || local == "" || host == "" || strings.ContainsAny(address, " <>") || strings.Contains(host, "@") {
		return ""
	}
	return address
}
