package partnercenter

import (
	"fmt"
	"slices"
	"strings"
)

// Error is a refusal, as the service words it (reference 4.1, form A) and as
// it is compared on both sides of the wire:
//
//	errors.Is(err, partnercenter.ErrSubscriptionNotFound)
type Error struct {
	// StatusCode is the HTTP status; it travels in the status line.
	StatusCode int `json:"-"`
	// Code is the service's number for the refusal, as text.
	Code string `json:"code"`
	// Description is for people; at most 1024 characters.
	Description string `json:"description"`
	// Data names what the refusal is about: ids, members, words.
	Data []string `json:"data"`
	// Source names the service that refused.
	Source string `json:"source"`
}

// Error says what was refused and the service's code for it.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s (%d, code %s)", e.Description, e.StatusCode, e.Code)
	if len(e.Data) > 0 {
		text += ": " + strings.Join(e.Data, ", ")
	}
	return text
}

// Is says whether the target is the same refusal, whatever it is about.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.StatusCode == e.StatusCode && other.Code == e.Code
}

// About returns the refusal with what it is about as its data.
func (e *Error) About(data ...string) *Error {
	about := *e
	about.Data = append([]string{}, data...)
	return &about
}

// The catalogue: every refusal that the service gives. Codes are those of
// reference 4.3 to 4.5; where the documents know no number, the code is the
// HTTP status.
var (
	ErrUnauthenticated = refusal(401, "800001", "The request carries no valid partner token.")
	ErrAudience        = refusal(401, "900420", "The token was issued for an audience that is no longer accepted.")
	ErrMFARequired     = refusal(401, "900421", "The user's token shows no multifactor authentication.")

	ErrOperatorKey = refusal(401, "401", "The request carries no valid operator key.")

	ErrNoRelationship = refusal(403, "20002", "The partner has no relationship with the customer.")
	ErrRole           = refusal(403, "900150", "The caller's role does not allow this operation.")
	ErrPrivileges     = refusal(403, "900308", "The caller lacks delegated admin permission on the customer.")
	ErrAppOnly        = refusal(403, "900329", "The resource does not accept app-only tokens.")
	ErrMarket         = refusal(403, "400036", "The catalogue is not sold in this country.")
	ErrAccessDenied   = refusal(403, "2032", "Access denied.")

	ErrInput      = refusal(400, "800002", "The request has a missing or invalid input.")
	ErrCustomerID = refusal(400, "900118", "The customer id is not valid.")
	ErrEnum       = refusal(400, "900126", "A value is none of the words that are allowed there.")
	ErrView       = refusal(400, "400056", "There is no such view of the catalogue, or it does not go together with the rest of the question.")
	ErrFilter     = refusal(400, "2000", "The filter is not valid.")

	ErrStale        = refusal(400, "2055", "The resource has changed since its etag was read.")
	ErrQuantity     = refusal(400, "2002", "The quantity is outside of what is allowed.")
	ErrOfferID      = refusal(400, "800004", "The offer id is not valid.")
	ErrAddon        = refusal(400, "800029", "The add-on does not fit its parent subscription.")
	ErrNotInCountry = refusal(400, "800070", "The offer is not sold in the customer's country.")
	ErrLineNumbers  = refusal(400, "800071", "The line item numbers are to be 0 to one less than their count, each once.")
	ErrBillingCycle = refusal(400, "800085", "The offer is not sold for this term and billing cycle.")
	ErrNotHere      = refusal(400, "900127", "The operation is not supported in this environment.")

	ErrNotReady = refusal(409, "800082", "The subscription is not ready for an update. Try again later.")

	ErrProductNotFound      = refusal(404, "400013", "The product was not found.")
	ErrSKUNotFound          = refusal(404, "400018", "The SKU was not found.")
	ErrAvailabilityNotFound = refusal(404, "400019", "The availability was not found.")
	ErrNotFound             = refusal(404, "1000", "There is nothing at this address.")
	ErrOrderNotFound        = refusal(404, "20000", "The order was not found.")
	ErrSubscriptionNotFound = refusal(404, "20003", "The subscription was not found.")
	ErrNoProvisioning       = refusal(404, "800007", "There is no provisioning information for this resource.")

	// ErrNoSuch and ErrConflict are our own calls' (operator's door): data says
	// what is not there, or what is in the way.
	ErrNoSuch   = refusal(404, "404", "What the request names is not there.")
	ErrConflict = refusal(409, "409", "The request does not go together with what is there.")

	ErrMethod          = refusal(405, "405", "The resource does not answer this method.")
	ErrNotAcceptable   = refusal(406, "406", "None of the media types that the client accepts can be produced.")
	ErrBodyTooLarge    = refusal(413, "413", "The request body is too large.")
	ErrURITooLong      = refusal(414, "414", "The request URI is too long.")
	ErrMediaType       = refusal(415, "415", "The media type or encoding of the request body is not supported.")
	ErrExpectation     = refusal(417, "417", "The server does not meet the expectation of the Expect header.")
	ErrHeadersTooLarge = refusal(431, "431", "The request headers are too large.")
	ErrInternal        = refusal(500, "800003", "The service failed. The correlation id finds the cause in its log.")
	ErrTransferCoding  = refusal(501, "501", "The transfer encoding of the request is not supported.")
	ErrHTTPVersion     = refusal(505, "505", "The HTTP version of the request is not supported.")
	ErrUnavailable     = refusal(503, "503", "The service cannot answer right now. Try again.")
)

var catalogue []*Error

// Errors lists the catalogue in its order.
func Errors() []*Error { return slices.Clone(catalogue) }

func refusal(status int, code, description string) *Error {
	e := &Error{StatusCode: status, Code: code, Description: description, Data: []string{}, Source: "Provost"}
	catalogue = append(catalogue, e)
	return e
}
