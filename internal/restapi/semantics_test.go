package restapi_test

import (
	"context"
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

const (
	documentsCustomer     = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
	documentsSubscription = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
	documentsOrder        = "34828C05-C16C-4D6F-9CFC-4D2650EF19A1"
	documentsStatus       = "/v1/customers/" + documentsCustomer + "/subscriptions/" + documentsSubscription + "/provisioningstatus"
)

type (
	customers     = partnercenter.Collection[partnercenter.Customer]
	subscriptions = partnercenter.Collection[partnercenter.Subscription]
	orders        = partnercenter.Collection[partnercenter.Order]
)

func TestPathsAndIDsMatchWhateverTheirCase(t *testing.T) {
	d := openDoor(t, "", "")
	want := string(d.get(t, "admin", documentsStatus).body)
	for _, path := range []string{
		strings.ToUpper(documentsStatus), "/v1//customers/" + documentsCustomer + "//Subscriptions/" + documentsSubscription + "/ProvisioningStatus/",
		documentsStatus + "/", "/" + documentsStatus, documentsStatus + "?a=b?c=d",
	} {
		if answer := d.get(t, "admin", path); answer.status() != 200 || string(answer.body) != want {
			t.Errorf("%s: %s %s", path, answer.first, answer.body)
		}
	}
	answer := d.get(t, "admin", "/v1/customers/"+documentsCustomer+"/orders/"+strings.ToLower(documentsOrder))
	if order := decode[partnercenter.Order](t, answer); order.ID != documentsOrder {
		t.Errorf("the order's id came back as %s", order.ID)
	}
}

func TestIDsOfTheCatalogueAreHeldToWhatAnIDCanBe(t *testing.T) {
	d := openDoor(t, "", "")
	for path, want := range map[string]string{
		"/v1/Products/cfq7ttc0lh18/SKUS/0001/Availabilities/cfq7ttc725m4?country=us": "",
		"/v1/products/" + strings.Repeat("x", 129) + "?country=US":                   "product-id",
		"/v1/products/a%20b?country=US":                                              "product-id",
		"/v1/products/CFQ7TTC0LH18/skus/%C3%BC?country=US":                           "sku-id",
		"/v1/products/CFQ7TTC0LH18/skus/0001/availabilities/%C3%BC?country=US":       "availability-id",
	} {
		answer := d.get(t, "admin", path)
		if want == "" && answer.status() == 200 {
			continue
		}
		if refusal := decode[partnercenter.Error](t, answer); refusal.Code != "800002" || !slices.Equal(refusal.Data, []string{want}) {
			t.Errorf("%s: %s %s", path, answer.first, answer.body)
		}
	}
}

func TestUnknownAddressesAreRefusedNeverRedirected(t *testing.T) {
	d := openDoor(t, "", "")
	for _, path := range []string{
		"/v2/customers", "/v1", "/v/customers", "/v1/customers/../customers", "/v1/customers/" + documentsCustomer + "/subscriptions/overage",
		"/v1/customers/" + documentsCustomer + "/subscriptions/USAGERECORDS", "/v1/customers/relationshipRequests", "/nothing",
		documentsStatus + "/more",
	} {
		if answer := d.get(t, "admin", path); answer.status() != 404 || !strings.Contains(string(answer.body), `"code":"1000"`) {
			t.Errorf("%s: %s %s", path, answer.first, answer.body)
		}
	}
}

func TestHeadAnswersAsGetWithoutABody(t *testing.T) {
	d := openDoor(t, "", "")
	request := message{first: "HEAD " + documentsStatus + " HTTP/1.1", headers: [][2]string{{"Authorization", "Bearer <admin>"}}}
	answer := d.call(t, d.bear(t, request, ""))
	if answer.status() != 200 || answer.header("Content-Length") != "174" {
		t.Errorf("%s, %s bytes", answer.first, answer.header("Content-Length"))
	}
}

func TestCustomersComePageByPageWithoutGapOrRepeat(t *testing.T) {
	d := openDoor(t, "", "")
	whole := decode[customers](t, d.get(t, "admin", "/v1/customers"))
	if whole.Links.Next != nil || whole.TotalCount != len(whole.Items) || len(whole.Items) < 8 {
		t.Fatalf("one page of %d, next %v", len(whole.Items), whole.Links.Next)
	}
	for size := 1; size <= len(whole.Items)+1; size++ {
		var ids []string
		uri, headers := "/v1/customers?size="+strconv.Itoa(size), [][2]string(nil)
		for {
			page := decode[customers](t, d.get(t, "admin", uri, headers...))
			if len(page.Items) > size || page.TotalCount != len(page.Items) {
				t.Fatalf("size %d: %d items, totalCount %d", size, len(page.Items), page.TotalCount)
			}
			for _, c := range page.Items {
				ids = append(ids, c.ID)
			}
			if page.Links.Next == nil {
				break
			}
			uri, headers = "/v1"+page.Links.Next.URI, nil
			for _, h := range page.Links.Next.Headers {
				headers = append(headers, [2]string{h.Key, h.Value})
			}
		}
		if len(ids) != len(whole.Items) || !slices.EqualFunc(whole.Items, ids, func(c partnercenter.Customer, id string) bool { return c.ID == id }) {
			t.Errorf("size %d: %v", size, ids)
		}
	}
}

func TestCustomersAreFiltered(t *testing.T) {
	d := openDoor(t, "", "")
	all := decode[customers](t, d.get(t, "admin", "/v1/customers")).Items
	first := all[len(all)-1].CompanyProfile
	filter := func(field, value, operator string) string {
		return "/v1/customers?size=0&filter=" + url.QueryEscape(`{"Field":"`+field+`","Value":"`+value+`","Operator":"`+operator+`"}`)
	}
	for path, want := range map[string]int{
		filter("CompanyName", strings.ToUpper(first.CompanyName[:4]), "starts_with"): 1,
		filter("companyname", first.CompanyName, "Equals"):                           1,
		filter("Domain", first.Domain, "starts_with"):                                1,
		filter("Domain", "%", "starts_with"):                                         0,
		filter("Domain", "", "starts_with"):                                          len(all),
		filter("IndirectReseller", frozenReseller, "equals"):                         2,
		filter("IndirectCloudSolutionProvider", "1000002", "starts_with"):            2,
		filter("IndirectReseller", "nobody", "starts_with"):                          0,
	} {
		if page := decode[customers](t, d.get(t, "admin", path)); len(page.Items) != want {
			t.Errorf("%s: %d customers, want %d", path, len(page.Items), want)
		}
	}
	for _, bad := range []string{"x", "%7B%7D", "[]", "null", url.QueryEscape(`{"Field":"Domain","Value":"a","Operator":"equals"}]]`), url.QueryEscape(`{"Field":"Domain","Operator":"starts_with"}`), url.QueryEscape(`{"Field":"Domain","Value":"a","Operator":"s_tartswith"}`), url.QueryEscape(`{"Field":"CompanyName","Value":"a","Operator":"substring"}`), url.QueryEscape(`{"Field":"Id","Value":"a","Operator":"equals"}`), url.QueryEscape(`{"Field":1}`)} {
		if answer := d.get(t, "admin", "/v1/customers?filter="+bad); answer.status() != 400 || !strings.Contains(string(answer.body), `"code":"2000"`) {
			t.Errorf("filter %s: %s %s", bad, answer.first, answer.body)
		}
	}
}

func TestSenselessPagesAreRefused(t *testing.T) {
	d := openDoor(t, "", "")
	for _, query := range []string{"size=-1", "size=10001", "size=x", "size=1e3", "size=99999999999999999999"} {
		if answer := d.get(t, "admin", "/v1/customers?"+query); answer.status() != 400 || !strings.Contains(string(answer.body), `"code":"800002"`) {
			t.Errorf("%s: %s %s", query, answer.first, answer.body)
		}
	}
	for _, token := range []string{"", "x", "!!", base64.RawURLEncoding.EncodeToString([]byte("2026-01-01T00:00:00Z nobody")), strings.Repeat("A", 4000)} {
		if answer := d.get(t, "admin", "/v1/customers?size=2&seekOperation=Next", [2]string{"MS-ContinuationToken", token}); answer.status() != 400 {
			t.Errorf("token %.20q: %s %s", token, answer.first, answer.body)
		}
	}
	if answer := d.get(t, "admin", "/v1/customers?seekOperation=Sideways"); !strings.Contains(string(answer.body), `"code":"900126"`) {
		t.Errorf("seekOperation: %s %s", answer.first, answer.body)
	}
}

func TestResellerSeesItsOwnCustomersAlone(t *testing.T) {
	d := openDoor(t, "", "")
	own := decode[customers](t, d.get(t, "reseller", "/v1/customers")).Items
	if len(own) != 2 {
		t.Fatalf("the reseller sees %d customers", len(own))
	}
	for _, c := range decode[customers](t, d.get(t, "admin", "/v1/customers")).Items {
		want := 403
		if slices.ContainsFunc(own, func(o partnercenter.Customer) bool { return o.ID == c.ID }) {
			want = 200
		}
		if answer := d.get(t, "reseller", "/v1/customers/"+c.ID); answer.status() != want {
			t.Errorf("customer %s: %s", c.ID, answer.first)
		}
	}
}

func TestSubscriptionsAreFoundByOrderResellerAndParent(t *testing.T) {
	d := openDoor(t, "", "")
	found := map[string]int{}
	for _, c := range decode[customers](t, d.get(t, "admin", "/v1/customers")).Items {
		base := "/v1/customers/" + c.ID + "/subscriptions"
		all := decode[subscriptions](t, d.get(t, "admin", base)).Items
		for _, s := range all {
			byOrder := decode[subscriptions](t, d.get(t, "admin", base+"?order_id="+s.OrderID)).Items
			for _, one := range byOrder {
				if one.OrderID != s.OrderID {
					t.Errorf("order_id=%s gives %s of order %s", s.OrderID, one.ID, one.OrderID)
				}
			}
			if s.ParentSubscriptionID != nil {
				found["addon"]++
				addons := decode[subscriptions](t, d.get(t, "admin", base+"/"+*s.ParentSubscriptionID+"/addons")).Items
				if !slices.ContainsFunc(addons, func(a partnercenter.Subscription) bool { return a.ID == s.ID }) {
					t.Errorf("%s is missing among the addons of %s", s.ID, *s.ParentSubscriptionID)
				}
			}
			if s.PartnerID != nil && *s.PartnerID != "" {
				found["reseller"]++
				for _, one := range decode[subscriptions](t, d.get(t, "admin", base+"?MPN_ID="+*s.PartnerID)).Items {
					if *one.PartnerID != *s.PartnerID {
						t.Errorf("mpn_id=%s gives %s", *s.PartnerID, *one.PartnerID)
					}
				}
			}
			found["status "+string(s.Status)]++
			found["order "+s.OrderID]++
		}
		if none := decode[subscriptions](t, d.get(t, "admin", base+"?order_id=none")).Items; len(none) != 0 {
			t.Errorf("order_id=none gives %d", len(none))
		}
		for _, bad := range []string{"mpn_id=x1", "order_id=" + strings.Repeat("a", 129), "order_id=a%20b"} {
			if answer := d.get(t, "admin", base+"?"+bad); answer.status() != 400 {
				t.Errorf("%s: %s", bad, answer.first)
			}
		}
	}
	if found["addon"] == 0 || found["reseller"] == 0 || len(found) < 20 {
		t.Errorf("the demo shop is too small for this test: %v", found)
	}
}

func TestPricesShowOnlyWhenAskedFor(t *testing.T) {
	d := openDoor(t, "", "")
	priced := 0
	for _, c := range decode[customers](t, d.get(t, "admin", "/v1/customers")).Items {
		base := "/v1/customers/" + c.ID + "/orders"
		for _, o := range decode[orders](t, d.get(t, "admin", base)).Items {
			if o.TotalPrice != nil || slices.ContainsFunc(o.LineItems, func(l partnercenter.OrderLineItem) bool { return l.Pricing != nil }) {
				t.Errorf("order %s tells its price unasked", o.ID)
			}
			if one := decode[partnercenter.Order](t, d.get(t, "admin", base+"/"+o.ID+"?include_price=True")); one.TotalPrice != nil {
				priced++
			}
		}
		if answer := d.get(t, "admin", base+"?include_price=maybe"); answer.status() != 400 {
			t.Errorf("include_price=maybe: %s", answer.first)
		}
	}
	if priced == 0 {
		t.Error("no order has a price")
	}
}

func TestOrdersAreFoundByBillingCycle(t *testing.T) {
	d := openDoor(t, "", "")
	once := 0
	for _, c := range decode[customers](t, d.get(t, "admin", "/v1/customers")).Items {
		base := "/v1/customers/" + c.ID + "/orders"
		for _, spelling := range []string{"onetime", "one_time", "OneTime"} {
			for _, o := range decode[orders](t, d.get(t, "admin", base+"?billingType="+spelling)).Items {
				once++
				if o.BillingCycle != partnercenter.BillingCycleOneTime {
					t.Errorf("billingType=%s gives an order that is billed %s", spelling, o.BillingCycle)
				}
			}
		}
		if answer := d.get(t, "admin", base+"?billingType=hourly"); !strings.Contains(string(answer.body), `"code":"900126"`) {
			t.Errorf("billingType=hourly: %s %s", answer.first, answer.body)
		}
	}
	if once == 0 || once%3 != 0 {
		t.Errorf("%d orders found over three spellings", once)
	}
}

func TestWhatTheCallerHasIsNotSentAgain(t *testing.T) {
	d := openDoor(t, "", "")
	for _, path := range []string{
		documentsStatus, "/v1/customers/" + documentsCustomer + "/subscriptions/" + documentsSubscription,
		"/v1/customers/" + documentsCustomer + "/orders/" + documentsOrder + "/provisioningstatus",
	} {
		tag := d.get(t, "admin", path).header("ETag")
		for given, want := range map[string]int{tag: 304, "W/" + tag: 304, `"x", ` + tag: 304, "*": 304, `"x"`: 200, "": 200} {
			answer := d.get(t, "admin", path, [2]string{"If-None-Match", given})
			if answer.status() != want || answer.header("ETag") != tag || answer.header("Cache-Control") != "private, no-cache" {
				t.Errorf("%s with %s: %s, ETag %s", path, given, answer.first, answer.header("ETag"))
			}
		}
		if xml := d.get(t, "admin", path, [2]string{"Accept", "text/xml"}); xml.header("ETag") == tag {
			t.Errorf("%s: XML and JSON have one ETag", path)
		}
	}
}

func TestPendingAnswersSayWhenToAskAgain(t *testing.T) {
	d := openDoor(t, "", "")
	longest := int((time.Hour + 15*time.Minute).Seconds()) // the first refresh after what is on its way goes on
	pending := 0
	for _, c := range decode[customers](t, d.get(t, "admin", "/v1/customers")).Items {
		base := "/v1/customers/" + c.ID + "/subscriptions"
		for _, s := range decode[subscriptions](t, d.get(t, "admin", base)).Items {
			for _, world := range []string{"frozen", "running"} {
				request := message{first: "GET " + base + "/" + s.ID + "/provisioningstatus HTTP/1.1", headers: [][2]string{{"Authorization", "Bearer <admin>"}}}
				answer := d.call(t, d.bear(t, request, world))
				if answer.status() != 200 {
					continue
				}
				after, told := strconv.Atoi(answer.header("Retry-After"))
				status := decode[partnercenter.SubscriptionProvisioningStatus](t, answer)
				want := status.Status == partnercenter.ProvisioningPending && world == "running"
				if want != (told == nil) || (want && (after < 1 || after > longest)) {
					t.Errorf("%s %s in the %s world: Retry-After %q", s.ID, status.Status, world, answer.header("Retry-After"))
				}
				if want {
					pending++
				}
			}
		}
	}
	if pending == 0 {
		t.Error("nothing is pending")
	}
}

// Rights are asked of the store at each call, so that taking one away bites at
// once, although the token's claims are remembered.
func TestARevokedRightBitesWithinASecond(t *testing.T) {
	d := openDoor(t, "", "")
	reader := bearers["reader"].user
	grants := readerGrants(t, d.store, reader)
	path := statusOfSome(t, d, grants[0].Customer)
	token := bearers["reader"].token(t, "")
	ask := func() int {
		return d.call(t, message{first: "GET " + path + " HTTP/1.1", headers: [][2]string{{"Authorization", "Bearer " + token}}}).status()
	}
	if status := ask(); status != 200 {
		t.Fatalf("before: %d", status)
	}
	ctx := t.Context()
	if err := d.store.Write(ctx, func(tx commerce.Tx) error { return tx.Roles().RevokeDirectory(ctx, grants[0]) }); err != nil {
		t.Fatal(err)
	}
	revoked := time.Now()
	for ask() == 200 {
		if time.Since(revoked) > time.Second {
			t.Fatal("a second later the right still holds")
		}
	}
}

func readerGrants(t *testing.T, store commerce.Store, user string) []commerce.DirectoryGrant {
	t.Helper()
	var grants []commerce.DirectoryGrant
	err := store.Read(t.Context(), func(tx commerce.Tx) error {
		partner, err := tx.Partners().ByTenant(context.Background(), frozenProvider)
		if err != nil {
			return err
		}
		page, err := tx.Customers().Page(t.Context(), commerce.CustomerQuery{World: partner.World, Partner: partner.ID, Limit: 100})
		if err != nil {
			return err
		}
		for _, c := range page {
			on, err := tx.Roles().DirectoryGrants(t.Context(), partner.World, partner.ID, user, c.Resource.ID)
			if err != nil {
				return err
			}
			for _, g := range on {
				if g.Until == nil {
					grants = append(grants, g)
				}
			}
		}
		return nil
	})
	if err != nil || len(grants) == 0 {
		t.Fatalf("the reader's grants: %v, %v", grants, err)
	}
	return grants
}

func statusOfSome(t *testing.T, d *door, customer string) string {
	t.Helper()
	base := "/v1/customers/" + customer + "/subscriptions"
	for _, s := range decode[subscriptions](t, d.get(t, "admin", base)).Items {
		path := base + "/" + s.ID + "/provisioningstatus"
		if d.get(t, "admin", path).status() == 200 {
			return path
		}
	}
	t.Fatalf("customer %s has no status", customer)
	return ""
}

// A caller who announces a body and does not send it gets its refusal at once:
// net/http would wait for the body first.
func TestAStalledBodyDelaysNoRefusal(t *testing.T) {
	d := openDoor(t, "", "")
	for request, want := range map[string]int{
		"GET /v1/customers": 401, "GET /nothing": 404, "POST " + documentsStatus: 405, "GET /" + strings.Repeat("x", 9000): 414,
	} {
		begun := time.Now()
		answer := d.call(t, message{first: request + " HTTP/1.1", headers: [][2]string{{"Content-Length", "100"}}})
		if answer.status() != want || answer.header("Connection") != "close" {
			t.Errorf("%.40s: %s, Connection %s", request, answer.first, answer.header("Connection"))
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%.40s: the refusal took %s", request, took)
		}
	}
}

func TestChunkedRequestsEndTheirConnection(t *testing.T) {
	d := openDoor(t, "", "")
	request := message{first: "GET " + documentsStatus + " HTTP/1.1", body: []byte("0\r\n\r\n"), headers: [][2]string{
		{"Authorization", "Bearer <admin>"}, {"Transfer-Encoding", "chunked"}, {"Content-Length", "4"},
	}}
	if answer := d.call(t, d.bear(t, request, "")); answer.status() != 200 || answer.header("Connection") != "close" {
		t.Errorf("%s, Connection %q", answer.first, answer.header("Connection"))
	}
}
