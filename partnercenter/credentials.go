package partnercenter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Token is a bearer token. It shows itself in no log.
type Token struct {
	// Value is what goes into the Authorization header after "Bearer".
	Value string
	// Expires is when it stops being good; the zero time means that nobody knows.
	Expires time.Time
}

// String tells when the token expires, and not what it is.
func (t Token) String() string {
	if t.Expires.IsZero() {
		return "a token"
	}
	return "a token until " + t.Expires.UTC().Format(time.RFC3339)
}

// GoString is as String.
func (t Token) GoString() string { return t.String() }

// LogValue is as String.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// TokenSource gives tokens. It is asked when the last one is about to expire, and
// never by two at once.
type TokenSource interface {
	Token(ctx context.Context) (Token, error)
}

// TokenFunc is a [TokenSource] made of a function.
type TokenFunc func(ctx context.Context) (Token, error)

// Token calls the function.
func (f TokenFunc) Token(ctx context.Context) (Token, error) { return f(ctx) }

// StaticToken gives one token for ever: for a script, and for tests. Spaces and
// line ends around it, as files have them, are left out.
func StaticToken(value string) TokenSource {
	value = strings.TrimSpace(value)
	return TokenFunc(func(context.Context) (Token, error) {
		if value == "" {
			return Token{}, errors.New("the static token is empty")
		}
		if sendable(http.Header{"": {value}}) != nil {
			return Token{}, errors.New("the static token has a control character inside, such as the line end of one that was pasted in two lines: it is one line")
		}
		return Token{Value: value}, nil
	})
}

// tokens keep the last token of a source until it is about to expire.
type tokens struct {
	source TokenSource
	// asking holds the place of the one who asks the source.
	asking chan struct{}
	kept   atomic.Pointer[keptToken]
	// dropped is when a token was last forgotten because it was not accepted; mu lets
	// one at a time do so.
	mu      sync.Mutex
	dropped time.Time
}

type keptToken struct {
	Token
	until time.Time
}

// tokenMargin is how long before it expires a token is renewed: what is on its
// way then still arrives with a good one.
const tokenMargin = 2 * time.Minute

func newTokens(source TokenSource) *tokens {
	return &tokens{source: source, asking: make(chan struct{}, 1)}
}

// get gives a token, and whether it has been used before.
func (t *tokens) get(ctx context.Context) (token Token, kept bool, err error) {
	if known, ok := t.known(); ok {
		return known, true, nil
	}
	select {
	case t.asking <- struct{}{}:
		defer func() { <-t.asking }()
	case <-ctx.Done():
		return Token{}, false, context.Cause(ctx)
	}
	if known, ok := t.known(); ok {
		return known, true, nil
	}
	token, err = t.source.Token(ctx)
	if err != nil {
		return Token{}, false, err
	}
	switch {
	case token.Value == "":
		return Token{}, false, fmt.Errorf("%T gave an empty token", t.source)
	case sendable(http.Header{"": {token.Value}}) != nil:
		return Token{}, false, fmt.Errorf("%T gave a token with a control character in it, such as a line end: it is to be trimmed", t.source)
	}
	now := time.Now()
	fresh := &keptToken{Token: token, until: now.Add(24 * time.Hour)}
	if !token.Expires.IsZero() {
		// Also where the clocks differ, each new token is used once at least.
		fresh.until = token.Expires.Add(-min(tokenMargin, max(0, token.Expires.Sub(now)/4)))
	}
	t.kept.Store(fresh)
	return token, false, nil
}

func (t *tokens) known() (Token, bool) {
	kept := t.kept.Load()
	if kept == nil || !time.Now().Before(kept.until) {
		return Token{}, false
	}
	return kept.Token, true
}

// dropEvery is how often a token is replaced because it was not accepted. A
// service that accepts none is not helped by a new one for each call.
const dropEvery = 10 * time.Second

// drop forgets a token that is not accepted any more, and says whether another one
// can be had.
func (t *tokens) drop(refused Token) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept := t.kept.Load()
	if kept == nil || kept.Value != refused.Value {
		return true // somebody else was first
	}
	now := time.Now()
	if !t.dropped.IsZero() && now.Sub(t.dropped) < dropEvery {
		return false
	}
	t.dropped = now
	t.kept.CompareAndSwap(kept, nil)
	return true
}
