package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// settle lets a world come to rest, an hour on, and reads all of it.
func (t *trial) settle(ctx context.Context) (*world, error) {
	if err := t.ready(ctx); err != nil {
		return nil, err
	}
	if err := t.advance(ctx); err != nil {
		return nil, err
	}
	return t.export(ctx)
}

// advance moves the clock by an hour: everything on the way happens. A server
// that is gone may still hold the world's lease.
func (t *trial) advance(ctx context.Context) error {
	var last string
	for range 30 {
		status, body, err := t.call(ctx, http.MethodPost, "/provost/v1/clock", `{"advance":"PT1H"}`, "MS-RequestId", "5a1e6f7c-1d2b-4e9e-9d65-000000000001")
		var clock struct {
			Failing int `json:"failing"`
		}
		if err == nil && status == http.StatusOK && json.Unmarshal(body, &clock) == nil && clock.Failing == 0 {
			return nil
		}
		last = fmt.Sprintf("%d %s %v", status, body, err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return fmt.Errorf("the clock does not arrive: %s", last)
}

// call asks the first server, without a proxy; headers are names and values.
func (t *trial) call(ctx context.Context, method, path, body string, headers ...string) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+t.servers[0].address+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+t.load.token)
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header[headers[i]] = []string{headers[i+1]}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, text, err
}

// ask holds what the API answers to what is kept: each subscription and its
// status, each acknowledged write asked for once more, and the audit records.
func (t *trial) ask(ctx context.Context, w *world) ([]loss, error) {
	var losses []loss
	last := map[string]changeRow{}
	for _, c := range w.changes {
		if c.Kind != "purchase" && c.Kind != "seat change" {
			continue
		}
		if was, there := last[c.Subscription]; !there || c.AskedAt.After(was.AskedAt) {
			last[c.Subscription] = c
		}
	}
	for _, s := range w.subscriptions {
		wrong, err := t.askSubscription(ctx, s, last[s.Resource.ID])
		if err != nil {
			return nil, err
		}
		losses = append(losses, wrong...)
	}
	for _, e := range t.load.ledger.all() {
		if e.Outcome != acknowledged {
			continue
		}
		wrong, err := t.askAgain(ctx, e)
		if err != nil {
			return nil, err
		}
		losses = append(losses, wrong...)
	}
	wrong, err := t.askAudit(ctx, w)
	return append(losses, wrong...), err
}

func (t *trial) askSubscription(ctx context.Context, s subscriptionRow, last changeRow) (losses []loss, err error) {
	path := "/v1/customers/" + s.Customer + "/subscriptions/" + s.Resource.ID
	var shown struct {
		Quantity int    `json:"quantity"`
		Status   string `json:"status"`
	}
	status, body, err := t.call(ctx, http.MethodGet, path, "")
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK || json.Unmarshal(body, &shown) != nil || shown.Quantity != s.Resource.Quantity || shown.Status != s.Resource.Status {
		losses = append(losses, loss{notShown, fmt.Sprintf("GET %s answers %d %.300s", path, status, body)})
	}
	if s.Resource.Status == "deleted" {
		return losses, nil
	}
	should := "success"
	if last.failed() {
		should = "failed"
	}
	status, body, err = t.call(ctx, http.MethodGet, path+"/provisioningstatus", "")
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK || json.Unmarshal(body, &shown) != nil || shown.Quantity != s.Resource.Quantity || shown.Status != should {
		losses = append(losses, loss{notShown, fmt.Sprintf("GET %s/provisioningstatus answers %d %.300s, not %s with %d", path, status, body, should, s.Resource.Quantity)})
	}
	return losses, nil
}

// askAgain sends an acknowledged write once more: it is answered as before.
func (t *trial) askAgain(ctx context.Context, e *entry) ([]loss, error) {
	headers := []string{"MS-RequestId", e.ID, "MS-CorrelationId", e.ID}
	if e.IfMatch != "" {
		headers = append(headers, "If-Match", e.IfMatch)
	}
	status, body, err := t.call(ctx, e.Method, e.Path, e.Body, headers...)
	if err != nil {
		return nil, err
	}
	var told struct {
		ID         string `json:"id"`
		Attributes struct {
			Etag string `json:"etag"`
		} `json:"attributes"`
	}
	if status != e.Status || json.Unmarshal(body, &told) != nil || e.Kind == placeOrder && told.ID != e.Order || told.Attributes.Etag != e.Etag {
		return []loss{{notShown, fmt.Sprintf("%s was answered with %d %s %s, and is now with %d %.300s", e.name(), e.Status, e.Order, e.Etag, status, body)}}, nil
	}
	return nil, nil
}

// askAudit reads all pages of audit records.
func (t *trial) askAudit(ctx context.Context, w *world) (losses []loss, err error) {
	listed := map[string]int{}
	var headers []string
	for path := "/v1/auditrecords?size=500"; path != ""; {
		var page struct {
			Items []struct {
				ID string `json:"id"`
			} `json:"items"`
			Links struct {
				Next *struct {
					URI     string `json:"uri"`
					Headers []struct{ Key, Value string }
				} `json:"next"`
			} `json:"links"`
		}
		status, body, err := t.call(ctx, http.MethodGet, path, "", headers...)
		if err == nil && status == http.StatusOK {
			err = json.Unmarshal(body, &page)
		}
		if err != nil || status != http.StatusOK {
			return nil, fmt.Errorf("read audit records: %d %.300s, %w", status, body, err)
		}
		for _, r := range page.Items {
			listed[r.ID]++
		}
		if path = ""; page.Links.Next != nil {
			path = "/v1" + page.Links.Next.URI
			headers = nil
			for _, h := range page.Links.Next.Headers {
				headers = append(headers, h.Key, h.Value)
			}
		}
	}
	for _, a := range w.audits {
		if n := listed[a.Record.ID]; n != 1 {
			losses = append(losses, loss{notShown, fmt.Sprintf("audit record %s is listed %d times", a.Record.ID, n)})
		}
	}
	return losses, nil
}
