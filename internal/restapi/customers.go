package restapi

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
)

const continuationToken = "MS-ContinuationToken"

// listCustomers lists the customers that the partner sells to, page by page.
//
//	GET /v1/customers
func (c calls) listCustomers(r *pipe.Request) (pipe.Reply, error) {
	asked, err := r.Query.Int("size", commerce.MaxCustomersPage)
	if err != nil {
		return pipe.Reply{}, err
	}
	size := asked
	if size == 0 {
		size = commerce.MaxCustomersPage
	}
	filter, err := readFilter(r.Query["filter"])
	if err != nil {
		return pipe.Reply{}, err
	}
	after, err := readSeek(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	customers, next, err := c.shop.Customers(r.Context(), r.Actor, after, size, filter)
	if err != nil {
		return pipe.Reply{}, err
	}
	page := partnercenter.NewCollection(customers)
	page.Links = &partnercenter.CollectionLinks{Self: partnercenter.GetLink(customersURI(asked, r.Query["filter"], ""))}
	if next != nil {
		page.Links.Next = partnercenter.GetLink(customersURI(asked, r.Query["filter"], "Next"))
		page.Links.Next.Headers = []partnercenter.KeyValue{{Key: continuationToken, Value: writeToken(*next)}}
	}
	return pipe.Reply{Body: page}, nil
}

// getCustomer gives one customer.
//
//	GET /v1/customers/{customer}
func (c calls) getCustomer(r *pipe.Request) (pipe.Reply, error) {
	customer, err := c.shop.Customer(r.Context(), r.Actor, r.Customer)
	return pipe.Reply{Body: &customer}, err
}

// createCustomer makes a customer with its directory and first administrator.
//
//	POST /v1/customers
func (c calls) createCustomer(r *pipe.Request) (pipe.Reply, error) {
	asked, err := pipe.Decode[partnercenter.Customer](r)
	if err != nil {
		return pipe.Reply{}, err
	}
	customer, err := c.shop.CreateCustomer(r.Context(), r.Caller(), asked)
	return pipe.Reply{Status: http.StatusCreated, Body: &customer}, err
}

// patchCustomer ends the partner's relationship with a customer.
//
//	PATCH /v1/customers/{customer}
func (c calls) patchCustomer(r *pipe.Request) (pipe.Reply, error) {
	asked, err := pipe.DecodePatch[partnercenter.Customer](r, "relationshipToPartner")
	if err != nil {
		return pipe.Reply{}, err
	}
	customer, err := c.shop.EndCustomer(r.Context(), r.Caller(), r.Customer, asked.To.RelationshipToPartner)
	return pipe.Reply{Body: &customer}, err
}

// deleteCustomer takes a sandbox's customer away.
//
//	DELETE /v1/customers/{customer}
func (c calls) deleteCustomer(r *pipe.Request) (pipe.Reply, error) {
	err := c.shop.DeleteCustomer(r.Context(), r.Caller(), r.Customer)
	return pipe.Reply{Status: http.StatusNoContent}, err
}

// customersURI is the list's own address, with what the caller asked for.
func customersURI(size int, filter, seek string) string {
	var query []string
	if size > 0 {
		query = append(query, "size="+strconv.Itoa(size))
	}
	if filter != "" {
		query = append(query, "filter="+url.QueryEscape(filter))
	}
	if seek != "" {
		query = append(query, "seekOperation="+seek)
	}
	if len(query) == 0 {
		return "/customers"
	}
	return "/customers?" + strings.Join(query, "&")
}

// readFilter reads the documents' one-object filter (reference 7.7).
func readFilter(text string) (commerce.CustomerFilter, error) {
	if text == "" {
		return commerce.CustomerFilter{}, nil
	}
	var given struct {
		Field, Operator string
		Value           *string
	}
	if err := json.Unmarshal([]byte(text), &given); err != nil || given.Value == nil {
		return commerce.CustomerFilter{}, partnercenter.ErrFilter.About(`{"Field":"CompanyName","Value":"…","Operator":"starts_with"}`)
	}
	filter := commerce.CustomerFilter{Value: *given.Value}
	switch {
	case strings.EqualFold(given.Field, "CompanyName"):
		filter.Field = commerce.ByCompanyName
	case strings.EqualFold(given.Field, "Domain"):
		filter.Field = commerce.ByDomain
	case strings.EqualFold(given.Field, "IndirectReseller"), strings.EqualFold(given.Field, "IndirectCloudSolutionProvider"):
		filter.Field = commerce.ByIndirectReseller
	default:
		return filter, partnercenter.ErrFilter.About("Field", "CompanyName", "Domain", "IndirectReseller", "IndirectCloudSolutionProvider")
	}
	switch strings.ToLower(given.Operator) {
	case "starts_with", "startswith":
	case "equals":
		filter.Whole = true
	default:
		return filter, partnercenter.ErrFilter.About("Operator", "starts_with", "equals")
	}
	return filter, nil
}

// readSeek reads where the page starts; nil is the beginning. A token without
// seekOperation counts as Next.
func readSeek(r *pipe.Request) (*commerce.Cursor, error) {
	return seek(r, pipe.IsGUID)
}

// readAuditSeek does so for audit records, whose ids are of another form.
func readAuditSeek(r *pipe.Request) (*commerce.Cursor, error) {
	return seek(r, func(id string) bool { return id != "" })
}

func seek(r *pipe.Request, isID func(string) bool) (*commerce.Cursor, error) {
	token := r.Header.Get(continuationToken)
	switch operation := r.Query["seekoperation"]; {
	case strings.EqualFold(operation, "First"), operation == "" && token == "":
		return nil, nil
	case operation != "" && !strings.EqualFold(operation, "Next"):
		return nil, partnercenter.ErrEnum.About("seekOperation", "First", "Next")
	}
	cursor, ok := readToken(token)
	if !ok || !isID(cursor.ID) {
		return nil, partnercenter.ErrInput.About(continuationToken)
	}
	return &cursor, nil
}

// The token is a cursor in base64; it needs no seal, since it grants nothing
// that the caller could not list.
func writeToken(c commerce.Cursor) string {
	return base64.RawURLEncoding.EncodeToString([]byte(c.CreatedAt.UTC().Format(time.RFC3339Nano) + " " + c.ID))
}

func readToken(token string) (commerce.Cursor, bool) {
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(text) > 512 {
		return commerce.Cursor{}, false
	}
	instant, id, cut := strings.Cut(string(text), " ")
	at, err := time.Parse(time.RFC3339Nano, instant)
	return commerce.Cursor{CreatedAt: at, ID: id}, err == nil && cut
}
