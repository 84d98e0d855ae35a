package partnercenter

import (
	"fmt"
	"slices"
	"strings"
	"time"
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

	// RequestID and CorrelationID are what the service's log knows the call by.
	RequestID     string `json:"-"`
	CorrelationID string `json:"-"`
	// RetryAfter is how long the service asks to wait before the next attempt; 0
	// when it does not say.
	RetryAfter time.Duration `json:"-"`
}

// Error says what was refused and the service's code for it.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s (%d", e.Description, e.StatusCode)
	if e.Code != "" {
		text += ", code " + e.Code
	}
	text += ")"
	if len(e.Data) > 0 {
		text += ": " + cutText(strings.Join(e.Data, ", "), 4*mostText)
	}
	return text
}

// Is says whether the target is the same refusal, whatever it is about. A 429 is a
// 429, since most come without a code. A target without a code stands for every
// refusal of its status:
//
//	errors.Is(err, &partnercenter.Error{StatusCode: 404})
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.StatusCode == e.StatusCode && (other.Code == "" || other.Code == e.Code || e.StatusCode == 429)
}

// Temporary says that the same call may succeed in a while.
func (e *Error) Temporary() bool {
	switch e.StatusCode {
	case 408, 429, 500, 502, 503, 504:
		return true
	}
	return false
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

	// ErrOperatorKey is our own calls', which take a key or a signature.
	ErrOperatorKey = refusal(401, "401", "The request carries no valid operator key or signature.")

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
	ErrProperty     = refusal(400, "3000", "A property is not valid.")
	ErrNotHere      = refusal(400, "900127", "The operation is not supported in this environment.")
	ErrLineQuantity = refusal(400, "900275", "The quantity of a line is outside of what is allowed.")
	ErrCurrency     = refusal(400, "900169", "The item is not sold in this currency.")
	ErrTermEnd      = refusal(400, "900242", "The custom end of the term is not valid.")

	ErrAttestation        = refusal(400, "900203", "The item is sold only with attestationAccepted.")
	ErrPartnerAttestation = refusal(400, "900206", "A reseller of record is named only with partnerOnRecordAttestationAccepted.")
	ErrPartnerUnknown     = refusal(404, "800015", "The partner id was not found.")
	ErrPartnerID          = refusal(404, "2072", "The partner id is not that of a reseller of the customer.")

	ErrCycleInactive     = refusal(400, "6000", "The billing cycle cannot be changed: a subscription of the order is not active.")
	ErrCycleUnsold       = refusal(400, "6001", "The billing cycle cannot be changed: an offer of the order is not sold with it.")
	ErrCancelSandbox     = refusal(403, "800019", "Outside of a sandbox only software can be cancelled by its order.")
	ErrNotCancellable    = refusal(400, "800061", "The order cannot be cancelled.")
	ErrPatchSubscription = refusal(400, "800063", "This is changed by a PATCH of the subscription, not of its order.")
	ErrCancelSaaS        = refusal(403, "800077", "Software as a service is cancelled by a PATCH of the subscription.")
	ErrOrderPending      = refusal(409, "800014", "An adjustment of the order is pending already.")

	ErrCartOrdered  = refusal(400, "800065", "The cart is checked out already.")
	ErrCartNotFound = refusal(404, "800008", "The cart was not found.")
	ErrCartBusy     = refusal(409, "800064", "The cart is being changed or checked out. Try again.")

	// A customer's registration number and phone number, by country.
	ErrNumberUnsupported = refusal(400, "600002", "No organization registration number is taken in this country.")
	ErrNumberMissing     = refusal(400, "600049", "The organization registration number is missing, which this country asks for.")
	ErrNumberInvalid     = refusal(400, "600050", "The organization registration number does not have the form that data names.")
	ErrPhoneMissing      = refusal(400, "600051", "The customer's phone number is missing, which this country asks for.")

	ErrAgreement       = refusal(403, "13605", "The customer's acceptance of an agreement has to be recorded before a purchase.")
	ErrAgreementExists = refusal(400, "600061", "The same agreement is recorded already.")

	ErrCustomerLimit     = refusal(400, "800018", "The limit of the sandbox is reached.")
	ErrSubscriptionLimit = refusal(403, "800066", "The customer would have more subscriptions than a sandbox allows.")
	ErrSeatLimit         = refusal(403, "800067", "The subscription would have more seats than a sandbox allows.")
	ErrReseller          = refusal(400, "800016", "The partner id is not that of an indirect reseller.")

	ErrSuspendedLegacy   = refusal(400, "2001", "The subscription is suspended: its quantity cannot be changed.")
	ErrSuspended         = refusal(400, "800091", "The subscription is suspended: it cannot be updated.")
	ErrNotActive         = refusal(400, "800012", "The subscription is not active.")
	ErrDeleted           = refusal(400, "2011", "The subscription is deleted: it cannot be changed.")
	ErrExpiring          = refusal(400, "900277", "The subscription is expiring now: it cannot be updated.")
	ErrNoDecrease        = refusal(400, "800090", "The quantity of the subscription cannot be reduced.")
	ErrReductionWindow   = refusal(400, "900257", "The days are over in which this many seats can be given back.")
	ErrSeatsFixed        = refusal(400, "800095", "The quantity of the subscription cannot be changed.")
	ErrStatusFixed       = refusal(400, "800096", "The status of the subscription cannot be changed.")
	ErrTransition        = refusal(400, "800040", "The subscription's status does not allow this one.")
	ErrCancelDays        = refusal(400, "900117", "The days are over in which the subscription can be cancelled.")
	ErrCancelHours       = refusal(400, "900213", "The hours are over in which the subscription can be cancelled.")
	ErrUsageActive       = refusal(403, "900115", "The plan has active Azure subscriptions.")
	ErrAutoRenew         = refusal(400, "800093", "The subscription cannot be renewed automatically.")
	ErrPartnerOfRecord   = refusal(400, "800098", "The partner of record cannot be changed.")
	ErrLegacyCycle       = refusal(400, "2054", "The billing cycle is changed through the order.")
	ErrCycleFixed        = refusal(400, "800097", "The billing cycle of the subscription cannot be changed to this one.")
	ErrTrialTerm         = refusal(400, "800107", "The term of a trial cannot be changed.")
	ErrTerm              = refusal(400, "800121", "The term is none that the offer is sold for.")
	ErrShorterTerm       = refusal(400, "800122", "The term is shorter than the current one.")
	ErrLegacyUnsupported = refusal(403, "900263", "The operation is not supported for legacy subscriptions.")
	ErrScheduleRenewal   = refusal(400, "900244", "A next term can be scheduled with automatic renewal only.")
	ErrScheduleProduct   = refusal(400, "900245", "The product of the next term is not sold to the customer.")
	ErrScheduleChange    = refusal(400, "900246", "The subscription cannot be renewed as this product.")

	ErrNotReady         = refusal(409, "800082", "The subscription is not ready for an update. Try again later.")
	ErrPendingOperation = refusal(409, "900278", "An operation on the subscription is pending. Try again after 24 hours.")
	ErrParentInactive   = refusal(409, "27009", "An add-on cannot be active while its parent is not.")
	ErrPrecondition     = refusal(412, "2055", "The resource has changed since its etag was read.")

	ErrProductNotFound      = refusal(404, "400013", "The product was not found.")
	ErrSKUNotFound          = refusal(404, "400018", "The SKU was not found.")
	ErrAvailabilityNotFound = refusal(404, "400019", "The availability was not found.")
	ErrNotFound             = refusal(404, "1000", "There is nothing at this address.")
	ErrOrderNotFound        = refusal(404, "20000", "The order was not found.")
	ErrSubscriptionNotFound = refusal(404, "20003", "The subscription was not found.")
	ErrNoProvisioning       = refusal(404, "800007", "There is no provisioning information for this resource.")

	// ErrNoSuch is our own calls' (operator's door); ErrConflict is theirs and that
	// of the calls for which the documents know no number: data says what is not
	// there, or what is in the way.
	ErrNoSuch   = refusal(404, "404", "What the request names is not there.")
	ErrConflict = refusal(409, "409", "The request does not go together with what is there.")

	ErrMethod          = refusal(405, "405", "The resource does not answer this method.")
	ErrNotAcceptable   = refusal(406, "406", "None of the media types that the client accepts can be produced.")
	ErrBodyTooLarge    = refusal(413, "413", "The request body is too large.")
	ErrURITooLong      = refusal(414, "414", "The request URI is too long.")
	ErrMediaType       = refusal(415, "415", "The media type or encoding of the request body is not supported.")
	ErrExpectation     = refusal(417, "417", "The server does not meet the expectation of the Expect header.")
	ErrTooManyRequests = refusal(429, "429", "The rate limit is exceeded. Try again after as many seconds as Retry-After says.")
	ErrHeadersTooLarge = refusal(431, "431", "The request headers are too large.")
	ErrInternal        = refusal(500, "800003", "The service failed. The correlation id finds the cause in its log.")
	ErrNotImplemented  = refusal(501, "501", "The service does not do this.")
	ErrHTTPVersion     = refusal(505, "505", "The HTTP version of the request is not supported.")
	ErrUnavailable     = refusal(503, "503", "The service cannot answer right now. Try again.")
)

// RateLimited is the body of [ErrTooManyRequests], which is not that of other
// refusals: the service's gateway gives it (reference 4.1, form C).
type RateLimited struct {
	// StatusCode is the HTTP status again, 429.
	StatusCode int `json:"statusCode"`
	// Message says in how many seconds to try again, as Retry-After does.
	Message string `json:"message"`
}

var catalogue []*Error

// Errors lists the catalogue in its order.
func Errors() []*Error { return slices.Clone(catalogue) }

func refusal(status int, code, description string) *Error {
	e := &Error{StatusCode: status, Code: code, Description: description, Data: []string{}, Source: "Provost"}
	catalogue = append(catalogue, e)
	return e
}
