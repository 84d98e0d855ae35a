package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"provost/api"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

func contract(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		t.Fatalf("load the contract: %v", err)
	}
	return doc
}

func schema(t *testing.T, doc *openapi3.T, name string) *openapi3.Schema {
	t.Helper()
	ref := doc.Components.Schemas[name]
	if ref == nil {
		t.Fatalf("the contract has no schema %s", name)
	}
	return ref.Value
}

func TestContractAndItsExamplesAreValid(t *testing.T) {
	doc := contract(t)
	if !doc.IsOpenAPI31OrLater() {
		t.Errorf("the contract is OpenAPI %s, not 3.1", doc.OpenAPI)
	}
	if err := doc.Validate(t.Context(), openapi3.EnableMultiError(), openapi3.EnableExamplesValidation()); err != nil {
		t.Error(err)
	}
}

func TestContractNamesTheHandlers(t *testing.T) {
	doc := contract(t)
	want := map[string]string{
		"/v1/customers":                                                                       "listCustomers",
		"/v1/customers/{customer-id}":                                                         "getCustomer",
		"/v1/customers/{customer-id}/subscriptions":                                           "listSubscriptions",
		"/v1/customers/{customer-id}/subscriptions/{subscription-id}":                         "getSubscription",
		"/v1/customers/{customer-id}/subscriptions/{subscription-id}/addons":                  "listAddons",
		"/v1/customers/{customer-id}/subscriptions/{subscription-id}/provisioningstatus":      "getProvisioningStatus",
		"/v1/customers/{customer-id}/orders":                                                  "listOrders",
		"/v1/customers/{customer-id}/orders/{order-id}":                                       "getOrder",
		"/v1/customers/{customer-id}/orders/{order-id}/provisioningstatus":                    "getOrderProvisioningStatus",
		"/v1/customers/{customer-id}/carts/{cart-id}":                                         "getCart",
		"/v1/customers/{customer-id}/agreements":                                              "listAgreements",
		"/v1/customers/{customer-id}/profiles/billing":                                        "getBillingProfile",
		"/v1/customers/{customer-id}/profiles/company":                                        "getCompanyProfile",
		"/v1/customers/{customer-id}/orders/{order-id}/activationlinks":                       "listOrderActivationLinks",
		"/v1/customers/{customer-id}/orders/{order-id}/lineitems/{line-id}/activationlinks":   "listLineActivationLinks",
		"/v1/customers/{customer-id}/subscriptions/{subscription-id}/activationlinks":         "listActivationLinks",
		"/v1/customers/{customer-id}/subscriptions/{subscription-id}/conversions":             "listConversions",
		"/v1/customers/{customer-id}/subscriptions/{subscription-id}/transitionEligibilities": "listTransitionEligibilities",
		"/v1/customers/{customer-id}/subscriptions/{subscription-id}/transitions":             "listTransitions",
		"/v1/customers/{customer-id}/subscriptions/{subscription-id}/upgrades":                "listUpgrades",
		"/v1/customers/{customer-id}/subscriptions/{subscription-id}/supportcontact":          "getSupportContact",
		"/v1/customers/{customer-id}/subscriptions/{subscription-id}/registrationstatus":      "getRegistrationStatus",
		"/v1/products":                                                                                     "listProducts",
		"/v1/products/{product-id}":                                                                        "getProduct",
		"/v1/products/{product-id}/skus":                                                                   "listSKUs",
		"/v1/products/{product-id}/skus/{sku-id}":                                                          "getSKU",
		"/v1/products/{product-id}/skus/{sku-id}/availabilities":                                           "listAvailabilities",
		"/v1/products/{product-id}/skus/{sku-id}/availabilities/{availability-id}":                         "getAvailability",
		"/v1/customers/{customer-id}/products":                                                             "listCustomerProducts",
		"/v1/customers/{customer-id}/products/{product-id}":                                                "getCustomerProduct",
		"/v1/customers/{customer-id}/products/{product-id}/skus":                                           "listCustomerSKUs",
		"/v1/customers/{customer-id}/products/{product-id}/skus/{sku-id}":                                  "getCustomerSKU",
		"/v1/customers/{customer-id}/products/{product-id}/skus/{sku-id}/availabilities":                   "listCustomerAvailabilities",
		"/v1/customers/{customer-id}/products/{product-id}/skus/{sku-id}/availabilities/{availability-id}": "getCustomerAvailability",
		"/v1/auditrecords": "listAuditRecords",
	}
	got := map[string]string{}
	for path, item := range doc.Paths.Map() {
		if strings.HasPrefix(path, "/v1/") && item.Get != nil {
			got[path] = item.Get.OperationID
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("calls under /v1 are %v, want %v", got, want)
	}
}

func TestEveryCallDeclaresItsRefusals(t *testing.T) {
	statuses := []int{400, 401, 403, 404, 405, 406, 413, 414, 415, 431, 500, 503}
	for path, item := range contract(t).Paths.Map() {
		if !strings.HasPrefix(path, "/v1/") {
			continue
		}
		for method, operation := range item.Operations() {
			for _, status := range statuses {
				response := operation.Responses.Status(status)
				if response == nil {
					t.Errorf("%s %s has no response %d", method, path, status)
					continue
				}
				if len(codes(t, response.Value)) == 0 {
					t.Errorf("%s %s: response %d names no code", method, path, status)
				}
			}
			for status, response := range operation.Responses.Map() {
				for _, header := range []string{"MS-RequestId", "MS-CorrelationId", "MS-CV", "MS-ServerId", "Date"} {
					if ref := response.Value.Headers[header]; ref == nil || !ref.Value.Required {
						t.Errorf("%s %s: response %s does not promise %s", method, path, status, header)
					}
				}
			}
		}
	}
}

func codes(t *testing.T, response *openapi3.Response) []string {
	t.Helper()
	list, _ := response.Extensions["x-codes"].([]any)
	words := make([]string, len(list))
	for i, code := range list {
		word, ok := code.(string)
		if !ok {
			t.Fatalf("x-codes holds %v, which is no text", code)
		}
		words[i] = word
	}
	return words
}

func TestContractAndCatalogueHaveTheSameRefusals(t *testing.T) {
	doc := contract(t)
	catalogue := map[string]bool{}
	var numbers []string
	for _, refusal := range partnercenter.Errors() {
		catalogue[fmt.Sprintf("%d %s", refusal.StatusCode, refusal.Code)] = true
		if refusal != partnercenter.ErrTooManyRequests && !slices.Contains(numbers, refusal.Code) { // one number can stand at two statuses
			numbers = append(numbers, refusal.Code)
		}
	}

	declared := map[string]bool{}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for status, response := range operation.Responses.Map() {
				for _, code := range codes(t, response.Value) {
					declared[status+" "+code] = true
				}
			}
		}
	}
	if !maps.Equal(declared, catalogue) {
		t.Errorf("the contract declares %v,\nthe catalogue holds %v", sortedKeys(declared), sortedKeys(catalogue))
	}
	if got := words(schema(t, doc, "ApiFault").Properties["code"].Value); !sameSet(got, numbers) {
		t.Errorf("ApiFault.code allows %v, the catalogue holds %v", got, numbers)
	}
}

func TestContractHasEveryWordOfTheEnumerations(t *testing.T) {
	doc := contract(t)
	member := func(name, property string) *openapi3.Schema {
		return schema(t, doc, name).Properties[property].Value
	}
	for name, test := range map[string]struct {
		schema *openapi3.Schema
		words  []string
	}{
		"subscription status": {schema(t, doc, "SubscriptionStatus"), partnercenter.SubscriptionStatus("").Words()},
		"billing type":        {member("Subscription", "billingType"), partnercenter.BillingType("").Words()},
		"billing cycle":       {schema(t, doc, "BillingCycle"), partnercenter.BillingCycle("").Words()},
		"contract type":       {member("Subscription", "contractType"), partnercenter.ContractType("").Words()},
		"provisioning state":  {member("SubscriptionProvisioningStatus", "status"), partnercenter.ProvisioningState("").Words()},
		"fulfillment state":   {schema(t, doc, "FulfillmentState"), partnercenter.FulfillmentState("").Words()},
		"order status":        {member("Order", "status"), partnercenter.OrderStatus("").Words()},
		"cart status":         {member("Cart", "status"), partnercenter.CartStatus("").Words()},
		"cart error":          {member("CartError", "errorCode"), partnercenter.CartErrorCode("").Words()},
		"segment":             {schema(t, doc, "Segment"), partnercenter.Segment("").Words()},
		"view":                {doc.Components.Parameters["TargetView"].Value.Schema.Value, partnercenter.CatalogView("").Words()},
		"scope":               {doc.Components.Parameters["ReservationScope"].Value.Schema.Value, partnercenter.ReservationScope("").Words()},
		"relationship":        {schema(t, doc, "RelationshipToPartner"), partnercenter.CustomerRelationship("").Words()},
		"audited resource":    {schema(t, doc, "AuditResourceType"), partnercenter.AuditResourceType("").Words()},
		"audited operation":   {schema(t, doc, "AuditOperationType"), partnercenter.AuditOperationType("").Words()},
		"audit status":        {member("AuditRecord", "operationStatus"), partnercenter.AuditOperationStatus("").Words()},
	} {
		if got := words(test.schema); !sameSet(got, test.words) {
			t.Errorf("%s: the contract allows %v, the vocabulary has %v", name, got, test.words)
		}
	}
}

func TestContractHasTheMembersOfTheVocabulary(t *testing.T) {
	doc := contract(t)
	for name, resource := range map[string]any{
		"ApiFault":                        partnercenter.Error{},
		"Link":                            partnercenter.Link{},
		"KeyValue":                        partnercenter.KeyValue{},
		"SubscriptionProvisioningStatus":  partnercenter.SubscriptionProvisioningStatus{},
		"OrderLineItemProvisioningStatus": partnercenter.OrderLineItemProvisioningStatus{},
		"QuantityProvisioningStatus":      partnercenter.QuantityProvisioningStatus{},
		"Subscription":                    partnercenter.Subscription{},
		"ItemType":                        partnercenter.ItemType{},
		"RefundOption":                    partnercenter.RefundOption{},
		"RefundableQuantity":              partnercenter.RefundableQuantity{},
		"RefundableQuantityDetail":        partnercenter.RefundableQuantityDetail{},
		"ProductTerm":                     partnercenter.ProductTerm{},
		"ScheduledNextTermInstructions":   partnercenter.ScheduledNextTermInstructions{},
		"NextChargeInstructions":          partnercenter.NextChargeInstructions{},
		"PurchaseCommitment":              partnercenter.PurchaseCommitment{},
		"Scope":                           partnercenter.Scope{},
		"SubscriptionLineItemDetail":      partnercenter.SubscriptionLineItemDetail{},
		"SubscriptionLinks":               partnercenter.SubscriptionLinks{},
		"Order":                           partnercenter.Order{},
		"OrderLineItem":                   partnercenter.OrderLineItem{},
		"OrderLineItemLinks":              partnercenter.OrderLineItemLinks{},
		"OrderLinks":                      partnercenter.OrderLinks{},
		"Pricing":                         partnercenter.Pricing{},
		"RenewsTo":                        partnercenter.RenewsTo{},
		"Cart":                            partnercenter.Cart{},
		"CartLinks":                       partnercenter.CartLinks{},
		"CartLineItem":                    partnercenter.CartLineItem{},
		"CartError":                       partnercenter.CartError{},
		"CartErrorInformation":            partnercenter.CartErrorInformation{},
		"CartCheckoutResult":              partnercenter.CartCheckoutResult{},
		"CartOrderError":                  partnercenter.CartOrderError{},
		"Customer":                        partnercenter.Customer{},
		"CustomerCompanyProfile":          partnercenter.CustomerCompanyProfile{},
		"CustomerBillingProfile":          partnercenter.CustomerBillingProfile{},
		"Address":                         partnercenter.Address{},
		"Product":                         partnercenter.Product{},
		"ProductLinks":                    partnercenter.ProductLinks{},
		"Sku":                             partnercenter.SKU{},
		"SkuLinks":                        partnercenter.SKULinks{},
		"SkuDynamicAttributes":            partnercenter.SKUAttributes{},
		"SkuAttestationProperties":        partnercenter.AttestationProperties{},
		"MinimumPurchaseCommitment":       partnercenter.MinimumPurchaseCommitment{},
		"Availability":                    partnercenter.Availability{},
		"AvailabilityLinks":               partnercenter.AvailabilityLinks{},
		"AvailabilityTerm":                partnercenter.AvailabilityTerm{},
		"CurrencyInfo":                    partnercenter.CurrencyInfo{},
		"RenewalInstruction":              partnercenter.RenewalInstruction{},
		"RenewalOption":                   partnercenter.RenewalOption{},
		"CancellationPolicy":              partnercenter.CancellationPolicy{},
		"CancellationRefundOption":        partnercenter.CancellationRefundOption{},
		"Agreement":                       partnercenter.Agreement{},
		"AgreementContact":                partnercenter.AgreementContact{},
		"AgreementCollection":             partnercenter.Collection[int]{},
		"ProfileLinks":                    partnercenter.ProfileLinks{},
		"AuditRecord":                     partnercenter.AuditRecord{},
		"AuditValue":                      partnercenter.AuditValue{},
		"RateLimited":                     partnercenter.RateLimited{},
		"AccountCollection":               extension.Accounts{},
		"Account":                         extension.Account{},
		"Readiness":                       extension.Readiness{},
		"IssuerReadiness":                 extension.IssuerReadiness{},
		"MFAReport":                       extension.MFAReport{},
		"MFACalls":                        extension.MFACalls{},
		"Clock":                           extension.Clock{},
		"ClockStep":                       extension.ClockStep{},
		"ClockMove":                       extension.ClockMove{},
		"OrderLineItemProvisioningStatusCollection": partnercenter.Collection[int]{},
		"OperatorWorldCollection":                   extension.Worlds{},
		"OperatorWorld":                             extension.World{},
		"OperatorDemoStart":                         extension.DemoStart{},
		"OperatorNewWorld":                          extension.NewWorld{},
		"OperatorWorldImport":                       extension.WorldImport{},
		"OperatorWorldSettings":                     extension.WorldSettings{},
		"OperatorPartnerCollection":                 extension.Partners{},
		"OperatorPartner":                           extension.Partner{},
		"OperatorNewPartner":                        extension.NewPartner{},
		"OperatorRelationshipCollection":            extension.Relationships{},
		"OperatorRelationship":                      extension.Relationship{},
		"OperatorRoleGrantCollection":               extension.RoleGrants{},
		"OperatorRoleGrant":                         extension.RoleGrant{},
		"OperatorStandingCollection":                extension.Standings{},
		"OperatorStanding":                          extension.Standing{},
		"OperatorKeyCollection":                     extension.OperatorKeys{},
		"OperatorKey":                               extension.OperatorKey{},
		"OperatorNewKey":                            extension.NewOperatorKey{},
		"OperatorLog":                               extension.OperatorLog{},
		"OperatorAct":                               extension.OperatorAct{},
	} {
		got := slices.Collect(maps.Keys(schema(t, doc, name).Properties))
		want := members(reflect.TypeOf(resource))
		if name == "OrderLineItemProvisioningStatusCollection" || name == "AgreementCollection" {
			want = slices.DeleteFunc(want, func(member string) bool { return member == "links" })
		}
		if !sameSet(got, want) {
			t.Errorf("%s: only one side has %v", name, difference(got, want))
		}
	}
}

func members(resource reflect.Type) []string {
	var names []string
	for i := range resource.NumField() {
		name, _, _ := strings.Cut(resource.Field(i).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

func TestEveryMemberIsDescribedAndEveryObjectClosed(t *testing.T) {
	for name, ref := range contract(t).Components.Schemas {
		described(t, name, ref.Value)
	}
}

func described(t *testing.T, path string, s *openapi3.Schema) {
	t.Helper()
	if s.Type.Is("object") {
		open := s.AdditionalProperties.Schema == nil && (s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has)
		if open && !slices.Contains([]string{"TokenRequest", "SubscriptionPatch", "OrderRequest", "OrderLineRequest", "OrderPatch", "CartRequest", "CartLineRequest"}, path) {
			t.Errorf("%s admits members that it does not name", path)
		}
		if s.Description == "" {
			t.Errorf("%s has no description", path)
		}
	}
	for name, ref := range s.Properties {
		member := path + "." + name
		if ref.Value.Description == "" {
			t.Errorf("%s has no description", member)
		}
		if ref.Ref == "" {
			described(t, member, ref.Value)
		}
	}
	if s.Items != nil && s.Items.Ref == "" {
		described(t, path+"[]", s.Items.Value)
	}
}

func TestExamplesAreThoseOfTheDocuments(t *testing.T) {
	doc := contract(t)
	for path, test := range map[string]struct {
		into any
		want string
	}{
		"/v1/customers/{customer-id}/subscriptions/{subscription-id}/provisioningstatus": {
			&partnercenter.SubscriptionProvisioningStatus{},
			`{"skuId":"6FD2C87F-B296-42F0-B197-1E91E994B900","status":"success","quantity":5,` +
				`"endDate":"2018-05-10T00:00:00Z","attributes":{"objectType":"SubscriptionProvisioningStatus"}}`,
		},
		"/v1/customers/{customer-id}/orders/{order-id}/provisioningstatus": {
			&partnercenter.Collection[partnercenter.OrderLineItemProvisioningStatus]{},
			`{"totalCount":1,"items":[{"orderLineItemId":0,"lineItemNumber":0,"status":"fulfilled",` +
				`"quantityProvisioningInformation":[{"quantity":1,"status":"fulfilled"}]}],"attributes":{"objectType":"Collection"}}`,
		},
	} {
		for _, media := range []string{"application/json", "text/json"} {
			content := doc.Paths.Find(path).Get.Responses.Status(http.StatusOK).Value.Content[media]
			body, err := json.Marshal(content.Examples["documented"].Value.Value)
			if err != nil {
				t.Fatalf("%s: write the example: %v", path, err)
			}
			if err := json.Unmarshal(body, test.into); err != nil {
				t.Fatalf("%s: read the example: %v", path, err)
			}
			if got, _ := json.Marshal(test.into); string(got) != test.want {
				t.Errorf("%s as %s: the example is\n%s, want\n%s", path, media, got, test.want)
			}
		}
	}
}

func TestContractRefusesWhatTheDocumentsDoNotShow(t *testing.T) {
	status := schema(t, contract(t), "SubscriptionProvisioningStatus")
	accepts := func(member string, value any) error {
		body := map[string]any{
			"skuId": "6FD2C87F-B296-42F0-B197-1E91E994B900", "status": "success", "quantity": 5,
			"endDate": "2018-05-10T00:00:00Z", "attributes": map[string]any{"objectType": "SubscriptionProvisioningStatus"},
		}
		if value == nil {
			delete(body, member)
		} else {
			body[member] = value
		}
		return status.VisitJSON(body, openapi3.EnableJSONSchema2020(), openapi3.VisitAsResponse())
	}
	for _, test := range []struct {
		what   string
		member string
		value  any
		ok     bool
	}{
		{"the documents' example", "quantity", 5, true},
		{"seven fraction digits", "endDate", "2018-05-10T00:00:00.1234567Z", true},
		{"a missing member", "skuId", nil, false},
		{"an unknown member", "links", map[string]any{}, false},
		{"a SKU id in lower case", "skuId", "6fd2c87f-b296-42f0-b197-1e91e994b900", false},
		{"a status in upper case", "status", "Success", false},
		{"a quantity as text", "quantity", "5", false},
		{"a negative quantity", "quantity", -1, false},
		{"a date with an offset", "endDate", "2018-05-10T00:00:00+00:00", false},
		{"a date with a trailing zero", "endDate", "2018-05-10T00:00:00.120Z", false},
		{"eight fraction digits", "endDate", "2018-05-10T00:00:00.12345678Z", false},
		{"another object type", "attributes", map[string]any{"objectType": "Subscription"}, false},
		{"an etag", "attributes", map[string]any{"objectType": "SubscriptionProvisioningStatus", "etag": "e30="}, false},
	} {
		if err := accepts(test.member, test.value); (err == nil) != test.ok {
			t.Errorf("%s: accepted is %t, want %t (%v)", test.what, err == nil, test.ok, err)
		}
	}
}

func words(s *openapi3.Schema) []string {
	list := make([]string, len(s.Enum))
	for i, word := range s.Enum {
		list[i] = fmt.Sprint(word)
	}
	return list
}

func sameSet(a, b []string) bool { return len(difference(a, b)) == 0 && len(a) == len(b) }

func difference(a, b []string) []string {
	var only []string
	for _, word := range a {
		if !slices.Contains(b, word) {
			only = append(only, strconv.Quote(word))
		}
	}
	for _, word := range b {
		if !slices.Contains(a, word) {
			only = append(only, strconv.Quote(word))
		}
	}
	slices.Sort(only)
	return only
}

func sortedKeys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
