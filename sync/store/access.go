package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Role says what the bearer of a token may do.
type Role string

// The roles. Each may do what the one before may.
const (
	Viewer   Role = "viewer"   // looks, with values and keys masked
	Operator Role = "operator" // sees values, runs, applies, cancels
	Admin    Role = "admin"    // the rest
)

// Roles lists the roles, smallest first.
var Roles = [...]Role{Viewer, Operator, Admin}

// Rank is 1, 2 or 3, and 0 for what is no role.
func (r Role) Rank() int {
	for i, known := range Roles {
		if r == known {
			return i + 1
		}
	}
	return 0
}

// What can be wrong with a token.
var (
	ErrTokenUnknown = errors.New("token is unknown")
	ErrTokenExpired = errors.New("token has expired")
	ErrTokenRevoked = errors.New("token is revoked")
)

// Access keeps the tokens of the API.
type Access struct {
	pool *pgxpool.Pool
	now  func() time.Time
}

// NewAccess returns the tokens of a database.
func NewAccess(pool *pgxpool.Pool, now func() time.Time) *Access {
	return &Access{pool: pool, now: now}
}

// tokenPrefix lets a token that lies about be recognised as one.
const tokenPrefix = "tl_"

// Create makes a token and returns it. It is not kept: only its hash is, so
// this is the one time that it can be shown.
func (a *Access) Create(ctx context.Context, name string, role Role, lifetime time.Duration, by Actor) (string, Token, error) {
	switch {
	case role.Rank() == 0:
		return "", Token{}, fmt.Errorf("create token: role %q is none of viewer, operator, admin", role)
	case lifetime <= 0:
		return "", Token{}, errors.New("create token: the lifetime must be above zero")
	case name == "":
		return "", Token{}, errors.New("create token: a name is needed")
	}
	random := make([]byte, 32)
	rand.Read(random) // never fails
	secret := tokenPrefix + base64.RawURLEncoding.EncodeToString(random)
	now := a.now()
	var made Token
	err := pgx.BeginFunc(ctx, a.pool, func(tx pgx.Tx) (err error) {
		made, err = New(tx).InsertToken(ctx, InsertTokenParams{
			Hash: tokenHash(secret), Name: name, Role: string(role),
			CreatedAt: now, ExpiresAt: now.Add(lifetime),
		})
		if err != nil {
			return err
		}
		return AppendAudit(ctx, tx, now, Act{By: by, Action: "CreateToken", Target: tokenTarget(made.ID), Reason: string(role)})
	})
	if err != nil {
		return "", Token{}, fmt.Errorf("create token: %w", err)
	}
	return secret, made, nil
}

// Token returns what is known of a token that a caller has shown, or one of
// the errors above.
func (a *Access) Token(ctx context.Context, secret string) (Token, error) {
	t, err := New(a.pool).TokenByHash(ctx, tokenHash(secret))
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Token{}, ErrTokenUnknown
	case err != nil:
		return Token{}, fmt.Errorf("look up token: %w", err)
	case t.RevokedAt != nil:
		return Token{}, ErrTokenRevoked
	case !a.now().Before(t.ExpiresAt):
		return Token{}, ErrTokenExpired
	}
	return t, nil
}

// List returns all tokens ever made, oldest first.
func (a *Access) List(ctx context.Context) ([]Token, error) {
	return New(a.pool).ListTokens(ctx)
}

// Revoke ends a token. A token that is revoked already stays as it is.
func (a *Access) Revoke(ctx context.Context, id int64, by Actor) (Token, error) {
	var t Token
	err := pgx.BeginFunc(ctx, a.pool, func(tx pgx.Tx) (err error) {
		now := a.now()
		if t, err = New(tx).RevokeToken(ctx, id, now); err != nil {
			return err
		}
		return AppendAudit(ctx, tx, now, Act{By: by, Action: "RevokeToken", Target: tokenTarget(id)})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Token{}, ErrTokenUnknown
	}
	return t, err
}

func tokenTarget(id int64) string { return fmt.Sprintf("token %d", id) }

func tokenHash(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}
