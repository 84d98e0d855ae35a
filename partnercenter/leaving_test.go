package partnercenter_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"provost/partnercenter"
)

// slowly is a body that comes a byte a second.
type slowly struct {
	ctx  context.Context
	rest string
}

func (s *slowly) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
	if s.rest == "" {
		return 0, io.EOF
	}
	n := copy(p, s.rest[:1])
	s.rest = s.rest[1:]
	return n, nil
}

func (s *slowly) Close() error { return nil }

// slow answers after two seconds, in a body that comes slowly.
func slow(status int, body string, header ...string) trip {
	return func(r *http.Request) (*http.Response, error) {
		select {
		case <-time.After(2 * time.Second):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		res := answer(r, status, "", header...)
		res.Body = &slowly{r.Context(), body}
		return res, nil
	}
}

// Whoever leaves, at whatever instant, is let go at that instant, and leaves nobody
// behind.
func TestCallersWhoLeaveAreLetGoAtOnce(t *testing.T) {
	const pending = `{"status":"pending"}`
	calls := map[string]func(context.Context, *partnercenter.Partner) error{
		"get": func(ctx context.Context, p *partnercenter.Partner) error { _, err := statusOf(p).Get(ctx); return err },
		"wait": func(ctx context.Context, p *partnercenter.Partner) error {
			_, err := statusOf(p).Wait(ctx, partnercenter.WaitOptions{})
			return err
		},
		"watch": func(ctx context.Context, p *partnercenter.Partner) (last error) {
			for _, err := range statusOf(p).Watch(ctx, partnercenter.WaitOptions{}) {
				last = err
			}
			return last
		},
		"list": func(ctx context.Context, p *partnercenter.Partner) (last error) {
			for _, err := range p.Customers.List(ctx, partnercenter.CustomerQuery{}) {
				last = err
			}
			return last
		},
		"update": func(ctx context.Context, p *partnercenter.Partner) error {
			_, err := p.Customers.ByID("c").Subscriptions.ByID("s").Update(ctx, func(*partnercenter.Subscription) error { return nil })
			return err
		},
		"many": func(ctx context.Context, p *partnercenter.Partner) (last error) {
			refs := make([]partnercenter.SubscriptionRef, 40)
			for i := range refs {
				refs[i] = partnercenter.SubscriptionRef{CustomerID: "c", SubscriptionID: "s"}
			}
			for _, result := range p.StatusMany(ctx, refs, partnercenter.WaitOptions{}) {
				last = result.Err
			}
			return last
		},
	}
	services := map[string]trip{
		"pending for ever": slow(200, pending), "pending, as it says": slow(200, pending, "Retry-After", "5"), "down": slow(503, "down"),
		"throttled": slow(429, "", "Retry-After", "7"), "stale": slow(400, `{"code":2055}`), "stalled": slow(200, strings.Repeat(" ", 10_000)),
		"pages without end": slow(200, `{"items":[],"links":{"next":{"uri":"/customers?x="}}}`),
	}
	for name, call := range calls {
		for state, service := range services {
			for leaves := 500 * time.Millisecond; leaves < 100*time.Second; leaves = leaves*5/4 + time.Millisecond {
				synctest.Test(t, func(t *testing.T) {
					source := partnercenter.TokenFunc(func(ctx context.Context) (partnercenter.Token, error) {
						select {
						case <-time.After(2 * time.Second):
							return partnercenter.Token{Value: "x"}, nil
						case <-ctx.Done():
							return partnercenter.Token{}, ctx.Err()
						}
					})
					partner := alone(t, service, func(o *partnercenter.Options) { o.Credential, o.Retry = source, partnercenter.Retry{} })
					ctx, cancel := context.WithCancelCause(t.Context())
					mine := errors.New("mine")
					time.AfterFunc(leaves, func() { cancel(mine) })
					began := time.Now()
					err := call(ctx, partner)
					took := time.Since(began)
					if took > leaves || took == leaves && !errors.Is(err, context.Canceled) && !errors.Is(err, mine) {
						t.Errorf("%s of a service that is %s, left after %v: %v after %v", name, state, leaves, err, took)
					}
				})
			}
		}
	}
}
