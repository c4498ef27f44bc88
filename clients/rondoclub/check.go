package rondoclub

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// Check proves the credentials and the account's rights, and asks the site for its
// shape. The fingerprint is the address that the site itself says it has.
func (s *site) Check(ctx context.Context) (string, error) {
	const op = "check"
	if err := s.mayEdit(ctx, op); err != nil {
		return "", err
	}
	if err := s.ask(ctx, op); err != nil {
		return "", err
	}
	var root struct{ Home, URL string }
	_, err := s.call(ctx, rest.Call{Op: op, Path: "/", Query: url.Values{"_fields": {"home,url"}}, Into: &root})
	if err != nil {
		return "", err
	}
	address := strings.ToLower(strings.TrimRight(cmp.Or(root.Home, root.URL), "/"))
	if address == "" {
		return "", s.fail(op, connector.Drifted, "", "the site does not say its address")
	}
	return string(System) + " " + address, nil
}

// rights are what the account must be able to do. The theme shows nobody, with 200,
// to who may not manage the site, or only some (docs/systems/rondoclub.md,
// "Connection"): everybody would then seem to have gone.
var rights = []string{"manage_options", "edit_others_posts", "publish_posts"}

func (s *site) mayEdit(ctx context.Context, op string) error {
	var me struct {
		ID           int64
		Capabilities json.RawMessage
	}
	_, err := s.call(ctx, rest.Call{
		Op: op, Path: "/wp/v2/users/me", Query: url.Values{"context": {"edit"}, "_fields": {"id,capabilities"}}, Into: &me,
	})
	switch {
	case err != nil:
		return err
	case me.ID == 0:
		return s.fail(op, connector.Drifted, "", "no account in the answer")
	}
	var may map[string]bool
	_ = json.Unmarshal(me.Capabilities, &may) // PHP writes none as a list
	for _, right := range rights {
		if !may[right] {
			return s.fail(op, connector.Denied, "", "the account may not edit all people, it lacks "+right+": make it an administrator")
		}
	}
	return nil
}

// signedIn proves the credentials: a list is just empty for wrong ones
// (docs/systems/rondoclub.md, measured 1).
func (s *site) signedIn(ctx context.Context, op string) error {
	var me struct{ ID int64 }
	_, err := s.call(ctx, rest.Call{Op: op, Path: "/wp/v2/users/me", Query: url.Values{"_fields": {"id"}}, Into: &me})
	if err == nil && me.ID == 0 {
		return s.fail(op, connector.Drifted, "", "no account in the answer")
	}
	return err
}

// ask finds out how the site is, and keeps it for what comes.
func (s *site) ask(ctx context.Context, op string) error {
	var answer struct {
		Schema struct {
			Properties map[string]property `json:"properties"`
		} `json:"schema"`
	}
	_, err := s.call(ctx, rest.Call{Op: op, Method: http.MethodOptions, Path: "/wp/v2/people", Into: &answer})
	if err != nil {
		return err
	}
	found := shapeOf(answer.Schema.Properties)
	switch {
	case found == nil:
		return s.fail(op, connector.Drifted, "", "the site does not say which fields a person has, under fields or acf")
	case s.cfg.Dialect != "" && s.cfg.Dialect != found.property:
		return s.fail(op, connector.Drifted, "", "the site speaks "+found.property+
			", and the settings say dialect "+s.cfg.Dialect+": leave the setting out, or mend the site")
	}
	t, err := s.kinds(ctx, op)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shape, s.terms = found, t
	return nil
}

// kinds asks for the ids of the kinds of relationships.
func (s *site) kinds(ctx context.Context, op string) (terms, error) {
	var list []struct {
		ID   int64
		Slug string
	}
	_, err := s.call(ctx, rest.Call{
		Op: op, Path: "/wp/v2/relationship_type", Into: &list,
		Query: url.Values{"slug": {"child"}, "per_page": {"100"}, "_fields": {"id,slug"}},
	})
	if err != nil {
		return terms{}, err
	}
	for _, t := range list {
		if t.Slug == "child" && t.ID > 0 {
			return terms{child: strconv.FormatInt(t.ID, 10)}, nil
		}
	}
	return terms{}, s.fail(op, connector.Drifted, "", "no relationship type with the slug child")
}

// known returns the site's shape as it was last asked for; nil before.
func (s *site) known() (*shape, terms) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shape, s.terms
}

// ready returns the site's shape, asked for if nobody has yet.
func (s *site) ready(ctx context.Context, op string) (*shape, terms, error) {
	if known, t := s.known(); known != nil {
		return known, t, nil
	}
	if err := s.ask(ctx, op); err != nil {
		return nil, terms{}, err
	}
	known, t := s.known()
	return known, t, nil
}

// Shape returns how the site was when it was last asked.
func (s *site) Shape() string {
	if known, _ := s.known(); known != nil {
		return known.String()
	}
	return ""
}
