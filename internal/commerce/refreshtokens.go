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
	// Confidential tokens were given to an app that had proved itself; it has to
	// do so again.
	Confidential bool
	// Family names the sign-in from which the token and those before it stem.
	Family string
	// Audience and Scope are what the sign-in was for: empty where it named none.
	Audience string
	Scope    string
	// IssuedAt and ExpiresAt are world time, and so is SpentAt: when the token
	// was exchanged for the next one; nil for a family's last.
	IssuedAt  time.Time
	ExpiresAt time.Time
	SpentAt   *time.Time
}

// RefreshTokenTable keeps refresh tokens.
type RefreshTokenTable interface {
	Insert(ctx context.Context, t RefreshToken) error
	ByHash(ctx context.Context, hash string) (RefreshToken, error)
	// Spend notes when a token was exchanged; it says false, and changes
	// nothing, where that was noted before or there is no such token.
	Spend(ctx context.Context, hash string, at time.Time) (bool, error)
	// EndFamily removes all tokens of one sign-in.
	EndFamily(ctx context.Context, world, family string) error
	// RemoveSpent removes a world's spent tokens that have expired by then.
	RemoveSpent(ctx context.Context, world string, by time.Time) error
}
