package partnercenter_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"provost/partnercenter"
)

// alone is a partner whose service is a function.
func alone(t *testing.T, transport http.RoundTripper, change ...func(*partnercenter.Options)) *partnercenter.Partner {
	t.Helper()
	opts := partnercenter.Options{
		Credential: partnercenter.StaticToken("secret"), HTTPClient: &http.Client{Transport: transport}, Retry: partnercenter.Retry{Attempts: 1},
	}
	for _, fn := range change {
		fn(&opts)
	}
	partner, err := partnercenter.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return partner
}

func answer(r *http.Request, status int, body string, header ...string) *http.Response {
	res := &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}
	for i := 0; i+1 < len(header); i += 2 {
		res.Header.Set(header[i], header[i+1])
	}
	return res
}

func TestWhatFailsForAWhileIsTriedAgainUnderItsIDs(t *testing.T) {
	for _, status := range []int{408, 429, 500, 502, 503, 504} {
		var n atomic.Int32
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) < 3 {
				w.WriteHeader(status)
				return
			}
			says(201, `{"id":"o"}`)(w, r)
		})
		placed, err := s.partner(t).Customers.ByID(customer).Orders.Create(t.Context(), &partnercenter.Order{LineItems: []partnercenter.OrderLineItem{{OfferID: "x", Quantity: 1}}})
		got := s.requests()
		if err != nil || placed.ID != "o" || len(got) != 3 {
			t.Errorf("%d: %v after %d requests", status, err, len(got))
			continue
		}
		for _, again := range got[1:] {
			for _, name := range []string{"MS-RequestId", "MS-CorrelationId"} {
				if again.header.Get(name) != got[0].header.Get(name) || again.header.Get(name) == "" {
					t.Errorf("%d: %s was %s, then %s", status, name, got[0].header.Get(name), again.header.Get(name))
				}
			}
			if again.body != got[0].body || again.body == "" {
				t.Errorf("%d: the body was %q, then %q", status, got[0].body, again.body)
			}
		}
	}
}

func TestRefusalsAreNotTriedAgain(t *testing.T) {
	for _, status := range []int{400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 412, 417, 422, 501, 505} {
		s := serve(t, says(status, `{"code":"1"}`))
		_, get := statusOf(s.partner(t)).Get(t.Context())
		_, patch := s.partner(t).Customers.ByID(customer).Subscriptions.ByID(subscription).Patch(t.Context(), &partnercenter.Subscription{})
		if get == nil || patch == nil || len(s.requests()) != 2 {
			t.Errorf("%d: %v, %v after %d requests", status, get, patch, len(s.requests()))
		}
	}
}

func TestAttemptsEnd(t *testing.T) {
	s := serve(t, says(503, ""))
	if _, err := statusOf(s.partner(t)).Get(t.Context()); !errors.Is(err, &partnercenter.Error{StatusCode: 503}) || len(s.requests()) != 5 {
		t.Errorf("%v after %d requests", err, len(s.requests()))
	}
}

func TestRetriesWaitAsLongAsTheServiceAsksAndNoLongerThanAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		partner := alone(t, trip(func(r *http.Request) (*http.Response, error) {
			if n++; n < 3 {
				return answer(r, 429, "", "Retry-After", "30"), nil
			}
			return answer(r, 200, documentsStatus), nil
		}), func(o *partnercenter.Options) { o.Retry = partnercenter.Retry{} })
		began := time.Now()
		if _, err := statusOf(partner).Get(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took < time.Minute || took > 62*time.Second {
			t.Errorf("it took %v", took)
		}
		n = -1000
		began = time.Now()
		_, err := statusOf(partner).Get(t.Context())
		if took := time.Since(began); !errors.Is(err, partnercenter.ErrTooManyRequests) || took > 2*time.Minute {
			t.Errorf("%v after %v", err, took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 45*time.Second)
		defer cancel()
		began = time.Now()
		_, err = statusOf(partner).Get(ctx)
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, partnercenter.ErrTooManyRequests) || took != 45*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestNobodyComesBackBeforeAFarInstant(t *testing.T) {
	for _, far := range []string{"Fri, 31 Dec 9999 23:59:59 GMT", "86400", "99999999999"} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			partner := alone(t, trip(func(r *http.Request) (*http.Response, error) {
				n++
				return answer(r, 429, "", "Retry-After", far), nil
			}), func(o *partnercenter.Options) { o.Retry = partnercenter.Retry{} })
			if _, err := statusOf(partner).Get(t.Context()); !errors.Is(err, partnercenter.ErrTooManyRequests) || n != 1 {
				t.Errorf("%s: %v after %d requests", far, err, n)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			if _, err := statusOf(partner).Wait(ctx, partnercenter.WaitOptions{}); !errors.Is(err, context.DeadlineExceeded) || n != 2 {
				t.Errorf("%s: %v after %d requests", far, err, n)
			}
		})
	}
}

func TestPausesGrowWithFullJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var longest [4]time.Duration
		for range 200 {
			var at []time.Time
			partner := alone(t, trip(func(r *http.Request) (*http.Response, error) {
				at = append(at, time.Now())
				return answer(r, 500, ""), nil
			}), func(o *partnercenter.Options) {
				o.Retry = partnercenter.Retry{Base: time.Second, Max: 4 * time.Second}
			})
			_, _ = statusOf(partner).Get(t.Context())
			for i := range longest {
				longest[i] = max(longest[i], at[i+1].Sub(at[i]))
			}
		}
		for i, most := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second} {
			if longest[i] > most || longest[i] < most*8/10 {
				t.Errorf("pause %d was %v at most, want almost %v", i+1, longest[i], most)
			}
		}
	})
}

func TestAServiceThatIsDownIsNotCalledFiveTimesAsOften(t *testing.T) {
	calls := 0
	partner := alone(t, trip(func(r *http.Request) (*http.Response, error) {
		calls++
		return answer(r, 503, ""), nil
	}), func(o *partnercenter.Options) { o.Retry = quick })
	for range 1000 {
		_, _ = statusOf(partner).Get(t.Context())
	}
	if calls < 1040 || calls > 1060 {
		t.Errorf("1000 calls became %d requests", calls)
	}
}

func TestBrokenAndSlowConnectionsAreTriedAgain(t *testing.T) {
	for name, breaks := range map[string]func(net.Conn){
		"closed at once":            func(net.Conn) {},
		"closed within the headers": func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-") },
		"closed within the body": func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 174\r\n\r\n"+documentsStatus[:80])
		},
		"closed within a chunk": func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"skuId\"")
		},
		"no HTTP":       func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH\r\n\r\n") },
		"slow to begin": func(net.Conn) { time.Sleep(3 * time.Second) },
		"slow within the body": func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 174\r\n\r\n{")
			time.Sleep(3 * time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			address := raw(t, func(c net.Conn) {
				if n.Add(1) < 3 {
					breaks(c)
					return
				}
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 174\r\n\r\n"+documentsStatus)
			})
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			partner := alone(t, transport, func(o *partnercenter.Options) {
				o.Cloud, o.Retry, o.Timeout = partnercenter.Cloud{API: address}, quick, 2*time.Second
			})
			status, err := statusOf(partner).Get(t.Context())
			if err != nil || status.Quantity != 5 || n.Load() != 3 {
				t.Errorf("%v after %d connections", err, n.Load())
			}
		})
	}
}

// The status of a refusal has arrived, whatever becomes of its body.
func TestRefusalsThatBreakOffAreRefusals(t *testing.T) {
	for body, want := range map[string]string{`{"code":"800082","description":"not ready"}`: "not ready", `{"code":"80`: `{"code":"80`, "": "Conflict"} {
		for _, stalls := range []bool{false, true} {
			t.Run(fmt.Sprintf("%q, stalled %t", body, stalls), func(t *testing.T) {
				t.Parallel()
				var n atomic.Int32
				address := raw(t, func(c net.Conn) {
					n.Add(1)
					_, _ = io.WriteString(c, "HTTP/1.1 409 Conflict\r\nContent-Length: 174\r\n\r\n"+body)
					if stalls {
						time.Sleep(3 * time.Second)
					}
				})
				transport := &http.Transport{}
				defer transport.CloseIdleConnections()
				partner := alone(t, transport, func(o *partnercenter.Options) {
					o.Cloud, o.Retry, o.Timeout = partnercenter.Cloud{API: address}, quick, 2*time.Second
				})
				_, err := partner.Customers.ByID("c").Orders.Create(t.Context(), &partnercenter.Order{})
				var got *partnercenter.Error
				if !errors.As(err, &got) || got.StatusCode != 409 || got.Description != want || n.Load() != 1 {
					t.Errorf("%v after %d requests", err, n.Load())
				}
			})
		}
	}
}

// raw listens and lets fn answer each request as it likes.
func raw(t *testing.T, fn func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					fn(c)
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestWhatNoSecondAttemptMendsIsTriedOnce(t *testing.T) {
	s := httptest.NewUnstartedServer(says(200, documentsStatus))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	var n atomic.Int32
	counting := trip(func(r *http.Request) (*http.Response, error) {
		n.Add(1)
		return http.DefaultTransport.RoundTrip(r)
	})
	partner := alone(t, counting, func(o *partnercenter.Options) { o.Cloud, o.Retry = partnercenter.Cloud{API: s.URL}, quick })
	if _, err := statusOf(partner).Get(t.Context()); err == nil || n.Load() != 1 {
		t.Errorf("an untrusted certificate: %v after %d requests", err, n.Load())
	}
}

// final is what a transport says when it will say nothing else.
type final struct{ error }

func (final) Permanent() bool { return true }

func TestWhatATransportCallsFinalEndsCallsAndWaits(t *testing.T) {
	n := 0
	partner := alone(t, trip(func(*http.Request) (*http.Response, error) {
		n++
		return nil, final{errors.New("there is no more")}
	}), func(o *partnercenter.Options) { o.Retry = quick })
	if _, err := statusOf(partner).Get(t.Context()); err == nil || n != 1 {
		t.Errorf("%v after %d requests", err, n)
	}
	if _, err := statusOf(partner).Wait(t.Context(), partnercenter.WaitOptions{}); err == nil || n != 2 {
		t.Errorf("%v after %d requests", err, n)
	}
}

func TestWhatNoHeaderCanSayIsNotSent(t *testing.T) {
	s := serve(t, says(200, documentsStatus))
	for name, ctx := range map[string]context.Context{
		"a request id": partnercenter.WithRequestID(t.Context(), "a\r\nX-Other: b"), "a correlation id": partnercenter.WithCorrelationID(t.Context(), "a\x00"),
	} {
		if _, err := statusOf(s.partner(t)).Get(ctx); err == nil || !strings.Contains(err.Error(), "control character") || len(s.requests()) != 0 {
			t.Errorf("%s: %v after %d requests", name, err, len(s.requests()))
		}
	}
	for _, opts := range []partnercenter.Options{{UserAgent: "a\nb"}, {Locale: "a\x7f"}, {ApplicationName: "\x1b[0m"}} {
		opts.Credential = partnercenter.StaticToken("x")
		if _, err := partnercenter.New(opts); err == nil || !strings.Contains(err.Error(), "control character") {
			t.Errorf("%+v: %v", opts, err)
		}
	}
}

func TestAttemptThatTakesTooLongSaysHowLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		partner := alone(t, trip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}), func(o *partnercenter.Options) { o.Timeout = 7 * time.Second })
		if _, err := statusOf(partner).Get(t.Context()); err == nil || !strings.Contains(err.Error(), "no answer within 7s (Options.Timeout)") {
			t.Error(err)
		}
	})
}

func TestCallsLeaveNoGoroutineBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	release := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/provisioningstatus"):
			says(200, strings.Replace(documentsStatus, "success", "pending", 1))(w, r)
		case strings.HasSuffix(r.URL.Path, "/hangs"):
			select {
			case <-release:
			case <-r.Context().Done():
			}
		default:
			says(503, "")(w, r)
		}
	})
	transport := &http.Transport{}
	partner := s.partner(t, func(o *partnercenter.Options) {
		o.HTTPClient, o.Timeout = &http.Client{Transport: transport}, 20*time.Millisecond
	})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	refs := make([]partnercenter.SubscriptionRef, 30)
	for i := range refs {
		refs[i] = partnercenter.SubscriptionRef{CustomerID: "c", SubscriptionID: "s"}
	}
	for _, result := range partner.StatusMany(ctx, refs, partnercenter.WaitOptions{}) {
		if !errors.As(result.Err, new(*partnercenter.PendingError)) {
			t.Error(result.Err)
		}
	}
	_ = partner.Do(ctx, "GET", "/v1/hangs", nil, nil)
	_, _ = partner.Customers.ByID("c").Get(t.Context())
	transport.CloseIdleConnections()
	close(release)
	s.Close()
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
}
