package partnercenter

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Retry says how often and for how long what failed for a while is tried again:
// 408, 429, 500, 502, 503 and 504, and connections that broke. Writes too, since
// each goes under one request id and happens once. What is refused is not.
type Retry struct {
	// Attempts is how often a call is sent at most; 1 is never again. The default
	// is five.
	Attempts int
	// Base is what the first pause is at most; each further one is at most twice
	// the one before it. The default is half a second.
	Base time.Duration
	// Max is what any pause is at most, unless the service asks for a longer one.
	// The default is half a minute.
	Max time.Duration
	// Within is when no further attempt begins, counted from the first. The
	// default is two minutes.
	Within time.Duration
}

func (r Retry) orDefaults() Retry {
	return Retry{
		Attempts: cmp.Or(max(0, r.Attempts), 5),
		Base:     cmp.Or(max(0, r.Base), 500*time.Millisecond),
		Max:      cmp.Or(max(0, r.Max), 30*time.Second),
		Within:   cmp.Or(max(0, r.Within), 2*time.Minute),
	}
}

// pause says how long to wait after a failed attempt, and whether to try again
// at all.
func (r Retry) pause(err error, attempt int, passed time.Duration) (time.Duration, bool) {
	if attempt >= r.Attempts || !isTemporary(err) {
		return 0, false
	}
	pause := r.backoff(attempt)
	if told := toldAfter(err); told > 0 {
		// Nobody comes back before the time, nor all at once.
		pause = told + rand.N(r.Base)
	}
	return pause, passed+pause <= r.Within
}

// toldAfter is what a refusal, the issuer's too, says of when to come back.
func toldAfter(err error) time.Duration {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.RetryAfter
	}
	var unsigned *SignInError
	if errors.As(err, &unsigned) {
		return unsigned.RetryAfter
	}
	return 0
}

// backoff is anything up to twice the longest pause before it.
func (r Retry) backoff(attempt int) time.Duration {
	most := r.Base
	for range min(attempt-1, 30) {
		most = min(2*most, r.Max)
	}
	return rand.N(max(most, 1))
}

func isTemporary(err error) bool {
	var failed interface{ Temporary() bool }
	return errors.As(err, &failed) && failed.Temporary()
}

// hopeless tells what no second attempt mends: a certificate that is not
// trusted, a name that does not exist, an address that cannot be called, and what
// a transport says is so.
func hopeless(err error) bool {
	var final interface{ Permanent() bool }
	if errors.As(err, &final) && final.Permanent() {
		return true
	}
	var (
		untrusted *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		name      *net.DNSError
		record    tls.RecordHeaderError
		address   *net.AddrError
	)
	return errors.As(err, &untrusted) || errors.As(err, &authority) || errors.As(err, &record) || errors.As(err, &address) ||
		errors.As(err, &name) && name.IsNotFound
}

// retryBudget keeps a service that is down from being called several times as
// often as one that is up: ten calls that succeed pay for one second attempt.
type retryBudget struct {
	mu   sync.Mutex
	left float64
}

const (
	mostRetries = 50
	retryIncome = 0.1
)

func newRetryBudget() *retryBudget { return &retryBudget{left: mostRetries} }

func (b *retryBudget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(mostRetries, b.left+retryIncome)
}

func (b *retryBudget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
