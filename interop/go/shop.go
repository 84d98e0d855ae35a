package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"golang.org/x/oauth2"
)

// shop is where the tokens are for.
type shop struct{ subscription, order string }

func newShop(base string) shop {
	customer := base + "/v1/customers/" + given("CUSTOMER")
	return shop{customer + "/subscriptions/" + given("SUBSCRIPTION"), customer + "/orders/" + given("ORDER")}
}

// get asks as a program does that was given a token by the library.
func get(ctx context.Context, token *oauth2.Token, address string, status int, into any) error {
	if token.AccessToken == "" {
		return fmt.Errorf("there is no token")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	answer, err := oauth2.NewClient(ctx, oauth2.StaticTokenSource(token)).Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != status {
		return fmt.Errorf("%s answers %d: %s", address, answer.StatusCode, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s answers %s: %w", address, body, err)
	}
	return nil
}

func (s shop) reads(ctx context.Context, token *oauth2.Token) error {
	for address, id := range map[string]string{s.subscription: given("SUBSCRIPTION"), s.order: given("ORDER")} {
		var is struct{ ID string }
		if err := get(ctx, token, address, http.StatusOK, &is); err != nil {
			return err
		}
		if !strings.EqualFold(is.ID, id) {
			return fmt.Errorf("%s is %s", address, is.ID)
		}
	}
	return nil
}

func (s shop) readsStatuses(ctx context.Context, token *oauth2.Token) error {
	type status struct {
		Status   string
		Quantity int
		EndDate  string
	}
	var of status
	if err := get(ctx, token, s.subscription+"/provisioningstatus", http.StatusOK, &of); err != nil {
		return err
	}
	if want := (status{"success", 5, "2018-05-10T00:00:00Z"}); of != want {
		return fmt.Errorf("the subscription is %+v, not %+v", of, want)
	}
	var lines struct{ Items []status }
	if err := get(ctx, token, s.order+"/provisioningstatus", http.StatusOK, &lines); err != nil {
		return err
	}
	if len(lines.Items) != 1 || lines.Items[0].Status != "fulfilled" {
		return fmt.Errorf("the order's lines are %+v", lines.Items)
	}
	return nil
}

func (s shop) refusesApps(ctx context.Context, token *oauth2.Token) error {
	for _, address := range []string{s.subscription, s.order} {
		var refusal struct{ Code json.Number }
		if err := get(ctx, token, address+"/provisioningstatus", http.StatusForbidden, &refusal); err != nil {
			return err
		}
		if refusal.Code != "900329" {
			return fmt.Errorf("%s/provisioningstatus is refused with %s", address, refusal.Code)
		}
	}
	return nil
}
