package notice

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/wneessen/go-mail"
)

// Mail sends notices as plain text by an SMTP server.
type Mail struct {
	Words

	Server         string // host:port
	User, Password string // both empty: no sign-in
	From           string
	To             []string
	Plain          bool // without TLS, for a server on this machine
}

// Send sends a notice in one message to all.
func (m Mail) Send(ctx context.Context, n Notice) error {
	message := mail.NewMsg()
	if err := message.From(m.From); err != nil {
		return fmt.Errorf("mail: the sender: %w", err)
	}
	if err := message.To(m.To...); err != nil {
		return fmt.Errorf("mail: the receivers: %w", err)
	}
	message.Subject(m.Subject(n))
	message.SetDateWithValue(n.At)
	message.SetBodyString(mail.TypeTextPlain, m.Body(n))
	client, err := m.client()
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, message); err != nil {
		return fmt.Errorf("mail by %s: %w", m.Server, err)
	}
	return nil
}

func (m Mail) client() (*mail.Client, error) {
	host, text, err := net.SplitHostPort(m.Server)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	options := []mail.Option{mail.WithPort(port), mail.WithTLSPolicy(mail.TLSMandatory)}
	switch {
	case m.Plain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case port == 465: // TLS from the first byte
		options = append(options, mail.WithSSL())
	}
	if m.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.User), mail.WithPassword(m.Password))
	}
	return mail.NewClient(host, options...)
}
