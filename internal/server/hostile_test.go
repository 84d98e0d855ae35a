package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

const (
	northlight = "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56"
	brookside  = "624408d2-25d0-4d37-9514-ed2cd3572a05"
)

// demoToken signs a user of the demo shop in.
func demoToken(t *testing.T, s *Server, tenant, user string) string {
	t.Helper()
	return demoTokenBy(t, http.DefaultClient, s, tenant, user)
}

func demoTokenBy(t *testing.T, client *http.Client, s *Server, tenant, user string) string {
	t.Helper()
	app := map[string]string{northlight: "199044aa-0019-4213-9c14-cbd49666a53f", brookside: "67b7a5f7-ef01-4411-84cb-e419b7b4e32e"}[tenant]
	response, err := client.PostForm(s.URL()+"/"+tenant+"/oauth2/token", url.Values{
		"grant_type": {"password"}, "username": {user}, "password": {extension.DemoSecret}, "client_id": {app},
		"client_secret": {extension.DemoSecret}, "resource": {"https://api.partnercenter.microsoft.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var told struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&told); err != nil || strings.Count(told.AccessToken, ".") != 2 {
		t.Fatalf("sign-in of %s answered %s (%v)", user, response.Status, err)
	}
	return told.AccessToken
}

// held is a request whose body is not sent to its end, so that it stays under way.
type held struct {
	net.Conn
	answers *bufio.Reader
}

func hold(t *testing.T, s *Server, method, path, bearer string) *held {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	authorization := ""
	if bearer != "" {
		authorization = "Authorization: Bearer " + bearer + "\r\n"
	}
	fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{", method, path, authorization)
	return &held{c, bufio.NewReader(c)}
}

// end sends the rest and gives the status of the answer.
func (h *held) end(t *testing.T) int {
	t.Helper()
	_, _ = io.WriteString(h, "}")
	response, err := http.ReadResponse(h.answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// told is what an answer says, and its refusal, if it is one.
type told struct {
	status  int
	header  http.Header
	refusal partnercenter.Error
}

// call asks and gives the answer.
func call(t *testing.T, method, address, bearer, body string) told {
	t.Helper()
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer := told{status: response.StatusCode, header: response.Header}
	text, _ := io.ReadAll(response.Body)
	_ = json.Unmarshal(text, &answer.refusal) // others than refusals have no code
	return answer
}

// underWay waits until so many requests are.
func underWay(t *testing.T, s *Server, want int) {
	t.Helper()
	said := ""
	for range 200 {
		response, err := http.Get(s.OperatorURL() + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		_, after, _ := strings.Cut(string(text), "\nprovost_http_requests_under_way ")
		if said, _, _ = strings.Cut(after, "\n"); said == fmt.Sprint(want) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s requests are under way, want %d", said, want)
}

const customers = "/v1/customers"

func withRequests(most int) func(*Settings) {
	return func(s *Settings) { s.Limits.Requests = most }
}

// refusedAsFull says whether a caller is sent away at once, and told when to come
// back.
func refusedAsFull(t *testing.T, s *Server, method, bearer string) bool {
	t.Helper()
	began := time.Now()
	answer := call(t, method, s.URL()+customers+"?size=1", bearer, "")
	if answer.status != http.StatusServiceUnavailable {
		return false
	}
	if answer.refusal.Code != "503" || answer.header.Get("Retry-After") != "1" || time.Since(began) > 2*time.Second {
		t.Errorf("after %v it is refused with %+v", time.Since(began), answer)
	}
	return true
}

// becomesFull waits until a caller is: whose a request is shows a little after the
// request is there.
func becomesFull(t *testing.T, s *Server, method, bearer string) bool {
	t.Helper()
	for range 100 {
		if refusedAsFull(t, s, method, bearer) {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func TestNoTenantTakesMoreThanHalfOfAServer(t *testing.T) {
	s, _ := running(t, withRequests(8))
	ada, rosa := demoToken(t, s, northlight, "ada@northlight.example"), demoToken(t, s, brookside, "rosa@brookside.example")
	underWay(t, s, 0)
	var all []*held
	for range 4 {
		all = append(all, hold(t, s, "POST", customers, ada))
	}
	underWay(t, s, 4)
	if !becomesFull(t, s, "GET", ada) {
		t.Error("a tenant has more than half of all requests under way")
	}
	if refusedAsFull(t, s, "GET", rosa) {
		t.Error("another tenant is shut out")
	}
	underWay(t, s, 4)
	for range 4 {
		all = append(all, hold(t, s, "POST", customers, rosa))
	}
	underWay(t, s, 8)
	for _, bearer := range []string{ada, rosa, ""} {
		if !becomesFull(t, s, "GET", bearer) || !becomesFull(t, s, "POST", bearer) {
			t.Errorf("a full server lets a ninth in: %.20s", bearer)
		}
	}
	// Who looks after the server gets in.
	if answer := call(t, "GET", s.OperatorURL()+"/readyz", "", ""); answer.status != http.StatusOK {
		t.Errorf("/readyz of a full server answers %d", answer.status)
	}
	if answer := call(t, "GET", s.OperatorURL()+"/operator/v1/worlds", "no-key", ""); answer.status != http.StatusUnauthorized {
		t.Errorf("the operator's door of a full server answers %d", answer.status)
	}
	for _, h := range all {
		if got := h.end(t); got == http.StatusServiceUnavailable {
			t.Errorf("one that was let in is answered %d", got)
		}
	}
	underWay(t, s, 0)
	if refusedAsFull(t, s, "GET", ada) || refusedAsFull(t, s, "GET", rosa) {
		t.Error("there is no room though nothing is under way")
	}
}

func TestReadsLeaveRoomForWrites(t *testing.T) {
	s, _ := running(t, withRequests(8))
	ada, rosa := demoToken(t, s, northlight, "ada@northlight.example"), demoToken(t, s, brookside, "rosa@brookside.example")
	underWay(t, s, 0)
	for range 4 {
		hold(t, s, "GET", customers, ada)
	}
	for range 2 {
		hold(t, s, "GET", customers, rosa)
	}
	underWay(t, s, 6)
	if !becomesFull(t, s, "GET", rosa) {
		t.Error("reads take the room that writes need")
	}
	if refusedAsFull(t, s, "POST", rosa) {
		t.Error("there is no room for a write")
	}
}

// Whom no token tells apart share what one tenant may have: they can hold no
// more with bodies that never end.
func TestStrangersTakeNoMoreThanOneTenant(t *testing.T) {
	s, _ := running(t, withRequests(8))
	const callback = "/provost/v1/worlds/demo/changes/11111111-2222-3333-4444-555555555555/progress"
	if answer := call(t, "POST", s.URL()+callback, "", "{}"); answer.status != http.StatusUnauthorized {
		t.Fatalf("a callback is answered %d", answer.status)
	}
	underWay(t, s, 0)
	for range 4 {
		hold(t, s, "POST", callback, "")
	}
	underWay(t, s, 4)
	if answer := call(t, "POST", s.URL()+callback, "", "{}"); answer.status != http.StatusServiceUnavailable {
		t.Errorf("a fifth is answered %d", answer.status)
	}
	if refusedAsFull(t, s, "GET", demoToken(t, s, northlight, "ada@northlight.example")) {
		t.Error("strangers shut a tenant out")
	}
}

// Nor with tokens that nobody can tell to be forged but an issuer that says nothing.
func TestTokensThatCannotBeVerifiedShutNobodyOut(t *testing.T) {
	p := newProvider(t)
	s, _ := producing(t, p, withRequests(8))
	known := p.token(t, nil)
	if answer := call(t, "GET", s.URL()+customers, known, ""); answer.status != http.StatusUnauthorized {
		t.Fatalf("a tenant without a world is answered %d", answer.status)
	}
	p.silent.Store(true)
	forged := p.signed(t, "no such key", map[string]any{"iss": p.URL})
	underWay(t, s, 0)
	for range 8 {
		hold(t, s, "POST", customers, forged)
	}
	underWay(t, s, 2)
	if answer := call(t, "GET", s.URL()+customers, known, ""); answer.status != http.StatusUnauthorized {
		t.Errorf("whose token was verified is answered %d", answer.status)
	}
}

// A flood of one tenant's reads neither keeps its own writes waiting nor another
// tenant's reads.
func TestAFloodOfReadsStarvesNobody(t *testing.T) {
	s, _ := running(t, func(s *Settings) { s.ReadCache = 0 })
	ada, rosa := demoToken(t, s, northlight, "ada@northlight.example"), demoToken(t, s, brookside, "rosa@brookside.example")
	ctx, end := context.WithTimeout(t.Context(), time.Minute)
	defer end()
	var flooding sync.WaitGroup
	var flooded atomic.Int64
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	for range 64 {
		flooding.Go(func() {
			for ctx.Err() == nil {
				request, _ := http.NewRequestWithContext(ctx, "GET", s.URL()+customers, nil)
				request.Header.Set("Authorization", "Bearer "+ada)
				if response, err := client.Do(request); err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					response.Body.Close()
					flooded.Add(1)
				}
			}
		})
	}
	asked := 0
	for begun := time.Now(); ctx.Err() == nil && (asked < 2 || flooded.Load() < 100 || time.Since(begun) < 2*time.Second); {
		asked++
		began := time.Now()
		written := call(t, "POST", s.URL()+customers+"/0c39d6d5-c70d-4c55-bc02-f620844f3fd1/carts", ada,
			`{"lineItems":[{"id":0,"catalogItemId":"CFQ7TTC0LH18:0001:CFQ7TTC725M4","quantity":1,"billingCycle":"monthly","termDuration":"P1Y"}]}`)
		if written.status >= 300 {
			t.Fatalf("a write is answered %+v", written)
		}
		read := call(t, "GET", s.URL()+customers, rosa, "")
		if took := time.Since(began); read.status != http.StatusOK || took > 5*time.Second {
			t.Errorf("a write and another's read took %v, and ended %d", took, read.status)
		}
	}
	end()
	flooding.Wait()
	if asked < 2 || flooded.Load() < 100 {
		t.Errorf("%d were asked beside %d of the flood", asked, flooded.Load())
	}
	t.Logf("%d writes with another tenant's read, beside %d reads", asked, flooded.Load())
}

func TestWorkThatDoesNotEndIsGivenUp(t *testing.T) {
	s, _ := running(t, func(s *Settings) {
		s.Limits.BodyTime, s.Limits.RequestTime = time.Second, time.Second
	})
	ada := demoToken(t, s, northlight, "ada@northlight.example")
	entered, leave := make(chan struct{}), make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		err := s.store.Write(commerce.Alone(context.Background()), func(commerce.Tx) error {
			close(entered)
			<-leave
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-entered
	defer writing.Wait()
	defer close(leave)
	if answer := call(t, "GET", s.URL()+customers, ada, ""); answer.status != http.StatusOK {
		t.Errorf("a read beside a long write is answered %d", answer.status)
	}
	if postgresIsTested() {
		return // where writes do not wait for each other
	}
	began := time.Now()
	answer := call(t, "POST", s.URL()+customers+"/0c39d6d5-c70d-4c55-bc02-f620844f3fd1/carts", ada,
		`{"lineItems":[{"id":0,"catalogItemId":"CFQ7TTC0LH18:0001:CFQ7TTC725M4","quantity":1,"billingCycle":"monthly","termDuration":"P1Y"}]}`)
	if took := time.Since(began); answer.status != http.StatusServiceUnavailable || answer.header.Get("Retry-After") == "" || took > 5*time.Second {
		t.Errorf("after %v a write that cannot begin is answered %+v", took, answer)
	}
}
