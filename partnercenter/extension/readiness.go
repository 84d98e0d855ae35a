package extension

import "provost/partnercenter"

// ReadinessPath is where a server says whether it can serve.
const ReadinessPath = "/readyz"

// ReadyState is how a server, or a part of it, stands.
type ReadyState string

// The states. An issuer is stale that cannot be asked and whose last keys go
// on. Stopping is the server's alone, as a whole.
const (
	Ready       ReadyState = "ready"
	Stale       ReadyState = "stale"
	Unavailable ReadyState = "unavailable"
	Stopping    ReadyState = "stopping"
)

// Readiness says whether a server can serve, and how its parts stand. It is
// ready when its store is, and one issuer whose keys it has. The status is 200
// when it is ready, else 503.
//
// GET /readyz
type Readiness struct {
	// Status is the server's as a whole.
	Status ReadyState `json:"status"`
	// Store says whether the store can be asked: Ready or Unavailable.
	Store ReadyState `json:"store"`
	// Issuers are those whose keys are fetched: a development server has none,
	// since it is its own.
	Issuers []IssuerReadiness `json:"issuers"`
	// Failing is how much was due and failed; it is tried again, and the log says
	// why.
	Failing int `json:"failing,omitempty"`
}

// IssuerReadiness says how an issuer stands.
type IssuerReadiness struct {
	// URL is its name in its tokens.
	URL string `json:"url"`
	// Status is Ready, Stale, or Unavailable: its tokens are refused.
	Status ReadyState `json:"status"`
	// Since when it cannot be asked, in real time; absent: it answers, or is yet
	// to be asked.
	Since *partnercenter.Time `json:"since,omitempty"`
}
