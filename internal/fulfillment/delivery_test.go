package fulfillment_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/fulfillment"
	"provost/internal/sqlstore"
	"provost/internal/storetest"
	"provost/partnercenter"
)

const (
	customer      = "5b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11"
	businessBasic = "CFQ7TTC0LH18:0001:CFQ7TTC725M4"
)

var (
	opened = time.Date(2026, time.March, 2, 12, 12, 50, 0, time.UTC)
	secret = fulfillment.Secrets{[]byte("0123456789abcdef0123456789abcdef")}
)

// call is one request as the warehouse got it.
type call struct {
	method, path, signature string
	body                    []byte
}

// warehouse is an outside system: each request gets the next answer, the last
// one again and again.
type warehouse struct {
	*httptest.Server
	t       *testing.T
	mu      sync.Mutex
	calls   []call
	answers []http.HandlerFunc
}

func newWarehouse(t *testing.T, answers ...http.HandlerFunc) *warehouse {
	w := &warehouse{t: t, answers: answers}
	w.Server = httptest.NewServer(w)
	t.Cleanup(w.Close)
	return w
}

func (w *warehouse) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	w.calls = append(w.calls, call{r.Method, r.URL.Path, r.Header.Get(fulfillment.SignatureHeader), body})
	answer := w.answers[min(len(w.calls), len(w.answers))-1]
	w.mu.Unlock()
	answer(rw, r)
}

// asked are the requests so far.
func (w *warehouse) asked() []call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

func (w *warehouse) methods() string {
	var methods []string
	for _, c := range w.asked() {
		methods = append(methods, c.method)
	}
	return strings.Join(methods, " ")
}

// says answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// shop is a development world whose clock stands still, in a store of its own,
// with a server's jobs.
type shop struct {
	*commerce.Service
	t     *testing.T
	path  string
	by    commerce.Caller
	hear  func(ctx context.Context, world, change, signature string, body []byte) error
	close func()
	log   *log
}

// log is what the server told.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func openShop(t *testing.T, systems map[string]*fulfillment.HTTP) *shop {
	t.Helper()
	s := &shop{t: t, path: filepath.Join(t.TempDir(), "shop.db"), log: &log{}}
	if os.Getenv(storetest.PostgresVariable) != "" {
		s.path = storetest.Postgres(t)
	}
	s.start(systems)
	world := commerce.World{
		ID: "shop", Name: "shop", Kind: commerce.Development, CreatedAt: opened, Settings: commerce.DefaultSettings(),
		Clock: commerce.Clock{FrozenAt: &opened},
	}
	world.Settings.Provisioner = "warehouse"
	provider := commerce.Partner{World: "shop", ID: "11d7cf1e-8a55-4d54-a1d6-6b6ffb0e1a01", Tenant: "21d7cf1e-8a55-4d54-a1d6-6b6ffb0e1a01", Kind: commerce.Provider, Name: "Provider"}
	s.by.Actor = commerce.Actor{Claims: commerce.Claims{User: "ada", Tenant: provider.Tenant, MFA: true}, World: world, Partner: provider}
	err := s.Store.Write(t.Context(), func(tx commerce.Tx) error {
		if err := tx.Worlds().Insert(t.Context(), world); err != nil {
			return err
		}
		if err := tx.Partners().Insert(t.Context(), provider); err != nil {
			return err
		}
		c := commerce.Customer{World: "shop", CreatedAt: opened, Resource: partnercenter.Customer{ID: customer, CompanyProfile: &partnercenter.CustomerCompanyProfile{
			CompanyName: "Corner Shop", Domain: "corner.example", Address: &partnercenter.Address{Country: "US"},
		}}}
		if err := tx.Customers().Insert(t.Context(), c); err != nil {
			return err
		}
		return tx.Relationships().Insert(t.Context(), commerce.Relationship{World: "shop", Partner: provider.ID, Customer: customer, Kind: commerce.ResellerOf})
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// openStore opens what path names: a file, or the URL of a PostgreSQL.
func openStore(ctx context.Context, path string) (*sqlstore.Store, error) {
	if sqlstore.IsPostgres(path) {
		return sqlstore.Open(ctx, path)
	}
	return sqlstore.OpenSQLite(ctx, sqlstore.SQLite{Path: path, Ephemeral: true})
}

// start opens the store and has jobs done until the test, or close, ends it.
func (s *shop) start(systems map[string]*fulfillment.HTTP) {
	s.t.Helper()
	logger := slog.New(slog.NewTextHandler(s.log, nil))
	store, err := openStore(s.t.Context(), s.path)
	if err != nil {
		s.t.Fatal(err)
	}
	provisioners := &fulfillment.Provisioners{Outside: systems, Log: logger, Callback: func(world, change string) string {
		return "https://shop.example/" + world + "/" + change
	}}
	s.Service = &commerce.Service{Store: store, Holder: "test", Provisioner: provisioners, Provisioners: provisioners.Names()}
	provisioners.Shop = s.Service
	s.hear = provisioners.Heard
	if err := store.OpenJobs(s.t.Context(), logger); err != nil {
		s.t.Fatal(err)
	}
	stop, err := store.RunJobs(s.t.Context(), map[commerce.JobKind]commerce.Worker{commerce.ProvisionJob: provisioners.Worker()}, logger)
	if err != nil {
		s.t.Fatal(err)
	}
	s.close = sync.OnceFunc(func() {
		if err := stop(); err != nil {
			s.t.Error(err)
		}
		if err := store.Close(); err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(s.close)
}

// buy orders seats, and gives the order's id.
func (s *shop) buy(seats int) string {
	s.t.Helper()
	order, err := s.PlaceOrder(s.t.Context(), s.by, customer, partnercenter.Order{LineItems: []partnercenter.OrderLineItem{{
		OfferID: businessBasic, Quantity: seats, TermDuration: new("P1Y"), FriendlyName: new("seats"),
	}}})
	if err != nil {
		s.t.Fatal(err)
	}
	return order.ID
}

// change is that of an order's only line.
func (s *shop) change(order string) (c commerce.Change) {
	s.t.Helper()
	err := s.Store.Read(s.t.Context(), func(tx commerce.Tx) error {
		found, err := tx.Changes().Purchases(s.t.Context(), "shop", customer, order)
		if len(found) == 1 {
			c = found[0]
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// portions waits until the change of an order says so.
func (s *shop) portions(order, want string) commerce.Change {
	s.t.Helper()
	var c commerce.Change
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if c = s.change(order); told(c) == want {
			return c
		}
	}
	s.t.Fatalf("the change is %s, want %s\n%s", told(c), want, s.log)
	return c
}

func told(c commerce.Change) string {
	var words []string
	for _, p := range c.Portions {
		word := fmt.Sprintf("%d %s", p.Quantity, p.Status)
		if p.Reason != "" {
			word += " (" + p.Reason + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// events are the kinds of what was told of the change, in order.
func (s *shop) events(c commerce.Change) string {
	s.t.Helper()
	var kinds []string
	err := s.Store.Read(s.t.Context(), func(tx commerce.Tx) error {
		events, err := tx.Events().List(s.t.Context(), commerce.EventQuery{World: "shop", Limit: 1000})
		for _, e := range events {
			if e.Change == c.ID {
				kinds = append(kinds, string(e.Kind))
			}
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.Join(kinds, ", ")
}

func (s *shop) outstanding() int {
	s.t.Helper()
	reading, err := s.ReadClock(s.t.Context(), s.by.Actor)
	if err != nil {
		s.t.Fatal(err)
	}
	return reading.Outstanding
}

const (
	threeOfFive = `{"portions":[{"quantity":3,"status":"fulfilled"}]}`
	allOfFive   = `{"portions":[{"quantity":3,"status":"fulfilled"},{"quantity":2,"status":"unfulfilled","reason":"no licences are left"}]}`
	allAtOnce   = `{"portions":[{"quantity":5,"status":"fulfilled"}]}`
)

func (w *warehouse) system(tries int) map[string]*fulfillment.HTTP {
	return map[string]*fulfillment.HTTP{"warehouse": fulfillment.NewHTTP(w.URL+"/changes/", secret, tries)}
}

func TestOutsideSystemThatAnswersAtOnceSettlesAtTheWorldsNow(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t, says(200, allOfFive))
	s := openShop(t, w.system(0))
	c := s.portions(s.buy(5), "3 fulfilled, 2 unfulfilled (no licences are left)")
	if !c.SettledAt.Equal(opened) || c.Provisioner != "warehouse" || s.outstanding() != 0 {
		t.Errorf("settled as %+v, %d outstanding", c, s.outstanding())
	}
	if got := s.events(c); got != "change asked, portion fulfilled, portion failed, settled" {
		t.Errorf("the events are %s", got)
	}
	asked := w.asked()
	if len(asked) != 1 || asked[0].method != "PUT" || asked[0].path != "/changes/"+c.ID {
		t.Fatalf("asked %+v", asked)
	}
	if err := secret.Verify(asked[0].signature, time.Now(), c.ID, asked[0].body); err != nil {
		t.Error(err)
	}
	var told map[string]any
	if err := json.Unmarshal(asked[0].body, &told); err != nil || told["id"] != c.ID || told["quantity"] != 5.0 || told["offerId"] != businessBasic ||
		told["kind"] != "purchase" || told["customerId"] != customer || told["callback"] != "https://shop.example/shop/"+c.ID {
		t.Errorf("told %s", asked[0].body)
	}
}

func TestOutsideSystemIsAskedAgainUntilAllIsDecided(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t, says(202, ""), says(200, threeOfFive), says(202, `{}`), says(200, allOfFive))
	s := openShop(t, w.system(0))
	order := s.buy(5)
	s.portions(order, "3 fulfilled, 2 prefulfillmentPending")
	if n := s.outstanding(); n != 1 {
		t.Errorf("%d are outstanding", n)
	}
	s.portions(order, "3 fulfilled, 2 prefulfillmentPending") // what says nothing new takes nothing back
	s.portions(order, "3 fulfilled, 2 unfulfilled (no licences are left)")
	if got := w.methods(); got != "PUT GET GET GET" {
		t.Errorf("asked %s", got)
	}
}

func TestOutsideSystemThatFailsIsAskedAgain(t *testing.T) {
	t.Parallel()
	slow := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	}
	w := newWarehouse(t, says(503, ""), slow, says(200, allAtOnce))
	systems := w.system(0)
	systems["warehouse"].SetPatience(200 * time.Millisecond)
	s := openShop(t, systems)
	s.portions(s.buy(5), "5 fulfilled")
	if got := w.methods(); got != "PUT PUT PUT" {
		t.Errorf("asked %s", got)
	}
}

func TestRefusalOfAnOutsideSystemFailsTheChangeAtOnce(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t, says(422, `{"reason":"the tenant is blocked"}`))
	s := openShop(t, w.system(0))
	c := s.portions(s.buy(5), "5 unfulfilled (the tenant is blocked)")
	if got := s.events(c); got != "change asked, portion failed, settled" || w.methods() != "PUT" {
		t.Errorf("the events are %s; asked %s", got, w.methods())
	}
}

func TestOutsideSystemThatNeverAnswersRightFailsTheChange(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"an outage":       says(500, ""),
		"garbage":         says(200, "<html>"),
		"too much":        says(200, `{"portions":[{"quantity":6,"status":"fulfilled"}]}`),
		"another word":    says(200, `{"portions":[{"quantity":5,"status":"done"}]}`),
		"a redirect":      says(307, ""),
		"an endless body": says(200, `{"reason":"`+strings.Repeat("x", 2<<20)+`"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWarehouse(t, answer)
			s := openShop(t, w.system(2))
			s.portions(s.buy(5), "5 unfulfilled (The delivery did not answer as it should, and was given up.)")
			if log := s.log.String(); !strings.Contains(log, "failed too often") || strings.Contains(log, string(secret[0])) {
				t.Errorf("the log says %s", log)
			}
		})
	}
}

func TestOutsideSystemThatTakesAnAnswerBackFailsTheRest(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t, says(200, threeOfFive), says(200, `{"portions":[{"quantity":2,"status":"fulfilled"}]}`))
	s := openShop(t, w.system(2))
	s.portions(s.buy(5), "3 fulfilled, 2 unfulfilled (The delivery did not answer as it should, and was given up.)")
}

func TestOutsideSystemThatForgotIsToldAgain(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t, says(202, ""), says(404, ""), says(200, allAtOnce))
	s := openShop(t, w.system(0))
	s.portions(s.buy(5), "5 fulfilled")
	if got := w.methods(); got != "PUT GET PUT" {
		t.Errorf("asked %s", got)
	}
}

func TestProvisionerThatIsGoneFailsTheChange(t *testing.T) {
	t.Parallel()
	s := openShop(t, map[string]*fulfillment.HTTP{})
	s.portions(s.buy(5), "5 unfulfilled (There is no provisioner warehouse any more.)")
}

func TestCallbackSaysWhatAnAnswerWould(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Retry-After", "3600")
		rw.WriteHeader(202)
	})
	s := openShop(t, w.system(0))
	order := s.buy(5)
	c := s.change(order)
	hear := func(body string, at time.Time, with fulfillment.Secrets) error {
		return s.hear(t.Context(), "shop", c.ID, with.Sign(at, c.ID, []byte(body)), []byte(body))
	}
	if err := hear(threeOfFive, time.Now(), secret); err != nil {
		t.Fatal(err)
	}
	s.portions(order, "3 fulfilled, 2 prefulfillmentPending")
	for name, wrong := range map[string]error{
		"another's secret": hear(allOfFive, time.Now(), fulfillment.Secrets{[]byte("another secret of the same length")}),
		"an old signature": hear(allOfFive, time.Now().Add(-6*time.Minute), secret),
		"one from ahead":   hear(allOfFive, time.Now().Add(6*time.Minute), secret),
		"of another body":  s.hear(t.Context(), "shop", c.ID, secret.Sign(time.Now(), c.ID, []byte(threeOfFive)), []byte(allOfFive)),
		"of another's":     s.hear(t.Context(), "shop", c.ID, secret.Sign(time.Now(), customer, []byte(allOfFive)), []byte(allOfFive)),
		"no signature":     s.hear(t.Context(), "shop", c.ID, "", []byte(allOfFive)),
		"no such change":   s.hear(t.Context(), "shop", customer, secret.Sign(time.Now(), customer, []byte(allOfFive)), []byte(allOfFive)),
		"no such world":    s.hear(t.Context(), "mars", c.ID, secret.Sign(time.Now(), c.ID, []byte(allOfFive)), []byte(allOfFive)),
	} {
		if !isRefusal(wrong, partnercenter.ErrOperatorKey) {
			t.Errorf("%s: %v", name, wrong)
		}
	}
	for _, slip := range []string{`{}`, `{"portion":[]}`, `[]`, ``} {
		if err := hear(slip, time.Now(), secret); !isRefusal(err, partnercenter.ErrInput) {
			t.Errorf("%q: %v", slip, err)
		}
	}
	if err := hear(allOfFive, time.Now(), secret); err != nil {
		t.Fatal(err)
	}
	c = s.portions(order, "3 fulfilled, 2 unfulfilled (no licences are left)")
	if err := hear(allOfFive, time.Now(), secret); err != nil {
		t.Errorf("said again: %v", err)
	}
	if err := hear(threeOfFive, time.Now(), secret); !isRefusal(err, partnercenter.ErrConflict) {
		t.Errorf("an earlier one, replayed: %v", err)
	}
	if got := s.events(c); got != "change asked, portion fulfilled, portion failed, settled" {
		t.Errorf("the events are %s", got)
	}
}

func TestAdvancingTheClockDoesNotWaitForOutside(t *testing.T) {
	t.Parallel()
	open := make(chan struct{})
	w := newWarehouse(t, func(rw http.ResponseWriter, r *http.Request) { <-open; says(200, allAtOnce)(rw, r) })
	s := openShop(t, w.system(0))
	order := s.buy(5)
	period, _ := commerce.ParsePeriod("PT1H")
	reading, _, err := s.MoveClock(t.Context(), s.by, commerce.ClockMove{By: &period})
	if err != nil || reading.Outstanding != 1 {
		t.Fatalf("it says %+v (%v)", reading, err)
	}
	close(open)
	if c := s.portions(order, "5 fulfilled"); !c.SettledAt.Equal(opened.Add(time.Hour)) {
		t.Errorf("settled at %s", c.SettledAt)
	}
}

// The system got the change and the server was gone before it answered.
func TestChangeIsToldAgainAfterARestart(t *testing.T) {
	t.Parallel()
	got := make(chan struct{}, 1)
	w := newWarehouse(t, func(_ http.ResponseWriter, r *http.Request) { got <- struct{}{}; <-r.Context().Done() }, says(200, allAtOnce))
	s := openShop(t, w.system(0))
	order := s.buy(5)
	<-got
	s.close()
	s.start(w.system(0))
	c := s.portions(order, "5 fulfilled")
	asked := w.asked()
	if len(asked) != 2 || asked[0].method != "PUT" || asked[1].method != "PUT" || asked[0].path != asked[1].path || string(asked[0].body) != string(asked[1].body) {
		t.Errorf("asked %+v", asked)
	}
	if got := s.events(c); got != "change asked, portion fulfilled, settled" {
		t.Errorf("the events are %s", got)
	}
}
