package pipe_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"provost/internal/pipe"
	"provost/internal/storetest"
	"provost/partnercenter"
)

const (
	clr         = "http://schemas.datacontract.org/2004/07/Microsoft.Partner."
	arrays      = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
	xmlInstance = "http://www.w3.org/2001/XMLSchema-instance"
)

// resources are the bodies of answers.
var resources = []reflect.Type{
	reflect.TypeFor[partnercenter.Subscription](),
	reflect.TypeFor[partnercenter.SubscriptionProvisioningStatus](),
	reflect.TypeFor[partnercenter.Order](),
	reflect.TypeFor[partnercenter.Customer](),
	reflect.TypeFor[partnercenter.Cart](),
	reflect.TypeFor[partnercenter.CartCheckoutResult](),
	reflect.TypeFor[partnercenter.Collection[partnercenter.OrderLineItemProvisioningStatus]](),
	reflect.TypeFor[partnercenter.Collection[partnercenter.Order]](),
	reflect.TypeFor[partnercenter.Collection[partnercenter.Subscription]](),
	reflect.TypeFor[partnercenter.Collection[partnercenter.Customer]](),
	reflect.TypeFor[partnercenter.Collection[partnercenter.Product]](),
	reflect.TypeFor[partnercenter.Collection[partnercenter.SKU]](),
	reflect.TypeFor[partnercenter.Collection[partnercenter.Availability]](),
	reflect.TypeFor[partnercenter.Collection[partnercenter.Agreement]](),
	reflect.TypeFor[partnercenter.Collection[partnercenter.AuditRecord]](),
	reflect.TypeFor[partnercenter.Error](),
}

func TestSubscriptionProvisioningStatusIsTheReferencesXML(t *testing.T) {
	expectXML(t, partnercenter.SubscriptionProvisioningStatus{
		SKUID:      "6FD2C87F-B296-42F0-B197-1E91E994B900",
		Status:     partnercenter.ProvisioningSuccess,
		Quantity:   5,
		EndDate:    partnercenter.At(time.Date(2018, 5, 10, 0, 0, 0, 0, time.UTC)),
		Attributes: partnercenter.ResourceAttributes{ObjectType: "SubscriptionProvisioningStatus"},
	}, `<SubscriptionProvisioningStatus xmlns="http://schemas.datacontract.org/2004/07/Microsoft.Partner.Services.Subscriptions.V1.Models" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Attributes xmlns:d2p1="http://schemas.datacontract.org/2004/07/Microsoft.Partner.Core.Collections"><d2p1:Etag i:nil="true"/><d2p1:ObjectType>SubscriptionProvisioningStatus</d2p1:ObjectType></Attributes><EndDate>2018-05-10T00:00:00Z</EndDate><Quantity>5</Quantity><SkuId>6fd2c87f-b296-42f0-b197-1e91e994b900</SkuId><Status>Success</Status></SubscriptionProvisioningStatus>`)
}

func TestOrderProvisioningStatusIsAResourceCollection(t *testing.T) {
	expectXML(t, partnercenter.NewCollection([]partnercenter.OrderLineItemProvisioningStatus{{
		Status: partnercenter.Fulfilled,
		QuantityProvisioningInformation: []partnercenter.QuantityProvisioningStatus{
			{Quantity: 1, Status: partnercenter.Fulfilled},
			{Quantity: 2, Status: partnercenter.PrefulfillmentPending},
		},
	}}), `<ResourceCollection xmlns="`+clr+`Core.Collections" xmlns:i="`+xmlInstance+`">`+
		`<Attributes><Etag i:nil="true"/><ObjectType>Collection</ObjectType></Attributes>`+
		`<Items xmlns:d2p1="`+clr+`Services.Orders.V1.Models"><d2p1:OrderLineItemProvisioningStatus>`+
		`<d2p1:LineItemNumber>0</d2p1:LineItemNumber><d2p1:OrderLineItemId>0</d2p1:OrderLineItemId>`+
		`<d2p1:QuantityProvisioningInformation>`+
		`<d2p1:QuantityProvisioningStatus><d2p1:Quantity>1</d2p1:Quantity><d2p1:Status>fulfilled</d2p1:Status></d2p1:QuantityProvisioningStatus>`+
		`<d2p1:QuantityProvisioningStatus><d2p1:Quantity>2</d2p1:Quantity><d2p1:Status>prefulfillmentPending</d2p1:Status></d2p1:QuantityProvisioningStatus>`+
		`</d2p1:QuantityProvisioningInformation>`+
		`<d2p1:Status>fulfilled</d2p1:Status></d2p1:OrderLineItemProvisioningStatus></Items>`+
		`<Links i:nil="true"/><TotalCount>1</TotalCount></ResourceCollection>`)
}

func TestEmptyCollectionHasItems(t *testing.T) {
	expectXML(t, partnercenter.NewCollection[partnercenter.Subscription](nil),
		`<ResourceCollection xmlns="`+clr+`Core.Collections" xmlns:i="`+xmlInstance+`">`+
			`<Attributes><Etag i:nil="true"/><ObjectType>Collection</ObjectType></Attributes>`+
			`<Items/><Links i:nil="true"/><TotalCount>0</TotalCount></ResourceCollection>`)
}

func TestLinksCarryTheirHeaders(t *testing.T) {
	next := partnercenter.GetLink("/customers?size=1&seekOperation=Next")
	next.Headers = []partnercenter.KeyValue{{Key: "MS-ContinuationToken", Value: "<1>"}, {Key: "X-Locale", Value: ""}}
	page := partnercenter.NewCollection([]partnercenter.Customer{})
	page.Links = &partnercenter.CollectionLinks{Self: partnercenter.GetLink("/customers"), Next: next}
	expectXML(t, page,
		`<ResourceCollection xmlns="`+clr+`Core.Collections" xmlns:i="`+xmlInstance+`">`+
			`<Attributes><Etag i:nil="true"/><ObjectType>Collection</ObjectType></Attributes><Items/><Links>`+
			`<Next><Body i:nil="true"/><Headers xmlns:d4p1="`+arrays+`">`+
			`<d4p1:KeyValueOfstringstring><d4p1:Key>MS-ContinuationToken</d4p1:Key><d4p1:Value>&lt;1&gt;</d4p1:Value></d4p1:KeyValueOfstringstring>`+
			`<d4p1:KeyValueOfstringstring><d4p1:Key>X-Locale</d4p1:Key><d4p1:Value></d4p1:Value></d4p1:KeyValueOfstringstring></Headers>`+
			`<Method>GET</Method><Uri>/customers?size=1&amp;seekOperation=Next</Uri></Next>`+
			`<Previous i:nil="true"/><Self><Body i:nil="true"/><Headers/><Method>GET</Method><Uri>/customers</Uri></Self>`+
			`</Links><TotalCount>0</TotalCount></ResourceCollection>`)
}

func TestRefusalIsAnApiFault(t *testing.T) {
	expectXML(t, partnercenter.ErrSubscriptionNotFound.About("aaaa0a0a", `"b" & c`),
		`<ApiFault xmlns="`+clr+`Core.Exceptions" xmlns:i="`+xmlInstance+`"><Code>20003</Code>`+
			`<Data xmlns:d2p1="`+arrays+`"><d2p1:string>aaaa0a0a</d2p1:string><d2p1:string>&#34;b&#34; &amp; c</d2p1:string></Data>`+
			`<Description>The subscription was not found.</Description><Source>Provost</Source></ApiFault>`)
	expectXML(t, *partnercenter.ErrAccessDenied,
		`<ApiFault xmlns="`+clr+`Core.Exceptions" xmlns:i="`+xmlInstance+`"><Code>2032</Code><Data/>`+
			`<Description>Access denied.</Description><Source>Provost</Source></ApiFault>`)
}

func TestNamespacesInScopeAreNotDeclaredAgain(t *testing.T) {
	price := 1250.0
	order := partnercenter.Order{
		ID: "0a1b2c3d4e5f", BillingCycle: partnercenter.BillingCycleOneTime, Status: partnercenter.OrderPartialSuccess, TotalPrice: &price,
		LineItems: []partnercenter.OrderLineItem{{
			AdditionalPartnerIDsOnRecord: []string{"517285", ""},
			ProvisioningContext:          map[string]string{"scope": "shared", "duration": "P1Y"},
			PurchaseCommitment:           &partnercenter.PurchaseCommitment{Amount: 0.1234567, Currency: "USD", Grain: "Hourly"},
			Links:                        &partnercenter.OrderLineItemLinks{SKU: partnercenter.GetLink("/sku")},
		}},
		Client:     &partnercenter.PurchaseClient{},
		Attributes: partnercenter.ResourceAttributes{ObjectType: "Order"},
	}
	text := encoded(t, partnercenter.NewCollection([]partnercenter.Order{order}))
	for _, part := range []string{
		`<Items xmlns:d2p1="` + clr + `Services.Orders.V1.Models"><d2p1:Order><d2p1:Attributes><Etag i:nil="true"/><ObjectType>Order</ObjectType></d2p1:Attributes><d2p1:AlternateId i:nil="true"/>`,
		`<d2p1:BillingCycle>OneTime</d2p1:BillingCycle><d2p1:Client><d2p1:DeviceFamily i:nil="true"/>`,
		`<d2p1:LineItems><d2p1:OrderLineItem><d2p1:AdditionalPartnerIdsOnRecord xmlns:d6p1="` + arrays + `"><d6p1:string>517285</d6p1:string><d6p1:string></d6p1:string></d2p1:AdditionalPartnerIdsOnRecord>`,
		`<d2p1:Sku><Body i:nil="true"/><Headers/><Method>GET</Method><Uri>/sku</Uri></d2p1:Sku>`,
		`<d2p1:ProvisioningContext xmlns:d6p1="` + arrays + `"><d6p1:KeyValueOfstringstring><d6p1:Key>duration</d6p1:Key><d6p1:Value>P1Y</d6p1:Value></d6p1:KeyValueOfstringstring><d6p1:KeyValueOfstringstring><d6p1:Key>scope</d6p1:Key>`,
		`<d2p1:PurchaseCommitment xmlns:d6p1="` + clr + `Services.Subscriptions.V1.Models"><d6p1:Amount>0.1234567</d6p1:Amount>`,
		`<d2p1:Status>PartialSuccess</d2p1:Status><d2p1:TotalPrice>1250</d2p1:TotalPrice>`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("the orders lack\n%s\nin\n%s", part, text)
		}
	}
	if err := equalsJSON(reflect.ValueOf(partnercenter.NewCollection([]partnercenter.Order{order})), text); err != nil {
		t.Error(err)
	}
}

func TestUnknownWordsTravelVerbatim(t *testing.T) {
	text := encoded(t, partnercenter.Subscription{Status: "half_active", BillingType: "Usage", ContractType: partnercenter.ContractProductKey})
	for _, part := range []string{"<Status>half_active</Status>", "<BillingType>Usage</BillingType>", "<ContractType>ProductKey</ContractType>"} {
		if !strings.Contains(text, part) {
			t.Errorf("the subscription lacks %s in %s", part, text)
		}
	}
}

func TestEveryReachableTypeHasAContract(t *testing.T) {
	reached := map[reflect.Type]bool{}
	for _, resource := range resources {
		reach(t, resource, reached)
		if err := pipe.EncodeXML(new(bytes.Buffer), reflect.Zero(resource).Interface()); err != nil {
			t.Error(err)
		}
	}
	for known := range pipe.Contracts {
		if !reached[known] {
			t.Errorf("%s has a contract and is in no resource", known)
		}
	}
}

// reach walks the types that need a contract.
func reach(t *testing.T, of reflect.Type, reached map[reflect.Type]bool) {
	need := func(of reflect.Type) {
		reached[of] = true
		if _, ok := pipe.Contracts[of]; !ok {
			t.Errorf("%s has no contract", of)
		}
	}
	switch of.Kind() {
	case reflect.Pointer:
		reach(t, of.Elem(), reached)
	case reflect.Map:
		reach(t, reflect.TypeFor[partnercenter.KeyValue](), reached)
	case reflect.Slice:
		if of.Elem().Kind() != reflect.Struct {
			need(of.Elem())
		}
		reach(t, of.Elem(), reached)
	case reflect.Struct:
		if of == reflect.TypeFor[partnercenter.Time]() || reached[of] {
			return
		}
		need(of)
		for _, field := range reflect.VisibleFields(of) {
			if field.Tag.Get("json") == "-" {
				continue
			}
			if _, option, _ := strings.Cut(field.Tag.Get("json"), ","); option != "" && !canBeNil(field.Type) {
				t.Errorf("%s.%s is left out of JSON, and XML cannot tell when", of, field.Name)
			}
			reach(t, field.Type, reached)
		}
	}
}

func canBeNil(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map
}

func TestTypeWithoutAContractIsAnErrorAndWritesNothing(t *testing.T) {
	type Stranger struct {
		Name string `json:"name"`
	}
	for _, v := range []any{
		nil, (*partnercenter.Error)(nil), 5, Stranger{}, &Stranger{}, []string{"a"},
		partnercenter.NewCollection([]Stranger{{}}),
	} {
		var w bytes.Buffer
		if err := pipe.EncodeXML(&w, v); err == nil || w.Len() > 0 {
			t.Errorf("%T: error %v, %d bytes", v, err, w.Len())
		}
	}
}

func TestAnyTextIsWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.StringOf(rapid.SampledFrom([]rune("ab<>&'\"]\x00\x0b\x1f\t\r\n \u0085\u2028\ufffe\uffff\U0010ffff"))),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		).Draw(t, "text")
		refusal := partnercenter.ErrInput.About(text)
		refusal.Description = text
		if err := equalsJSON(reflect.ValueOf(*refusal), encoded(t, refusal)); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkEncodeXML(b *testing.B) {
	subscription := storetest.Subscription().Example(1)
	var w bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		w.Reset()
		if err := pipe.EncodeXML(&w, subscription); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(w.Len()))
}

func expectXML(t *testing.T, v any, want string) {
	t.Helper()
	if got := encoded(t, v); got != want {
		t.Errorf("%T:\ngot  %s\nwant %s", v, got, want)
	}
}

func encoded(t interface {
	Helper()
	Fatal(...any)
}, v any) string {
	t.Helper()
	var w bytes.Buffer
	if err := pipe.EncodeXML(&w, v); err != nil {
		t.Fatal(err)
	}
	return w.String()
}
