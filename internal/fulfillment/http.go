package fulfillment

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"provost/internal/commerce"
	"provost/internal/wall"
	"provost/partnercenter"
)

const (
	// callTime is how long an outside system may take to answer one request.
	callTime = 20 * time.Second
	// maxAnswer is how much of an answer is read.
	maxAnswer = 1 << 20
	// DefaultTries is how many tries in a row may fail: with the waits between
	// them, about ten hours.
	DefaultTries = 30
	longestWait  = 30 * time.Minute
	usualPoll    = 30 * time.Second
	longestPoll  = time.Hour
)

// HTTP is an outside system that carries changes out, as it is asked over HTTP
// (api/provisioner.yaml).
type HTTP struct {
	// URL is what its changes' addresses begin with, without a slash at the end.
	URL     string
	Secrets Secrets
	// Tries is how many in a row may fail before a change does; 0: DefaultTries.
	Tries int

	client http.Client
	// patience is how long it may take to answer.
	patience time.Duration
}

// order is a change as the outside system is told of it.
type order struct {
	ID             string              `json:"id"`
	World          string              `json:"world"`
	Kind           commerce.ChangeKind `json:"kind"`
	AskedAt        partnercenter.Time  `json:"askedAt"`
	CustomerID     string              `json:"customerId"`
	OrderID        string              `json:"orderId,omitempty"`
	LineItemNumber *int                `json:"lineItemNumber,omitempty"`
	SubscriptionID string              `json:"subscriptionId"`
	OfferID        string              `json:"offerId"`
	OfferName      string              `json:"offerName,omitempty"`
	ProductID      string              `json:"productId,omitempty"`
	SKUID          string              `json:"skuId,omitempty"`
	ProvisioningID string              `json:"provisioningId,omitempty"`
	QuantityBefore int                 `json:"quantityBefore"`
	QuantityAfter  int                 `json:"quantityAfter"`
	Quantity       int                 `json:"quantity"`
	Portions       []portion           `json:"portions"`
	Callback       string              `json:"callback"`
}

// portion is a part of a change's quantity that was decided.
type portion struct {
	Quantity int                            `json:"quantity"`
	Status   partnercenter.FulfillmentState `json:"status"`
	Reason   string                         `json:"reason,omitempty"`
}

// said is what an outside system says of a change.
type said struct {
	// Portions are all that it has decided so far, in their order.
	Portions []portion `json:"portions"`
	// Reason is why it refuses.
	Reason string `json:"reason"`
}

func (s said) decided() []commerce.Portion {
	var all []commerce.Portion
	for _, p := range s.Portions {
		if p.Status != partnercenter.PrefulfillmentPending {
			all = append(all, commerce.Portion(p))
		}
	}
	return all
}

func orderOf(work commerce.Work, callback string) order {
	c := work.Change
	o := order{
		ID: c.ID, World: c.World, Kind: c.Kind, AskedAt: partnercenter.At(c.AskedAt), CustomerID: c.Customer, OrderID: c.Order,
		SubscriptionID: c.Subscription, OfferID: c.Offer, OfferName: work.Offer.Name, ProductID: work.Offer.ProductID, SKUID: work.Offer.SKUID,
		ProvisioningID: work.Offer.ProvisioningID, QuantityBefore: c.Before, QuantityAfter: c.Asked, Quantity: c.Asked - c.Before,
		Portions: []portion{}, Callback: callback,
	}
	if c.Order != "" {
		o.LineItemNumber = &c.Line
	}
	for _, p := range c.Portions {
		if p.Status != partnercenter.PrefulfillmentPending {
			o.Portions = append(o.Portions, portion(p))
		}
	}
	return o
}

// answer is what a request came to.
type answer struct {
	// known: the system has taken the change on.
	known bool
	// forgot: it has not, though it had.
	forgot bool
	// refused is why it never will; empty: it has not refused.
	refused string
	// failed is what is to be tried again; nil: nothing.
	failed error
	said   said
	after  time.Duration // what Retry-After asks for; 0: it does not
}

// ask puts a change to the outside system, or asks how far it has come.
func (h *HTTP) ask(ctx context.Context, work commerce.Work, known bool, callback string) answer {
	ctx, cancel := context.WithTimeout(ctx, h.patience)
	defer cancel()
	method, body := http.MethodGet, []byte(nil)
	if !known {
		var err error
		if body, err = json.Marshal(orderOf(work, callback)); err != nil {
			return answer{failed: fmt.Errorf("write a change down: %w", err)}
		}
		method = http.MethodPut
	}
	request, err := http.NewRequestWithContext(ctx, method, h.URL+"/"+strings.ToLower(work.Change.ID), bytes.NewReader(body))
	if err != nil {
		return answer{failed: err}
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "Provost")
	request.Header.Set(SignatureHeader, h.Secrets.Sign(wall.Now(), work.Change.ID, body))
	response, err := h.client.Do(request)
	if err != nil {
		return answer{failed: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return answer{failed: fmt.Errorf("read the answer: %w", err)}
	}
	return understand(method, response.StatusCode, response.Header, text)
}

// understand takes an answer for what it means.
func understand(method string, status int, header http.Header, body []byte) answer {
	a := answer{after: retryAfter(header.Get("Retry-After"), wall.Now())}
	words := strings.TrimSpace(string(body))
	unreadable := error(nil)
	switch {
	case len(body) > maxAnswer:
		unreadable = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	case words != "":
		unreadable = json.Unmarshal(body, &a.said)
	}
	switch {
	case status == http.StatusOK || status == http.StatusCreated:
		if words == "" {
			unreadable = errors.New("there is no body; 202 says that there is nothing to tell yet")
		} else if unreadable == nil && a.said.Portions == nil {
			unreadable = errors.New("it has no member portions")
		}
		fallthrough
	case status == http.StatusAccepted || status == http.StatusNoContent:
		a.known = unreadable == nil
		if unreadable != nil {
			a.failed = fmt.Errorf("it answered %d, and its body cannot be read: %w", status, unreadable)
		}
	case method == http.MethodGet && (status == http.StatusNotFound || status == http.StatusGone):
		a.forgot = true
		a.failed = fmt.Errorf("it does not know the change any more (%d)", status)
	case status == http.StatusUnauthorized:
		// It says of us, not of the change, that something is wrong.
		a.failed = errors.New("it does not believe the signature (401): are the secret and the clock the same on both sides?")
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500:
		a.failed = fmt.Errorf("it answered %d", status)
	case status >= 400:
		a.refused = cmp.Or(a.said.Reason, fmt.Sprintf("The delivery was refused (HTTP %d).", status))
	default:
		a.failed = fmt.Errorf("it answered %d; redirects are not followed: name the address where it is", status)
	}
	return a
}

// retryAfter reads seconds, or an HTTP date.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(max(1, time.Duration(seconds))*time.Second, longestPoll)
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return min(at.Sub(now), longestPoll)
	}
	return 0
}

// wait is how long to wait after so many failures in a row.
func wait(failures int, asked time.Duration) time.Duration {
	pause := longestWait
	if failures < 12 {
		pause = min(longestWait, time.Second<<(failures-1))
	}
	pause += time.Duration(rand.Int64N(int64(pause)/5+1)) - pause/10
	return max(pause, asked)
}

// NewHTTP gives an outside system. It follows no redirect: a signed request is
// for one address.
func NewHTTP(url string, secrets Secrets, tries int) *HTTP {
	return &HTTP{
		URL: strings.TrimRight(url, "/"), Secrets: secrets, Tries: cmp.Or(tries, DefaultTries), patience: callTime,
		client: http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}
