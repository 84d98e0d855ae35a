package commerce

import (
	"context"
	"time"
)

// RefreshToken is what the embedded authority remembers of one: its hash and
// for whom it stands.
type RefreshToken struct {
	// Hash is the SHA-256 of the token, in hex; the token itself is not kept.
	Hash    string
	World   string
	Partner string
	// User signed in with App.
	User string
	App  string
	MFA  bool
	// IssuedAt and ExpiresAt are world time.
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// RefreshTokenTable keeps refresh tokens.
type RefreshTokenTable interface {
	Insert(ctx context.Context, t RefreshToken) error
	ByHash(ctx context.Context, hash string) (RefreshToken, error)
}
