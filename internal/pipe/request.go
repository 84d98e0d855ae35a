package pipe

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// Request is a request that was admitted: its actor may make this call on this
// customer.
type Request struct {
	*http.Request
	Actor commerce.Actor
	// The ids of the path, well formed; empty where the path names none.
	Customer, Subscription, Order, Cart string
	Product, SKU, Availability          string
	Query                               Query
	// Operator is who shows the key, on the rows that take one.
	Operator commerce.Operator

	// own says that the row is.
	own     bool
	content []byte
	// right is what the request's write is to ask; nil: it was asked before.
	right *commerce.Right
}

// Caller is who asks for a write, with the ids that the request came with. Its
// key stands for the same request in another attempt: the same caller, call,
// request id and body (decision 14).
func (r *Request) Caller() commerce.Caller {
	x := exchangeOf(r.Request)
	by := commerce.Caller{
		Actor: r.Actor, RequestID: x.requestID[0], CorrelationID: x.correlationID[0], Right: r.right,
		Customer: r.Customer, Subscription: r.Subscription,
	}
	if !x.named {
		return by
	}
	sum := sha256.New()
	for _, part := range []string{
		r.Actor.Partner.ID, cmp.Or(r.Actor.User, r.Actor.App), r.Method, strings.ToLower(strings.Join(segments(r.URL.Path), "/")), x.requestID[0], string(r.content),
	} {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	by.Key = hex.EncodeToString(sum.Sum(nil))
	return by
}

// Content is the body as it came.
func (r *Request) Content() []byte { return r.content }

func segments(path string) []string {
	return strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
}

// Reply is what a handler answers with success.
type Reply struct {
	// Body is a resource of partnercenter; nil: the answer has none.
	Body any
	// Status is 200 when it is 0.
	Status int
	// Stream, in the place of a body, writes lines of JSON as they come; what fails
	// before the first is refused.
	Stream func(io.Writer) error
	// Outlook, on the core calls, says when the answer can next be different.
	Outlook *commerce.Outlook
	// Holds, where there is no outlook, is how long the answer stays as it is while
	// nobody writes; 0: it may be another at once.
	Holds time.Duration
}

// maxID is the most that an id of no fixed form may have.
const maxID = 128

func (r *Request) readIDs() error {
	r.Customer, r.Subscription = r.PathValue("customer"), r.PathValue("subscription")
	if r.Customer != "" && !IsGUID(r.Customer) {
		return partnercenter.ErrCustomerID.About("customer-id")
	}
	if r.Subscription != "" && !IsGUID(r.Subscription) {
		return partnercenter.ErrInput.About("subscription-id")
	}
	for _, id := range []struct {
		name string
		into *string
	}{{"order", &r.Order}, {"cart", &r.Cart}, {"product", &r.Product}, {"sku", &r.SKU}, {"availability", &r.Availability}} {
		*id.into = r.PathValue(id.name)
		if !isVisible(*id.into) || len(*id.into) > maxID {
			return partnercenter.ErrInput.About(id.name + "-id")
		}
	}
	return nil
}

// IsGUID says whether the text is a GUID in the form that the documents use:
// 8-4-4-4-12 hex digits.
func IsGUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		c := text[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return false
			}
		}
	}
	return true
}

func isVisible(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
