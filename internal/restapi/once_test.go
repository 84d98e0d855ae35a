package restapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/fulfillment"
	"provost/partnercenter"
)

// The request ids of these tests.
const oneID, otherID = "3f9f1a8a-6c5d-4d2e-8a27-0b7f6a1c0d01", "3f9f1a8a-6c5d-4d2e-8a27-0b7f6a1c0d02"

const (
	ordersPath    = "/v1/customers/" + documentsCustomer + "/orders"
	otherCustomer = "cf6f4266-8415-4afd-b119-1834c6391312"
	// fiveSeats is an order, sixSeats another, and tooMany what is refused.
	fiveSeats = `{"BillingCycle":"Monthly","LineItems":[{"LineItemNumber":0,"OfferId":"CFQ7TTC0LH18:0001:CFQ7TTC725M4","Quantity":5,"TermDuration":"P1Y"}]}`
	sixSeats  = `{"BillingCycle":"Monthly","LineItems":[{"LineItemNumber":0,"OfferId":"CFQ7TTC0LH18:0001:CFQ7TTC725M4","Quantity":6,"TermDuration":"P1Y"}]}`
	tooMany   = `{"BillingCycle":"Monthly","LineItems":[{"LineItemNumber":0,"OfferId":"CFQ7TTC0LH18:0001:CFQ7TTC725M4","Quantity":301,"TermDuration":"P1Y"}]}`
)

// ask is a write as a program makes it.
type ask struct {
	who, method, path, id, body string
	accept, match               string
}

// got is what it was answered.
type got struct {
	status int
	header http.Header
	body   string
}

func (d *door) ask(ctx context.Context, t testing.TB, a ask) (got, error) {
	if a.who == "" {
		a.who = "admin"
	}
	request, err := http.NewRequestWithContext(ctx, a.method, "http://"+d.address+a.path, strings.NewReader(a.body))
	if err != nil {
		return got{}, err
	}
	request.Header.Set("Authorization", "Bearer "+bearers[a.who].token(t, ""))
	request.Header.Set("Content-Type", "application/json")
	for name, value := range map[string]string{"MS-RequestId": a.id, "Accept": a.accept, "If-Match": a.match} {
		if value != "" {
			request.Header[name] = []string{value}
		}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return got{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return got{response.StatusCode, response.Header, string(body)}, err
}

// asked is one that has to be answered.
func (d *door) asked(t testing.TB, a ask) got {
	t.Helper()
	answer, err := d.ask(t.Context(), t, a)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// together makes as many requests at once, each as it is numbered.
func (d *door) together(t *testing.T, count int, each func(i int) ask) []got {
	t.Helper()
	answers := make([]got, count)
	start := make(chan int)
	var asking sync.WaitGroup
	for i := range count {
		a := each(i)
		asking.Go(func() {
			<-start
			var err error
			if answers[i], err = d.ask(t.Context(), t, a); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	asking.Wait()
	return answers
}

// orderIDs are the customer's.
func (d *door) orderIDs(t *testing.T) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for _, o := range decode[orders](t, d.get(t, "admin", ordersPath)).Items {
		ids[o.ID] = true
	}
	return ids
}

// left are the events and audit records that a write leaves behind.
func (d *door) left(t *testing.T) (events, audits int) {
	t.Helper()
	err := d.store.Read(t.Context(), func(tx commerce.Tx) error {
		told, err := tx.Events().List(t.Context(), commerce.EventQuery{World: "demo", Limit: 10_000})
		if err != nil {
			return err
		}
		partners, err := tx.Partners().List(t.Context(), "demo")
		if err != nil {
			return err
		}
		for _, p := range partners {
			page, err := tx.Audit().Page(t.Context(), commerce.AuditQuery{World: "demo", Partner: p.ID, From: frozenAt, To: frozenAt.AddDate(1, 0, 0), Limit: 10_000})
			if err != nil {
				return err
			}
			audits += len(page)
		}
		events = len(told)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events, audits
}

func order(id, body string) ask { return ask{method: "POST", path: ordersPath, id: id, body: body} }

func TestTheSameOrderAtOnceManyTimesIsOneOrderAndOneAnswer(t *testing.T) {
	d := openDoor(t, "", "")
	before := len(d.orderIDs(t))
	answers := d.together(t, 64, func(int) ask { return order(oneID, fiveSeats) })
	answers = append(answers, d.asked(t, order(oneID, fiveSeats))) // and later
	for i, a := range answers {
		if a.status != http.StatusCreated || a.body != answers[0].body {
			t.Errorf("answer %d is %d %s, the first %d %s", i, a.status, a.body, answers[0].status, answers[0].body)
		}
	}
	if after := len(d.orderIDs(t)); after != before+1 {
		t.Errorf("%d orders came of it", after-before)
	}
	if events, audits := d.left(t); events != 2 || audits != 1 {
		t.Errorf("it left %d events and %d audit records", events, audits)
	}
}

func TestAsManyRequestIDsAreAsManyOrders(t *testing.T) {
	d := openDoor(t, "", "")
	before := len(d.orderIDs(t))
	answers := d.together(t, 64, func(i int) ask { return order(fmt.Sprintf("%s%02d", oneID[:34], i), fiveSeats) })
	bodies := map[string]bool{}
	for _, a := range answers {
		if a.status != http.StatusCreated {
			t.Errorf("answered %d %s", a.status, a.body)
		}
		bodies[a.body] = true
	}
	if after := len(d.orderIDs(t)); after != before+64 || len(bodies) != 64 {
		t.Errorf("%d orders and %d answers came of it", after-before, len(bodies))
	}
	without := d.together(t, 2, func(int) ask { return order("", fiveSeats) })
	if without[0].body == without[1].body {
		t.Error("two requests without an id were taken for one")
	}
}

// The official Java client repeats what was refused five times within some
// milliseconds, under one id.
func TestARepeatedRefusalIsThatRefusalEachTime(t *testing.T) {
	d := openDoor(t, "", "")
	before := len(d.orderIDs(t))
	answers := d.together(t, 5, func(int) ask { return order(oneID, tooMany) })
	for range 5 {
		answers = append(answers, d.asked(t, order(oneID, tooMany)))
	}
	for _, a := range answers {
		if a.status != http.StatusBadRequest || a.body != answers[0].body {
			t.Errorf("refused with %d %s, first with %d %s", a.status, a.body, answers[0].status, answers[0].body)
		}
	}
	if after := len(d.orderIDs(t)); after != before {
		t.Errorf("%d orders came of it", after-before)
	}
	if events, audits := d.left(t); events != 0 || audits != 0 {
		t.Errorf("it left %d events and %d audit records", events, audits)
	}
}

// What was refused is judged anew: it may go well later.
func TestWhatWasRefusedMayGoWellUnderTheSameID(t *testing.T) {
	d := openDoor(t, "", "")
	refuse := true
	d.service.Provisioner = steps(func(work commerce.Work) (commerce.Progress, error) {
		if refuse {
			return commerce.Progress{}, commerce.Refuse(partnercenter.ErrNotReady, "not now")
		}
		return fulfillment.Simulator{}.Step(t.Context(), work)
	})
	if first := d.asked(t, order(oneID, fiveSeats)); first.status != http.StatusConflict {
		t.Fatalf("answered %d %s", first.status, first.body)
	}
	refuse = false
	if second := d.asked(t, order(oneID, fiveSeats)); second.status != http.StatusCreated {
		t.Errorf("answered %d %s", second.status, second.body)
	}
}

type steps func(commerce.Work) (commerce.Progress, error)

func (s steps) Step(_ context.Context, work commerce.Work) (commerce.Progress, error) { return s(work) }

func TestTheWorkGoesOnWhenItsCallerHangsUp(t *testing.T) {
	d := openDoor(t, "", "")
	before := len(d.orderIDs(t))
	inside, finish := make(chan int), make(chan int)
	var tried atomic.Int32
	d.service.Provisioner = steps(func(work commerce.Work) (commerce.Progress, error) {
		if tried.Add(1) == 1 {
			close(inside)
			<-finish
		}
		return fulfillment.Simulator{}.Step(t.Context(), work)
	})
	ctx, hangUp := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := d.ask(ctx, t, order(oneID, fiveSeats))
		gone <- err
	}()
	<-inside
	hangUp()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller got %v", err)
	}
	time.Sleep(50 * time.Millisecond) // the server has noticed
	close(finish)
	again := d.asked(t, order(oneID, fiveSeats))
	if again.status != http.StatusCreated {
		t.Fatalf("the next is answered %d %s", again.status, again.body)
	}
	if after := len(d.orderIDs(t)); after != before+1 || tried.Load() != 1 {
		t.Errorf("%d orders came of it, and it was done %d times", after-before, tried.Load())
	}
	if _, audits := d.left(t); audits != 1 {
		t.Errorf("it left %d audit records", audits)
	}
}

func TestWorkThatDiesIsDoneByTheNextWhoWaits(t *testing.T) {
	for name, die := range map[string]func(){
		"by a panic":   func() { panic("the disk is full") },
		"by a failure": func() {},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDoor(t, "", "")
			before := len(d.orderIDs(t))
			const waiters = 16
			var tried atomic.Int32
			waiting := make(chan int)
			d.service.Provisioner = steps(func(work commerce.Work) (commerce.Progress, error) {
				if tried.Add(1) == 1 {
					<-waiting
					die()
					return commerce.Progress{}, errors.New("the disk is full")
				}
				return fulfillment.Simulator{}.Step(t.Context(), work)
			})
			go func() {
				time.Sleep(200 * time.Millisecond) // all of them wait
				close(waiting)
			}()
			answers := d.together(t, waiters, func(int) ask { return order(oneID, fiveSeats) })
			count, body := map[int]int{}, ""
			for _, a := range answers {
				count[a.status]++
				if a.status == http.StatusCreated {
					if body != "" && body != a.body {
						t.Errorf("two answers: %s and %s", body, a.body)
					}
					body = a.body
				}
			}
			if count[500] != 1 || count[201] != waiters-1 || tried.Load() != 2 {
				t.Errorf("the answers are %v, the work was tried %d times", count, tried.Load())
			}
			if after := len(d.orderIDs(t)); after != before+1 {
				t.Errorf("%d orders came of it", after-before)
			}
		})
	}
}

func TestWhatMakesARequestTheSame(t *testing.T) {
	spaced := strings.ReplaceAll(fiveSeats, ",", ", ")
	for name, c := range map[string]struct {
		second ask
		same   bool
	}{
		"the same":             {order(oneID, fiveSeats), true},
		"its path otherwise":   {ask{method: "POST", path: "/V1//Customers/" + strings.ToUpper(documentsCustomer) + "//orders/", id: oneID, body: fiveSeats}, true},
		"its answer otherwise": {ask{method: "POST", path: ordersPath, id: oneID, body: fiveSeats, accept: "text/json"}, true},
		"another id":           {order(otherID, fiveSeats), false},
		"another body":         {order(oneID, sixSeats), false},
		"other bytes":          {order(oneID, spaced), false},
		"another caller":       {ask{who: "globaladmin", method: "POST", path: ordersPath, id: oneID, body: fiveSeats}, false},
		"another customer":     {ask{method: "POST", path: strings.Replace(ordersPath, documentsCustomer, otherCustomer, 1), id: oneID, body: fiveSeats}, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDoor(t, "", "")
			first, second := d.asked(t, order(oneID, fiveSeats)), d.asked(t, c.second)
			if first.status != http.StatusCreated || second.status != http.StatusCreated {
				t.Fatalf("answered %d %s and %d %s", first.status, first.body, second.status, second.body)
			}
			if same := first.body == second.body; same != c.same {
				t.Errorf("the same: %t; %s and %s", same, first.body, second.body)
			}
		})
	}
}

// A customer that is gone is nobody's any more; who took it away hears so again.
func TestWhoTookACustomerAwayIsToldSoAgain(t *testing.T) {
	customer := "/v1/customers/" + documentsCustomer
	for name, c := range map[string]struct {
		with   string
		write  ask
		status int
	}{
		"deleted": {"sandbox", ask{method: "DELETE", path: customer, id: oneID}, http.StatusNoContent},
		"left":    {"suspended", ask{method: "PATCH", path: customer, id: oneID, body: `{"relationshipToPartner":"none"}`}, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDoor(t, "", "")
			d.arrange(t, c.with)
			first := d.asked(t, c.write)
			if first.status != c.status {
				t.Fatalf("answered %d %s", first.status, first.body)
			}
			events, audits := d.left(t)
			if again := d.asked(t, c.write); again.status != first.status || again.body != first.body {
				t.Errorf("answered %d %s, then %d %s", first.status, first.body, again.status, again.body)
			}
			other, stranger, elsewhere, garbled := c.write, c.write, c.write, c.write
			other.id, stranger.who, garbled.body = otherID, "globaladmin", "{"
			elsewhere.path += "/orders"
			elsewhere.method, elsewhere.body = "POST", fiveSeats
			for what, a := range map[string]ask{"another id": other, "another caller": stranger, "another call": elsewhere, "another body": garbled} {
				if got := d.asked(t, a); got.status != http.StatusForbidden || !strings.Contains(got.body, `"20002"`) {
					t.Errorf("%s: answered %d %s", what, got.status, got.body)
				}
			}
			if e, a := d.left(t); e != events || a != audits {
				t.Errorf("the repeats left %d events and %d audit records", e-events, a-audits)
			}
		})
	}
}

func TestARepeatedRequestIsAnsweredInTheWordsThatItAsksFor(t *testing.T) {
	d := openDoor(t, "", "")
	first := d.asked(t, order(oneID, fiveSeats))
	inXML := order(oneID, fiveSeats)
	inXML.accept = "application/xml"
	second := d.asked(t, inXML)
	var made partnercenter.Order
	if err := json.Unmarshal([]byte(first.body), &made); err != nil {
		t.Fatal(err)
	}
	if second.status != http.StatusCreated || !strings.HasPrefix(second.header.Get("Content-Type"), "application/xml") ||
		!strings.Contains(second.body, "<Id>"+made.ID+"</Id>") {
		t.Errorf("order %s was answered again with %d %s %s", made.ID, second.status, second.header.Get("Content-Type"), second.body)
	}
	if third := d.asked(t, order(oneID, fiveSeats)); third.body != first.body {
		t.Errorf("the first %s, the third %s", first.body, third.body)
	}
}

func TestOfManyPatchesWithOneETagOneWins(t *testing.T) {
	d := openDoor(t, "", "")
	path := "/v1/customers/" + documentsCustomer + "/subscriptions/" + documentsSubscription
	etag := decode[partnercenter.Subscription](t, d.get(t, "admin", path)).Attributes.ETag
	if etag == nil {
		t.Fatal("the subscription has no etag")
	}
	for name, words := range map[string]func(i int) ask{
		"If-Match": func(i int) ask {
			return ask{method: "PATCH", path: path, match: *etag, body: fmt.Sprintf(`{"friendlyName":"Name %d"}`, i)}
		},
		"in the body": func(i int) ask {
			return ask{method: "PATCH", path: path, body: fmt.Sprintf(`{"friendlyName":"Name %d","attributes":{"etag":%q}}`, i, *etag)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDoor(t, "", "")
			count := map[int]int{}
			won := ""
			for _, a := range d.together(t, 64, words) {
				count[a.status]++
				if a.status == http.StatusOK {
					won = a.body
				} else if !strings.Contains(a.body, `"2055"`) && a.status != http.StatusPreconditionFailed {
					t.Errorf("refused with %d %s", a.status, a.body)
				}
			}
			if count[http.StatusOK] != 1 || len(count) != 2 {
				t.Errorf("the answers are %v", count)
			}
			var winner partnercenter.Subscription
			if err := json.Unmarshal([]byte(won), &winner); err != nil {
				t.Fatal(err)
			}
			if there := decode[partnercenter.Subscription](t, d.get(t, "admin", path)); there.FriendlyName != winner.FriendlyName {
				t.Errorf("%s won, and it is called %s", winner.FriendlyName, there.FriendlyName)
			}
		})
	}
}
