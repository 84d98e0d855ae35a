package authority

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"provost/internal/commerce"
)

// refusal is an answer of Entra's kind: OAuth's word for what is wrong and
// Entra's number for it. The text is our own.
type refusal struct {
	status int
	word   string
	number int
	text   string
}

func (e *refusal) Error() string { return fmt.Sprintf("AADSTS%d: %s", e.number, e.text) }

func refuse(status int, word string, number int, text string, args ...any) error {
	return &refusal{status: status, word: word, number: number, text: fmt.Sprintf(text, args...)}
}

// What is refused in more than one place. An unknown app and a wrong secret
// are one answer, and so are an unknown user and a wrong password.
var (
	errClient = refuse(http.StatusUnauthorized, "invalid_client", 7000215,
		"The client_secret is wrong, or there is no such client_id in the tenant. GET /provost/v1/accounts lists those there are.")
	errUser = refuse(http.StatusBadRequest, "invalid_grant", 50126,
		"The password is wrong, or there is no such username in the tenant. GET /provost/v1/accounts lists those there are.")
	errRefresh = refuse(http.StatusBadRequest, "invalid_grant", 70000,
		"The refresh token is not one that this client was given in this tenant.")
	errReused = refuse(http.StatusBadRequest, "invalid_grant", 70000,
		"The refresh token was used before: one of its two holders is not who it was given to, so that its whole family has ended. Sign in again.")
	errNoProof = refuse(http.StatusUnauthorized, "invalid_client", 7000218,
		"The request must contain the parameter 'client_assertion' or 'client_secret'.")
	errBusy = refuse(http.StatusServiceUnavailable, "temporarily_unavailable", 90033,
		"Too many sign-ins are under way. Try again in some minutes.")
	errAmbiguous = refuse(http.StatusBadRequest, "invalid_request", 50059,
		"The account exists in several tenants: sign in at the address of its own.")
)

func errUnknownTenant(tenant string) error {
	return refuse(http.StatusBadRequest, "invalid_request", 90002,
		"Tenant '%s' not found among the partners of development worlds. GET /provost/v1/accounts lists them.", clip(tenant))
}

func errMissing(parameter string) error {
	return refuse(http.StatusBadRequest, "invalid_request", 900144,
		"The request body must contain the following parameter: '%s'.", parameter)
}

// errorAnswer is Entra's error body.
type errorAnswer struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	Timestamp     string `json:"timestamp"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
}

// fail answers with what was refused; what failed is logged and stays here.
func (a *Authority) fail(w http.ResponseWriter, r *http.Request, err error) {
	refused, answer := a.refusalOf(w, r, err)
	if refused.status == http.StatusUnauthorized {
		scheme := `Basic realm="Provost"`
		if refused.word == "invalid_token" {
			scheme = `Bearer error="invalid_token"`
		}
		w.Header().Set("WWW-Authenticate", scheme)
		w.Header().Set("Provost-Explain", a.explain(refused.text+" A token of a demo account: provost token"))
	}
	if err := writeJSON(w, refused.status, answer); err != nil {
		a.log.ErrorContext(r.Context(), "cannot answer", "correlationId", answer.CorrelationID, "error", err)
	}
}

// refusalOf is what is told of an error.
func (a *Authority) refusalOf(w http.ResponseWriter, r *http.Request, err error) (*refusal, errorAnswer) {
	correlation := r.Header.Get("client-request-id")
	if !isGUID(correlation) {
		correlation = uuid.NewString()
	}
	var refused *refusal
	if !errors.As(err, &refused) {
		a.log.ErrorContext(r.Context(), "a token endpoint failed", "correlationId", correlation, "error", err)
		refused = &refusal{http.StatusInternalServerError, "server_error", 90033, "The service failed. The correlation id finds the cause in its log."}
		if errors.Is(err, commerce.ErrUnavailable) {
			w.Header().Set("Retry-After", "1")
			refused = &refusal{http.StatusServiceUnavailable, "temporarily_unavailable", 90033, "The service cannot answer right now. Try again."}
		}
	}
	trace, now := uuid.NewString(), a.now().UTC().Format("2006-01-02 15:04:05Z")
	return refused, errorAnswer{
		Error: refused.word,
		Description: fmt.Sprintf("%s Trace ID: %s Correlation ID: %s Timestamp: %s",
			refused.Error(), trace, correlation, now),
		Codes: []int{refused.number}, Timestamp: now, TraceID: trace, CorrelationID: correlation,
	}
}

// clip makes a caller's own words fit to be repeated.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if runes := []rune(s); len(runes) > 100 {
		s = string(runes[:100]) + "…"
	}
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c == 0x7f {
			return '?'
		}
		return c
	}, s)
}

func isGUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }
