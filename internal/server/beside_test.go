package server

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"provost/internal/commerce"
)

// counting counts a store's writes.
type counting struct {
	commerce.Store
	writes atomic.Int32
}

func (c *counting) Write(ctx context.Context, fn func(commerce.Tx) error) error {
	c.writes.Add(1)
	return c.Store.Write(ctx, fn)
}

// What is seen is written at most once a second however many calls come, and
// at the end.
func TestCallsWithoutMFAAreWrittenAtMostOnceASecondAndAtTheEnd(t *testing.T) {
	data := t.TempDir()
	s, err := Open(t.Context(), Settings{Development: true, Ephemeral: true, Data: data, Listen: "127.0.0.1:0", Version: "test", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	store := &counting{Store: s.store}
	s.store = store
	shop := &commerce.Service{Store: store, MFA: s.watchMFA()}
	calls, started := 0, time.Now()
	for time.Since(started) < 1500*time.Millisecond {
		claims := commerce.Claims{Tenant: commerce.DefaultDemo(started).ProviderTenant, User: "user-1", App: "app-1"}
		if _, err := shop.Identify(t.Context(), claims, "GET /"); err == nil {
			t.Fatal("let through")
		}
		calls++
		time.Sleep(time.Millisecond)
	}
	took := time.Since(started)
	if writes := int(store.writes.Load()); writes < 1 || writes > 1+int(took/time.Second) {
		t.Errorf("%d calls in %v took %d writes", calls, took, writes)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), Settings{Development: true, Ephemeral: true, Data: data, Listen: "127.0.0.1:0", Version: "test", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	var kept []commerce.MFACalls
	err = again.store.Read(t.Context(), func(tx commerce.Tx) (err error) {
		kept, err = tx.MFACalls().List(t.Context(), "demo")
		return err
	})
	if err != nil || len(kept) != 1 || kept[0].Calls != int64(calls) || kept[0].Refused != int64(calls) {
		t.Errorf("of %d calls there is %+v (%v)", calls, kept, err)
	}
}

func TestOurOwnCallsTakeATokenAndTheListOfAccountsNone(t *testing.T) {
	s, _ := running(t, nil)
	for path, want := range map[string]int{
		"/provost/v1/mfa/report": http.StatusUnauthorized, "/provost/v1/accounts": http.StatusOK,
	} {
		response, err := http.Get(s.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s without a token: %d, want %d", path, response.StatusCode, want)
		}
	}
}
