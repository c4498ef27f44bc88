package organiser

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/clients"
)

// Sites are EMS and the five systems, at which people work.
type Sites struct {
	DB                                                *pgxpool.Pool
	ChatWoot, MailChimp, Mautic, RunSignup, TagServer clients.SimRemote
}

// All are the five systems.
func (s Sites) All() []clients.SimRemote {
	return []clients.SimRemote{s.ChatWoot, s.MailChimp, s.Mautic, s.RunSignup, s.TagServer}
}

// Announce makes ChatWoot tell what changes there to the address of a server, such as
// http://127.0.0.1:8080.
func (s Sites) Announce(ctx context.Context, server string) error {
	info := s.ChatWoot.Info
	body := `{"webhook": {"url": "` + server + `/hooks/chatwoot", "subscriptions":
		["contact_created", "contact_updated", "conversation_created", "conversation_updated", "conversation_status_changed"]}}`
	url := info.Addresses["api"] + "/api/v1/accounts/" + info.Credentials["account_id"] + "/webhooks"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Api-Access-Token", info.Credentials["api_access_token"])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("register the webhook: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("register the webhook: status %d", resp.StatusCode)
	}
	return nil
}
