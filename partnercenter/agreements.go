package partnercenter

import (
	"context"
	"iter"
	"net/http"
)

// Agreement is a customer's acceptance of an agreement with Microsoft, as its
// partner records it (reference 2.11).
type Agreement struct {
	// PrimaryContact is who accepted it for the customer.
	PrimaryContact *AgreementContact `json:"primaryContact,omitempty"`
	// TemplateID is the agreement's text, a GUID.
	TemplateID string `json:"templateId"`
	// DateAgreed is when the customer accepted it.
	DateAgreed Time `json:"dateAgreed"`
	// Type is the kind of agreement.
	Type AgreementType `json:"type"`
	// UserID is the partner's user who recorded it.
	UserID *string `json:"userId,omitempty"`
	// AgreementLink leads to the agreement's text.
	AgreementLink *string `json:"agreementLink,omitempty"`
}

// AgreementContact is who accepted an [Agreement].
type AgreementContact struct {
	// FirstName, LastName and Email are the contact's; all three are needed.
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	Email     string `json:"email"`
	// PhoneNumber is the contact's; absent when none was given.
	PhoneNumber *string `json:"phoneNumber,omitempty"`
}

// AgreementType is a kind of agreement (reference 2.11). Its words are in
// PascalCase, unlike those of the other enumerations.
type AgreementType string

// The kinds of agreement.
const (
	MicrosoftCustomerAgreement AgreementType = "MicrosoftCustomerAgreement"
	MicrosoftCloudAgreement    AgreementType = "MicrosoftCloudAgreement"
)

// Words lists the known kinds of agreement.
func (AgreementType) Words() []string {
	return []string{"MicrosoftCustomerAgreement", "MicrosoftCloudAgreement"}
}

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (t *AgreementType) UnmarshalJSON(body []byte) error { return readEnum(body, t) }

// AgreementsClient asks for what a customer has accepted, and records it.
type AgreementsClient struct{ at place }

// AgreementQuery narrows a list of agreements.
type AgreementQuery struct {
	// Type asks for agreements of one kind.
	Type AgreementType
}

// List walks the agreements.
//
// Tokens: App+User. Roles: any agent. Errors: [ErrEnum]. Source: reference 1.2.
//
//	GET /v1/customers/{customer}/agreements
func (c *AgreementsClient) List(ctx context.Context, q AgreementQuery) iter.Seq2[*Agreement, error] {
	return each[Agreement](ctx, c.at.asked("agreementType", string(q.Type)), nil)
}

// Create records that the customer has accepted an agreement.
//
// Tokens: App+User. Roles: admin agent, sales agent, global admin. Errors:
// [ErrProperty], [ErrAgreementExists], [ErrEnum]. Source: reference 1.2.
//
//	POST /v1/customers/{customer}/agreements
func (c *AgreementsClient) Create(ctx context.Context, agreement *Agreement) (*Agreement, error) {
	return write(ctx, c.at, http.MethodPost, agreement)
}
