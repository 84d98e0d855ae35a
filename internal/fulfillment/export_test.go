package fulfillment

import "time"

// Understand, Wait and RetryAfter are what a request's answer comes to.
var (
	Understand = understand
	Wait       = wait
	RetryAfter = retryAfter
)

// SetPatience says how long the system may take to answer.
func (h *HTTP) SetPatience(d time.Duration) { h.patience = d }

// Meaning is an answer in words.
func (a answer) Meaning() string {
	switch {
	case a.refused != "":
		return "refused: " + a.refused
	case a.forgot:
		return "forgot"
	case a.failed != nil:
		return "failed: " + a.failed.Error()
	case a.known:
		return "known"
	}
	return "nothing"
}
