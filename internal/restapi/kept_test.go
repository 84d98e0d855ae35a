package restapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
)

// countedStore counts what is read.
type countedStore struct {
	commerce.Store
	reads atomic.Int64
}

func (s *countedStore) Read(ctx context.Context, fn func(commerce.Tx) error) error {
	s.reads.Add(1)
	return s.Store.Read(ctx, fn)
}

// countedDoor tells which answers were read from the store.
type countedDoor struct {
	*door
	counted *countedStore
	// tokens are each bearer's only one: another would be another caller.
	tokens map[string]string
}

func openCounted(t *testing.T) countedDoor {
	d := countedDoor{openDoor(t, "", ""), nil, map[string]string{}}
	d.counted = &countedStore{Store: d.store}
	d.service.Store = d.counted
	return d
}

// anew says whether the answer was read from the store.
func (d countedDoor) anew(t *testing.T, world, who, path string, headers ...[2]string) (bool, message) {
	t.Helper()
	if d.tokens[who] == "" {
		d.tokens[who] = bearers[who].token(t, world)
	}
	before := d.counted.reads.Load()
	answer := d.call(t, message{
		first: "GET " + path + " HTTP/1.1", headers: append([][2]string{{"Authorization", "Bearer " + d.tokens[who]}}, headers...),
	})
	return d.counted.reads.Load() > before, answer
}

func keptRows() []pipe.Route {
	var kept []pipe.Route
	for _, rt := range rows() {
		if rt.Kept {
			kept = append(kept, rt)
		}
	}
	return kept
}

func TestAnswersAreGivenAgainWhileNothingHasChanged(t *testing.T) {
	d := openCounted(t)
	ids := idsOf(t, d.door, documentsCustomer)
	if len(keptRows()) != 4 {
		t.Errorf("%d rows are kept", len(keptRows()))
	}
	for _, rt := range keptRows() {
		path := ids.Replace(rt.Path)
		_, first := d.anew(t, "", "admin", path)
		read, again := d.anew(t, "", "admin", path)
		if first.status() != 200 || read || string(again.body) != string(first.body) || again.header("ETag") != first.header("ETag") {
			t.Errorf("%s: read again: %t, %s then %s", rt.Path, read, first.first, again.first)
		}
		if again.header("MS-RequestId") == first.header("MS-RequestId") || again.header("MS-CV") == first.header("MS-CV") {
			t.Errorf("%s: two answers have the same ids", rt.Path)
		}
		if _, xml := d.anew(t, "", "admin", path+"?"); string(xml.body) != string(first.body) {
			t.Errorf("%s: %s", rt.Path, xml.body)
		}
		if read, other := d.anew(t, "", "stranger", path); !read || other.status() != 403 {
			t.Errorf("%s: whoever may not have it gets %s", rt.Path, other.first)
		}
		if read, other := d.anew(t, "", "reseller", path); !read || other.status() != 403 {
			t.Errorf("%s: another partner gets %s", rt.Path, other.first)
		}
		if read, other := d.anew(t, "", "expired", path); read || other.status() != 401 {
			t.Errorf("%s: an expired token gets %s", rt.Path, other.first)
		}
		_, known := d.anew(t, "", "admin", path, [2]string{"If-None-Match", first.header("ETag")})
		if want := map[bool]int{true: 304, false: 200}[first.header("ETag") != ""]; known.status() != want {
			t.Errorf("%s: asked with its tag: %s", rt.Path, known.first)
		}
	}
}

func TestAKeptAnswerEndsWithWhatItIsMadeOf(t *testing.T) {
	admin := bearers["admin"].user
	touch := func(ctx context.Context, tx commerce.Tx) error {
		s, err := tx.Subscriptions().ByID(ctx, "demo", documentsCustomer, documentsSubscription)
		if err != nil {
			return err
		}
		s.Provisioning.Published.Quantity, s.Provisioning.Provisioned.Quantity, s.Version = 77, 77, s.Version+1
		return tx.Subscriptions().Update(ctx, s, s.Version-1)
	}
	provider := func(ctx context.Context, tx commerce.Tx) (string, error) {
		p, err := tx.Partners().ByTenant(ctx, frozenProvider)
		return p.ID, err
	}
	for name, c := range map[string]struct {
		write  func(context.Context, commerce.Tx) error
		status int
		holds  string
		// plain asks for the subscription instead of its status.
		plain bool
	}{
		"the subscription": {touch, 200, `"quantity":77`, false},
		"a role": {func(ctx context.Context, tx commerce.Tx) error {
			p, err := provider(ctx, tx)
			if err != nil {
				return err
			}
			for _, role := range []commerce.AgentRole{commerce.AdminAgent, commerce.GlobalAdmin} {
				if err := tx.Roles().RevokeAgent(ctx, commerce.AgentGrant{World: "demo", Partner: p, User: admin, Role: role}); err != nil {
					return err
				}
			}
			return nil
		}, 403, "", true},
		"the relationship": {func(ctx context.Context, tx commerce.Tx) error {
			p, err := provider(ctx, tx)
			if err != nil {
				return err
			}
			return tx.Relationships().End(ctx, commerce.Relationship{World: "demo", Partner: p, Customer: documentsCustomer, Kind: commerce.ResellerOf})
		}, 403, "20002", false},
		"the world's clock": {func(ctx context.Context, tx commerce.Tx) error {
			return tx.Worlds().SetClock(ctx, "demo", commerce.Clock{})
		}, 200, "", false},
		"another customer, which is none of its business": {func(ctx context.Context, tx commerce.Tx) error {
			return tx.Subscriptions().Insert(ctx, commerce.Subscription{
				World: "demo", Customer: "96ba4b40-b4b2-4ee6-9a11-bfd31c354445", CreatedAt: frozenAt, Version: 1,
				Resource: partnercenter.Subscription{ID: "00000000-0000-4000-8000-000000000001"},
			})
		}, 0, "", false},
	} {
		d := openCounted(t)
		path := documentsStatus
		if c.plain {
			path = strings.TrimSuffix(path, "/provisioningstatus")
		}
		d.anew(t, "", "admin", path)
		if read, _ := d.anew(t, "", "admin", path); read {
			t.Fatal("the answer is not kept")
		}
		if err := d.store.Write(t.Context(), func(tx commerce.Tx) error { return c.write(t.Context(), tx) }); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		read, answer := d.anew(t, "", "admin", path)
		if read != (c.status != 0) || c.status != 0 && answer.status() != c.status || !strings.Contains(string(answer.body), c.holds) {
			t.Errorf("%s was written, then: read anew: %t, %s %s", name, read, answer.first, answer.body)
		}
	}
}

func TestAnAnswerThatIsNotKeptAsksForNoRightThatIs(t *testing.T) {
	d := openCounted(t)
	reads := func(spelling string) (int64, message) {
		before := d.counted.reads.Load()
		_, answer := d.anew(t, "", "admin", documentsStatus+spelling)
		return d.counted.reads.Load() - before, answer
	}
	end := func(tx commerce.Tx) error {
		p, err := tx.Partners().ByTenant(t.Context(), frozenProvider)
		if err != nil {
			return err
		}
		return tx.Relationships().End(t.Context(), commerce.Relationship{World: "demo", Partner: p.ID, Customer: documentsCustomer, Kind: commerce.ResellerOf})
	}
	first, _ := reads("")
	second, answer := reads("?")
	if first < 3 || second != 1 || answer.status() != 200 {
		t.Errorf("the first answer took %d reads, another one of the same row %d, and is %s", first, second, answer.first)
	}
	if err := d.store.Write(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	if _, answer := reads("?&"); answer.status() != 403 {
		t.Errorf("without the relationship another answer of the same row is %s", answer.first)
	}
}

func TestAKeptAnswerEndsAtTheRefresh(t *testing.T) {
	d := openCounted(t)
	var at time.Time
	err := d.store.Write(t.Context(), func(tx commerce.Tx) error {
		s, err := tx.Subscriptions().ByID(t.Context(), "running", documentsCustomer, documentsSubscription)
		if err != nil {
			return err
		}
		at = time.Now().Add(1500 * time.Millisecond)
		s.Provisioning.VisibleAt, s.Provisioning.Unsettled, s.Provisioning.Outcome = at, false, partnercenter.ProvisioningSuccess
		s.Version++
		return tx.Subscriptions().Update(t.Context(), s, s.Version-1)
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() (bool, message) { return d.anew(t, "running", "admin", documentsStatus) }
	_, first := ask()
	read, again := ask()
	if time.Now().After(at) {
		t.Skip("the machine is too slow to ask twice in a second and a half")
	}
	for _, answer := range []message{first, again} {
		if !strings.Contains(string(answer.body), `"status":"pending"`) || answer.header("Retry-After") == "" {
			t.Errorf("before the refresh: %s, Retry-After %q", answer.body, answer.header("Retry-After"))
		}
	}
	if read {
		t.Error("it is not kept while pending")
	}
	time.Sleep(time.Until(at) + 10*time.Millisecond)
	if read, answer := ask(); !read || !strings.Contains(string(answer.body), `"status":"success"`) || answer.header("Retry-After") != "" {
		t.Errorf("after the refresh: read anew: %t, %s", read, answer.body)
	}
}

// discarded is an answer that nobody reads.
type discarded struct{ header http.Header }

func (w discarded) Header() http.Header            { return w.header }
func (w discarded) Write(body []byte) (int, error) { return len(body), nil }
func (w discarded) WriteHeader(int)                {}

// BenchmarkKeptAnswer is what a kept answer costs beside the connection.
func BenchmarkKeptAnswer(b *testing.B) {
	d := openDoor(b, "", "")
	r := httptest.NewRequest("GET", documentsStatus, nil)
	r.Header.Set("Authorization", "Bearer "+bearers["admin"].token(b, ""))
	b.ReportAllocs()
	for b.Loop() {
		d.handler.ServeHTTP(discarded{http.Header{}}, r)
	}
}
