package pipe

import (
	"net/http"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// Request is a request that was admitted: its actor may make this call on this
// customer.
type Request struct {
	*http.Request
	Actor commerce.Actor
	// The ids of the path, well formed; empty where the path names none.
	Customer, Subscription, Order string
	Product, SKU, Availability    string
	Query                         Query
	// Operator is who shows the key, on the rows that take one.
	Operator commerce.Operator

	// own says that the row is.
	own     bool
	content []byte
}

// Reply is what a handler answers with success.
type Reply struct {
	// Body is a resource of partnercenter.
	Body any
	// Status is 200 when it is 0; 204 has no body.
	Status int
	// Outlook, on the core calls, says when the answer can next be different.
	Outlook *commerce.Outlook
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
	}{{"order", &r.Order}, {"product", &r.Product}, {"sku", &r.SKU}, {"availability", &r.Availability}} {
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
