package partnercenter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"provost/partnercenter"
)

const futureSubscription = `{"id":"s","quantity":5,"friendlyName":"Seats","status":"Warming_up","autoRenewEnabled":true,"priceLock":{"until":"2031","tiers":[1,2.50]},` +
	`"CreationDate":"2021-01-14T16:57:15.0000000Z","refundableQuantity":{"totalQuantity":2,"details":[],"policy":"new"},` +
	`"lineItems":[{"id":"1","quantity":1,"mood":"fine"},{"id":"2","quantity":2,"mood":"grim"}],"nextChargeInstructions":{"quantity":1,"kept":true},"attributes":{"etag":"v1","objectType":"Subscription","shard":7}}`

// shelf keeps one subscription, as a service that knows more than this package.
func shelf(t *testing.T, version *int, late int) *service {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			body := strings.Replace(futureSubscription, `"v1"`, `"v`+string(rune('0'+*version))+`"`, 1)
			says(200, body)(w, r)
			if late > 0 { // somebody else writes
				late--
				*version++
			}
			return
		}
		if r.Header.Get("If-Match") != `"v`+string(rune('0'+*version))+`"` {
			says(400, `{"code":"2055","description":"stale"}`)(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		says(200, string(body))(w, r)
	})
}

func TestMembersThatNobodyKnowsSurviveReadModifyWrite(t *testing.T) {
	version := 1
	s := shelf(t, &version, 0)
	sub := s.partner(t).Customers.ByID("c").Subscriptions.ByID("s")
	_, err := sub.Update(t.Context(), func(s *partnercenter.Subscription) error {
		s.Quantity = 9
		s.LineItems = []partnercenter.SubscriptionLineItemDetail{s.LineItems[1], s.LineItems[0]}
		s.LineItems[0].Quantity = 3
		s.NextChargeInstructions = nil
		s.RefundableQuantity.TotalQuantity = 1
		partner := "77"
		s.PartnerID = &partner
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	_ = json.Unmarshal([]byte(s.requests()[1].body), &got)
	_ = json.Unmarshal([]byte(`{"id":"s","quantity":9,"friendlyName":"Seats","status":"Warming_up","autoRenewEnabled":true,"priceLock":{"until":"2031","tiers":[1,2.5]},
		"CreationDate":"2021-01-14T16:57:15.0000000Z","refundableQuantity":{"totalQuantity":1,"details":[],"policy":"new"},
		"lineItems":[{"id":"2","quantity":3,"mood":"grim"},{"id":"1","quantity":1,"mood":"fine"}],"partnerId":"77","attributes":{"etag":"v1","objectType":"Subscription","shard":7}}`), &want)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("written\n%s\nwant\n%s", mustJSON(t, got), mustJSON(t, want))
	}
	if !strings.Contains(s.requests()[1].body, "2.50") {
		t.Error("a number was rewritten")
	}
}

func TestItemsThatNothingNamesKeepTheirOwnMembers(t *testing.T) {
	const details = `{"quantity":%s,"allowedUntilDateTime":"2030-01-01T00:00:00Z"%s}`
	item := func(quantity, more string) string { return fmt.Sprintf(details, quantity, more) }
	body := `{"id":"s","refundableQuantity":{"totalQuantity":2,"details":[` + item("1", `,"x":1`) + "," + item("1", `,"x":2`) + "," + item("3", `,"x":3`) + `]}}`
	type list = []partnercenter.RefundableQuantityDetail
	for name, c := range map[string]struct {
		change func(list) list
		want   []string
	}{
		"one is changed":    {func(d list) list { d[2].Quantity = 4; return d }, []string{item("1", `,"x":1`), item("1", `,"x":2`), item("4", `,"x":3`)}},
		"the second goes":   {func(d list) list { return list{d[0], d[2]} }, []string{item("1", `,"x":1`), item("3", `,"x":3`)}},
		"they are reversed": {func(d list) list { return list{d[2], d[1], d[0]} }, []string{item("3", `,"x":3`), item("1", `,"x":2`), item("1", `,"x":1`)}},
		"one comes first":   {func(d list) list { return list{{Quantity: 9, AllowedUntilDateTime: d[0].AllowedUntilDateTime}, d[2]} }, []string{item("9", ""), item("3", `,"x":3`)}},
		"the last replaces the first": {func(d list) list {
			return list{d[2], {Quantity: 7, AllowedUntilDateTime: d[0].AllowedUntilDateTime}, d[1]}
		}, []string{item("3", `,"x":3`), item("7", `,"x":2`), item("1", `,"x":1`)}},
	} {
		s := serve(t, says(200, body))
		_, err := s.partner(t).Customers.ByID("c").Subscriptions.ByID("s").Update(t.Context(), func(s *partnercenter.Subscription) error {
			s.RefundableQuantity.Details = c.change(s.RefundableQuantity.Details)
			return nil
		})
		if got := s.requests()[1].body; err != nil || !strings.Contains(got, "["+strings.Join(c.want, ",")+"]") {
			t.Errorf("%s: %v\n%s\nwant\n%v", name, err, got, c.want)
		}
	}
}

// A further try writes something else, and does not go under the same id.
func TestUpdateUnderARequestIDTakesFurtherIDsFromIt(t *testing.T) {
	var ids [2][]string
	for run := range ids {
		version := 1
		s := shelf(t, &version, 2)
		_, err := s.partner(t).Customers.ByID("c").Subscriptions.ByID("s").Update(partnercenter.WithRequestID(t.Context(), "mine"), func(s *partnercenter.Subscription) error {
			s.Quantity++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range s.requests() {
			if r.method == http.MethodPatch {
				ids[run] = append(ids[run], r.header.Get("MS-RequestId"))
			}
		}
	}
	if first := ids[0]; len(first) != 3 || first[0] != "mine" || first[1] == first[2] || len(first[1]) != 36 || !reflect.DeepEqual(first, ids[1]) {
		t.Errorf("%v", ids)
	}
}

func TestWhatIsOnlyReadIsWrittenBackByteForByte(t *testing.T) {
	version := 1
	s := shelf(t, &version, 0)
	sub := s.partner(t).Customers.ByID("c").Subscriptions.ByID("s")
	read, err := sub.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	copied := *read
	if _, err := sub.Patch(t.Context(), &copied); err != nil || s.requests()[1].body != futureSubscription {
		t.Errorf("%v, %s", err, s.requests()[1].body)
	}
}

func TestItemsOfAListCanBeWrittenBackToo(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		says(200, `{"totalCount":1,"items":[`+futureSubscription+`]}`)(w, r)
	})
	subs := s.partner(t).Customers.ByID("c").Subscriptions
	for sub, err := range subs.List(t.Context(), partnercenter.SubscriptionQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := subs.ByID("s").Patch(t.Context(), sub); err != nil {
			t.Fatal(err)
		}
	}
	if s.requests()[1].body != futureSubscription {
		t.Error(s.requests()[1].body)
	}
}

func TestSubscriptionMadeByHandIsWrittenAsItIs(t *testing.T) {
	s := serve(t, says(200, futureSubscription))
	_, err := s.partner(t).Customers.ByID("c").Subscriptions.ByID("s").Patch(t.Context(), &partnercenter.Subscription{Quantity: 7})
	got := s.requests()[0]
	if err != nil || !strings.Contains(got.body, `"quantity":7`) || got.header.Get("If-Match") != "" || strings.Contains(got.body, "priceLock") {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestUpdateReadsAgainWhenSomebodyElseHasWritten(t *testing.T) {
	for _, stale := range []int{400, 412} {
		version := 1
		s := shelf(t, &version, 2)
		if stale == 412 {
			inner := s.Config.Handler
			s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				inner.ServeHTTP(statusAs{w, 400, 412}, r)
			})
		}
		calls := 0
		sub, err := s.partner(t).Customers.ByID("c").Subscriptions.ByID("s").Update(t.Context(), func(s *partnercenter.Subscription) error {
			calls++
			s.Quantity++
			return nil
		})
		if err != nil || calls != 3 || sub.Quantity != 6 {
			t.Errorf("%d: %+v, %v after %d calls", stale, sub, err, calls)
		}
	}
	version := 1
	s := shelf(t, &version, 0)
	mine := errors.New("mine")
	_, err := s.partner(t).Customers.ByID("c").Subscriptions.ByID("s").Update(t.Context(), func(*partnercenter.Subscription) error { return mine })
	if !errors.Is(err, mine) || len(s.requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(s.requests()))
	}
}

// statusAs writes one status for another.
type statusAs struct {
	http.ResponseWriter
	from, to int
}

func (w statusAs) WriteHeader(status int) {
	if status == w.from {
		status = w.to
	}
	w.ResponseWriter.WriteHeader(status)
}

func TestUpdateGivesUpAgainstAMachine(t *testing.T) {
	version := 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		version++
		if r.Method == http.MethodGet {
			says(200, futureSubscription)(w, r)
		} else {
			says(400, `{"code":2055}`)(w, r)
		}
	})
	_, err := s.partner(t).Customers.ByID("c").Subscriptions.ByID("s").Update(t.Context(), func(*partnercenter.Subscription) error { return nil })
	if !errors.Is(err, partnercenter.ErrStale) || version > 30 {
		t.Errorf("%v after %d requests", err, version)
	}
}

func TestPatchThatTakesItsTimeReturnsWhatIsSaidMeanwhile(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			w.Header().Set("Location", "/customers/c/subscriptions/s")
			w.WriteHeader(http.StatusAccepted)
			return
		}
		says(200, futureSubscription)(w, r)
	})
	sub, err := s.partner(t).Customers.ByID("c").Subscriptions.ByID("s").Patch(t.Context(), &partnercenter.Subscription{})
	if err != nil || sub.FriendlyName != "Seats" {
		t.Errorf("%+v, %v", sub, err)
	}
}

func TestWhatNobodySaidIsNotSent(t *testing.T) {
	s := serve(t, says(201, `{"id":"o"}`))
	c := s.partner(t).Customers.ByID("c")
	year := "P1Y"
	_, err := c.Orders.Create(t.Context(), &partnercenter.Order{
		BillingCycle: partnercenter.BillingCycleMonthly,
		LineItems:    []partnercenter.OrderLineItem{{OfferID: "p:s:a", Quantity: 5, TermDuration: &year}},
	})
	if got, want := s.requests()[0].body, `{"billingCycle":"monthly","lineItems":[{"lineItemNumber":0,"offerId":"p:s:a","termDuration":"P1Y","quantity":5}]}`; err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	_, err = c.Patch(t.Context(), &partnercenter.Customer{RelationshipToPartner: partnercenter.RelationshipNone})
	if got, want := s.requests()[1].body, `{"relationshipToPartner":"none"}`; err != nil || got != want {
		t.Errorf("%v %s, want %s", err, got, want)
	}
	_, err = c.Subscriptions.ByID("s").Patch(t.Context(), &partnercenter.Subscription{Status: partnercenter.SubscriptionSuspended, RenewalTermDuration: new(string)})
	if got, want := s.requests()[2].body, `{"quantity":0,"status":"suspended","autoRenewEnabled":false,"renewalTermDuration":""}`; err != nil || got != want {
		t.Errorf("%v %s, want %s", err, got, want)
	}
	if _, err := c.Orders.Create(t.Context(), nil); err == nil || len(s.requests()) != 3 {
		t.Errorf("nothing was sent: %v", err)
	}
}
