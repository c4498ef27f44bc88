// Package noticetest has a real SMTP server for tests, which keeps what it gets.
package noticetest

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"slices"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// Mailbox is an SMTP server without TLS, on loopback.
type Mailbox struct {
	Address string // host:port

	mu   sync.Mutex
	all  []Message
	full bool
}

// Message is one mail as it came.
type Message struct {
	From string
	To   []string
	Raw  []byte
}

// Mail starts a server, which ends with the test.
func Mail(t testing.TB) *Mailbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &Mailbox{Address: l.Addr().String()}
	s := smtp.NewServer(m)
	s.Domain = "mail.example.org"
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l) // until it is closed
	}()
	t.Cleanup(func() {
		// A server that is ended before it serves does not know of its listener.
		_, _ = s.Close(), l.Close()
		<-done
	})
	return m
}

// Refuse has the server take no mail, or take it again.
func (m *Mailbox) Refuse(full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = full
}

// Messages are all mails so far.
func (m *Mailbox) Messages() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.all)
}

// Parse returns the head of a mail and its text.
func (m Message) Parse(t testing.TB) (head mail.Header, text string) {
	t.Helper()
	got, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(got.Body))
	if err != nil {
		t.Fatal(err)
	}
	return got.Header, string(body)
}

// NewSession begins what one client sends.
func (m *Mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{box: m}, nil }

type session struct {
	box *Mailbox
	now Message
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.now = Message{From: from}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	if s.box.full {
		return &smtp.SMTPError{Code: 452, Message: "mailbox full"}
	}
	s.now.To = append(s.now.To, to)
	return nil
}

func (s *session) Data(r io.Reader) (err error) {
	if s.now.Raw, err = io.ReadAll(r); err != nil {
		return err
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.all = append(s.box.all, s.now)
	return nil
}

func (s *session) Reset()      { s.now = Message{} }
func (*session) Logout() error { return nil }
