package commerce

import "context"

// AppRegistration is what an app has registered with the embedded authority:
// where people may be sent back to, and what it proves itself with beside its
// secret.
type AppRegistration struct {
	World   string
	Partner string
	App     string
	// RedirectURIs count letter by letter.
	RedirectURIs []string
	// Certificates are X.509, in DER.
	Certificates [][]byte
	// SingleUse assertions are refused when they come a second time.
	SingleUse bool
}

// AppRegistrationTable keeps what apps have registered.
type AppRegistrationTable interface {
	// Put keeps a registration in the place of the app's last one; without the
	// app's account it is ErrMissing.
	Put(ctx context.Context, r AppRegistration) error
	ByApp(ctx context.Context, world, partner, app string) (AppRegistration, error)
}
