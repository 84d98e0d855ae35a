package restapi_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"provost/partnercenter"
)

var update = flag.Bool("update", false, "write docs/access.md and docs/compatibility.md anew")

// callers are the columns of the table.
var callers = []struct{ bearer, title string }{
	{"admin", "provider's admin agent"}, {"sales", "sales agent"}, {"helpdesk", "helpdesk agent"}, {"reader", "Directory Reader"},
	{"reseller", "reseller's admin agent"}, {"app", "app-only"}, {"stranger", "no role"}, {"anotherworldsadmin", "another world's admin agent"},
}

// The kinds of customer that callers differ over.
const (
	fjordlysEnergi = "2c09b8c1-e217-4854-8946-05de52aa47da" // the reseller's; provider is delegated admin
	koyamaOptics   = "baba9812-1316-443a-a13f-de7519ba2198" // the provider's; no delegated admin
	nobody         = "00000000-0000-4000-8000-00000000dead"
)

// ruling is what one group of calls answers each caller, in the order of
// callers: 200 or the code of the refusal.
type ruling struct {
	handlers string
	answers  string
}

// The catalogue is open to every agent; a customer's to those who may see the
// customer.
const (
	catalogueCalls         = "listProducts getProduct listSKUs getSKU listAvailabilities getAvailability"
	customerCatalogueCalls = "listCustomerProducts getCustomerProduct listCustomerSKUs getCustomerSKU listCustomerAvailabilities getCustomerAvailability"
)

// rulings are written from the decisions on roles, not from the code.
var rulings = map[string][]ruling{
	documentsCustomer: {
		{"listCustomers listAuditRecords " + catalogueCalls, "200 200 200 900150 200 200 900150 200"},
		{"getCustomer listSubscriptions getSubscription listAddons listOrders getOrder getCart " + customerCatalogueCalls, "200 200 200 900150 20002 200 900150 20002"},
		{"patchSubscription createOrder patchOrder createCart replaceCart checkoutCart", "200 200 900150 900150 20002 200 900150 20002"},
		{"getProvisioningStatus", "200 900308 200 200 20002 900329 900308 20002"},
		{"getOrderProvisioningStatus", "200 900150 900150 900150 20002 900329 900150 20002"},
		{"createCustomer", "200 200 900150 900150 200 200 900150 200"},
		{"getBillingProfile", "200 200 200 900150 20002 200 900150 20002"},
		{"getCompanyProfile listAgreements", "200 200 200 900150 20002 900329 900150 20002"},
		{"putBillingProfile deleteCustomer", "200 200 900150 900150 20002 200 900150 20002"},
		{"patchCustomer createAgreement", "200 200 900150 900150 20002 900329 900150 20002"},
		{"listOrderActivationLinks listLineActivationLinks listActivationLinks listTransitionEligibilities listTransitions listUpgrades getRegistrationStatus", "501 501 501 900150 20002 501 900150 20002"},
		{"listConversions getSupportContact", "501 501 501 900150 20002 900329 900150 20002"},
		{"activateSubscription createTransition createUpgrade registerSubscription", "501 501 900150 900150 20002 501 900150 20002"},
		{"createConversion putSupportContact", "501 501 900150 900150 20002 900329 900150 20002"},
	},
	fjordlysEnergi: {
		{"getCustomer listSubscriptions getSubscription listAddons listOrders getOrder getCart " + customerCatalogueCalls, "200 200 200 900150 200 200 900150 20002"},
		{"patchSubscription createOrder patchOrder createCart replaceCart checkoutCart", "200 200 900150 900150 200 200 900150 20002"},
		{"getProvisioningStatus", "200 900308 200 900308 200 900329 900308 20002"},
		{"getOrderProvisioningStatus", "200 900150 900150 900150 200 900329 900150 20002"},
		{"getBillingProfile", "200 200 200 900150 200 200 900150 20002"},
		{"getCompanyProfile listAgreements", "200 200 200 900150 200 900329 900150 20002"},
		{"putBillingProfile deleteCustomer", "200 200 900150 900150 200 200 900150 20002"},
		{"patchCustomer createAgreement", "200 200 900150 900150 200 900329 900150 20002"},
		{"listOrderActivationLinks listLineActivationLinks listActivationLinks listTransitionEligibilities listTransitions listUpgrades getRegistrationStatus", "501 501 501 900150 501 501 900150 20002"},
		{"listConversions getSupportContact", "501 501 501 900150 501 900329 900150 20002"},
		{"activateSubscription createTransition createUpgrade registerSubscription", "501 501 900150 900150 501 501 900150 20002"},
		{"createConversion putSupportContact", "501 501 900150 900150 501 900329 900150 20002"},
	},
	koyamaOptics: {
		{"getCustomer listSubscriptions getSubscription listAddons listOrders getOrder getCart " + customerCatalogueCalls, "200 200 200 900150 20002 200 900150 20002"},
		{"patchSubscription createOrder patchOrder createCart replaceCart checkoutCart", "200 200 900150 900150 20002 200 900150 20002"},
		{"getProvisioningStatus", "200 900308 900308 200 20002 900329 900308 20002"},
		{"getOrderProvisioningStatus", "200 900150 900150 900150 20002 900329 900150 20002"},
		{"getBillingProfile", "200 200 200 900150 20002 200 900150 20002"},
		{"getCompanyProfile listAgreements", "200 200 200 900150 20002 900329 900150 20002"},
		{"putBillingProfile deleteCustomer", "200 200 900150 900150 20002 200 900150 20002"},
		{"patchCustomer createAgreement", "200 200 900150 900150 20002 900329 900150 20002"},
		{"listOrderActivationLinks listLineActivationLinks listActivationLinks listTransitionEligibilities listTransitions listUpgrades getRegistrationStatus", "501 501 501 900150 20002 501 900150 20002"},
		{"listConversions getSupportContact", "501 501 501 900150 20002 900329 900150 20002"},
		{"activateSubscription createTransition createUpgrade registerSubscription", "501 501 900150 900150 20002 501 900150 20002"},
		{"createConversion putSupportContact", "501 501 900150 900150 20002 900329 900150 20002"},
	},
	nobody: {
		{"getCustomer listSubscriptions getSubscription listAddons listOrders getOrder getCart " + customerCatalogueCalls, "20002 20002 20002 900150 20002 20002 900150 20002"},
		{"patchSubscription createOrder patchOrder createCart replaceCart checkoutCart", "20002 20002 900150 900150 20002 20002 900150 20002"},
		{"getProvisioningStatus", "20002 20002 20002 20002 20002 900329 20002 20002"},
		{"getOrderProvisioningStatus", "20002 900150 900150 900150 20002 900329 900150 20002"},
		{"getBillingProfile", "20002 20002 20002 900150 20002 20002 900150 20002"},
		{"getCompanyProfile listAgreements", "20002 20002 20002 900150 20002 900329 900150 20002"},
		{"putBillingProfile deleteCustomer", "20002 20002 900150 900150 20002 20002 900150 20002"},
		{"patchCustomer createAgreement", "20002 20002 900150 900150 20002 900329 900150 20002"},
		{"listOrderActivationLinks listLineActivationLinks listActivationLinks listTransitionEligibilities listTransitions listUpgrades getRegistrationStatus", "20002 20002 20002 900150 20002 20002 900150 20002"},
		{"listConversions getSupportContact", "20002 20002 20002 900150 20002 900329 900150 20002"},
		{"activateSubscription createTransition createUpgrade registerSubscription", "20002 20002 900150 900150 20002 20002 900150 20002"},
		{"createConversion putSupportContact", "20002 20002 900150 900150 20002 900329 900150 20002"},
	},
}

func TestEachCallerGetsWhatItsRightsAllow(t *testing.T) {
	d := openDoor(t, "", "")
	tables := map[string]string{}
	for customer, groups := range rulings {
		ids := idsOf(t, d, customer)
		for _, rt := range rows() {
			ruled := strings.Fields(rulingOn(groups, handlerName(rt)))
			if len(ruled) == 0 {
				continue
			}
			path := ids.Replace(rt.Path)
			if strings.Contains(path, "/products") {
				path += "?country=US&targetView=OnlineServices"
			}
			line := "| `" + rt.Method + " " + rt.Path + "` |"
			for i, caller := range callers {
				got := outcome(t, d.try(t, caller.bearer, rt.Method, path))
				if got != ruled[i] {
					t.Errorf("%s for %s: %s, want %s", path, caller.title, got, ruled[i])
				}
				line += " " + got + " |"
			}
			tables[customer] += line + "\n"
		}
	}
	checkTable(t, tables)
}

func rulingOn(groups []ruling, handler string) string {
	for _, g := range groups {
		for _, h := range strings.Fields(g.handlers) {
			if h == handler {
				return g.answers
			}
		}
	}
	return ""
}

// idsOf fills a row's path with ids that exist, or with some that do not.
func idsOf(t *testing.T, d *door, customer string) *strings.Replacer {
	t.Helper()
	subscription, order, cart := documentsSubscription, documentsOrder, nobody
	if customer != nobody {
		request := message{
			first: "POST /v1/customers/" + customer + "/carts HTTP/1.1", headers: [][2]string{{"Authorization", "Bearer <admin>"}},
			body: []byte(`{"lineItems":[{"catalogItemId":"CFQ7TTC0LH18:0001:CFQ7TTC725M4","quantity":1}]}`),
		}
		cart = decode[partnercenter.Cart](t, d.call(t, d.bear(t, request, ""))).ID
		subscription = strings.Split(statusOfSome(t, d, customer), "/")[5]
		order = decode[orders](t, d.get(t, "admin", "/v1/customers/"+customer+"/orders")).Items[0].ID
	}
	return strings.NewReplacer("{line}", "0", "{customer}", customer, "{subscription}", subscription, "{order}", order,
		"{cart}", cart, "{product}", "CFQ7TTC0LH18", "{sku}", "0001", "{availability}", "CFQ7TTC725M4")
}

// try is a call that changes as little as it can: a write has an empty object
// for its body.
func (d *door) try(t *testing.T, who, method, path string) message {
	t.Helper()
	if method == "GET" {
		return d.get(t, who, path)
	}
	request := message{
		first: method + " " + path + " HTTP/1.1", headers: [][2]string{{"Authorization", "Bearer <" + who + ">"}}, body: []byte("{}"),
	}
	return d.call(t, d.bear(t, request, ""))
}

// outcome is 200 for whoever is admitted, whatever the empty body is good for.
func outcome(t *testing.T, answer message) string {
	t.Helper()
	if status := answer.status(); status < 300 || status == 400 {
		return "200"
	}
	return decode[partnercenter.Error](t, answer).Code
}

// checkTable holds docs/access.md to what was measured; go test -run
// TestEachCaller ./internal/restapi -update writes it.
func checkTable(t *testing.T, tables map[string]string) {
	t.Helper()
	const file = "../../docs/access.md"
	var doc strings.Builder
	doc.WriteString("# Who gets what\n\n<!-- Written by `go test ./internal/restapi -run TestEachCaller -update`. -->\n\n" +
		"What each call answers to eight callers: `200`, or the code of the refusal. Measured over HTTP in the demo world\n" +
		"([demo-world.md](demo-world.md)) and held against the rules by the test that writes this page.\n\n" +
		"`900150` no agent role for it · `20002` no relationship with the customer · `900308` no directory role on the customer ·\n" +
		"`900329` app-only tokens not admitted ([tokens and refusals](refusals.md))\n")
	head := "\n| call |"
	rule := "|---|"
	for _, c := range callers {
		head += " " + c.title + " |"
		rule += "---|"
	}
	for _, section := range []struct{ customer, title string }{
		{documentsCustomer, "A customer of the provider, who is its delegated admin; the Directory Reader holds the role there"},
		{fjordlysEnergi, "A customer of the provider and the reseller; the provider is its delegated admin"},
		{koyamaOptics, "A customer of the provider, who is not its delegated admin; the Directory Reader is Global Reader there"},
		{nobody, "A customer that does not exist: to everyone the same as another partner's"},
	} {
		fmt.Fprintf(&doc, "\n## %s\n%s\n%s\n%s", section.title, head, rule, tables[section.customer])
	}
	if *update {
		if err := os.WriteFile(file, []byte(doc.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil || string(kept) != doc.String() {
		t.Errorf("docs/access.md is not what the calls answer (%v); go test ./internal/restapi -run TestEachCaller -update writes it", err)
	}
}

// Whether a customer exists must not show: not in the body, not in a header,
// not in which refusal comes.
func TestForeignAndUnknownCustomersLookTheSame(t *testing.T) {
	d := openDoor(t, "", "")
	for _, caller := range []string{"reseller", "resellerapp", "anotherworldsadmin"} {
		for _, rt := range rows() {
			if !strings.Contains(rt.Path, "{customer}") {
				continue
			}
			var looks []string
			for _, customer := range []string{koyamaOptics, nobody} {
				for _, ids := range [][2]string{{documentsSubscription, documentsOrder}, {nobody, "nothing"}} {
					path := strings.NewReplacer("{customer}", customer, "{subscription}", ids[0], "{order}", ids[1]).Replace(rt.Path)
					answer := d.get(t, caller, path, [2]string{"MS-RequestId", "r"}, [2]string{"MS-CorrelationId", "c"}, [2]string{"MS-CV", "InswEQre402koceL.0"})
					look := answer.first + string(answer.body)
					for _, h := range answer.headers {
						if h[0] != "Date" {
							look += h[0] + ":" + strings.ReplaceAll(h[1], customer, "{customer}")
						}
					}
					looks = append(looks, look)
				}
			}
			for _, look := range looks[1:] {
				if look != looks[0] {
					t.Errorf("%s as %s tells a foreign customer from an unknown one:\n%s\n%s", rt.Path, caller, looks[0], look)
				}
			}
		}
	}
}
