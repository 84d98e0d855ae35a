package restapi

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
)

// listAuditRecords lists what the partner wrote, page by page.
//
//	GET /v1/auditrecords
func (c calls) listAuditRecords(r *pipe.Request) (pipe.Reply, error) {
	start, err := readDay(r.Query, "startDate")
	if err != nil {
		return pipe.Reply{}, err
	}
	end, err := readDay(r.Query, "endDate")
	if err != nil {
		return pipe.Reply{}, err
	}
	asked, err := r.Query.Int("size", commerce.MaxAuditPage)
	if err != nil {
		return pipe.Reply{}, err
	}
	size := asked
	if size == 0 {
		size = commerce.MaxAuditPage
	}
	filter, err := readAuditFilter(r.Query["filter"])
	if err != nil {
		return pipe.Reply{}, err
	}
	after, err := readAuditSeek(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	page, err := c.shop.AuditRecords(r.Context(), r.Actor, commerce.AuditWindow{Start: start, End: end}, filter, after, size)
	if err != nil {
		return pipe.Reply{}, err
	}
	body := partnercenter.NewCollection(page.Records)
	uri := func(seek string) string { return auditURI(page.Start, end, asked, r.Query["filter"], seek) }
	body.Links = &partnercenter.CollectionLinks{Self: partnercenter.GetLink(uri(""))}
	if page.Next != nil {
		body.Links.Next = partnercenter.GetLink(uri("Next"))
		body.Links.Next.Headers = []partnercenter.KeyValue{{Key: continuationToken, Value: writeToken(*page.Next)}}
	}
	return pipe.Reply{Body: body}, nil
}

// dayForms are how clients write days and instants beside the forms of
// [partnercenter.ParseTime] (reference 7.9): the page's example is in American,
// .NET writes its invariant culture.
var dayForms = []string{"1/2/2006 3:04:05 PM", "1/2/2006 15:04:05", "1/2/2006"}

// readDay reads a day or an instant; without a zone it is in UTC.
func readDay(q pipe.Query, name string) (*time.Time, error) {
	text := q[strings.ToLower(name)]
	if text == "" {
		return nil, nil //nolint:nilnil // absent is neither
	}
	for _, form := range dayForms {
		if day, err := time.Parse(form, text); err == nil {
			return &day, nil
		}
	}
	// The "+" of an offset that nobody encoded has come as a space.
	day, err := partnercenter.ParseTime(strings.Replace(text, " ", "+", 1))
	if err != nil {
		return nil, partnercenter.ErrInput.About(name, "yyyy-mm-dd")
	}
	return &day.Time, nil
}

// auditURI is the list's own address: what the caller asked for in its shortest
// form, and the start in any case, so that the next page is of the same window.
func auditURI(start time.Time, end *time.Time, size int, filter, seek string) string {
	uri := "/auditrecords?startDate=" + dayText(start)
	if end != nil {
		uri += "&endDate=" + dayText(*end)
	}
	if size > 0 {
		uri += "&size=" + strconv.Itoa(size)
	}
	if filter != "" {
		uri += "&filter=" + url.QueryEscape(filter)
	}
	if seek != "" {
		uri += "&seekOperation=" + seek
	}
	return uri
}

func dayText(at time.Time) string {
	if at = at.UTC(); at.Equal(at.Truncate(24 * time.Hour)) {
		return at.Format(time.DateOnly)
	}
	return partnercenter.At(at).String()
}

// readAuditFilter reads the one-object filter; each field has its one operator
// (reference 7.7).
func readAuditFilter(text string) (commerce.AuditFilter, error) {
	var filter commerce.AuditFilter
	if text == "" {
		return filter, nil
	}
	var given struct {
		Field, Operator string
		Value           *string
	}
	if err := json.Unmarshal([]byte(text), &given); err != nil || given.Value == nil {
		return filter, partnercenter.ErrFilter.About(`{"Field":"CompanyName","Value":"…","Operator":"substring"}`)
	}
	operator := "equals"
	switch {
	case strings.EqualFold(given.Field, "CompanyName"):
		operator, filter.CompanyName = "substring", *given.Value
	case strings.EqualFold(given.Field, "CustomerId"):
		if filter.Customer = *given.Value; !pipe.IsGUID(filter.Customer) {
			return filter, partnercenter.ErrFilter.About("Value", "a customer's id")
		}
	case strings.EqualFold(given.Field, "ResourceType"):
		word, known := partnercenter.ParseEnum[partnercenter.AuditResourceType](*given.Value)
		if !known {
			return filter, partnercenter.ErrEnum.About(append([]string{"ResourceType"}, word.Words()...)...)
		}
		filter.ResourceType = word
	default:
		return filter, partnercenter.ErrFilter.About("Field", "CompanyName", "CustomerId", "ResourceType")
	}
	if !strings.EqualFold(given.Operator, operator) {
		return filter, partnercenter.ErrFilter.About("Operator", operator)
	}
	return filter, nil
}
