package partnercenter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"provost/partnercenter"
)

// exampleService answers as the documents' examples do.
func exampleService() (*partnercenter.Partner, func()) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := map[string]string{
			"GET /v1/customers/c/subscriptions/s/provisioningstatus": `{"skuId":"6FD2C87F-B296-42F0-B197-1E91E994B900","status":"success","quantity":5,"endDate":"2018-05-10T00:00:00Z"}`,
			"GET /v1/customers/c/orders/o/provisioningstatus":        `{"totalCount":1,"items":[{"lineItemNumber":0,"status":"fulfilled","quantityProvisioningInformation":[{"quantity":5,"status":"fulfilled"}]}]}`,
			"GET /v1/customers/c/subscriptions/s":                    `{"id":"s","friendlyName":"Seats","quantity":5,"attributes":{"etag":"v1"}}`,
			"GET /v1/customers":                                      `{"totalCount":1,"items":[{"id":"c","companyProfile":{"companyName":"Harbour Lane Books"}}]}`,
			"GET /v1/customers/c/validationStatus":                   `{"type":"account","status":"allowed"}`,
		}[r.Method+" "+r.URL.Path]
		switch {
		case r.Method == http.MethodPatch:
			_, _ = io.Copy(w, r.Body)
		case body == "":
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"code":"20003","description":"The subscription was not found."}`)
		default:
			_, _ = io.WriteString(w, body)
		}
	}))
	partner, err := partnercenter.New(partnercenter.Options{
		Cloud: partnercenter.Cloud{API: service.URL}, Credential: partnercenter.StaticToken("a token"),
	})
	if err != nil {
		panic(err)
	}
	return partner, service.Close
}

// The documents' first call.
func Example() {
	partner, done := exampleService() // elsewhere: partnercenter.New
	defer done()
	status, err := partner.Customers.ByID("c").Subscriptions.ByID("s").ProvisioningStatus.Get(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.Status, status.Quantity, status.EndDate)
	// Output: success 5 2018-05-10T00:00:00Z
}

func ExampleCustomersClient_List() {
	partner, done := exampleService()
	defer done()
	for customer, err := range partner.Customers.List(context.Background(), partnercenter.CustomerQuery{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(customer.CompanyProfile.CompanyName)
	}
	// Output: Harbour Lane Books
}

func ExampleSubscriptionClient_Update() {
	partner, done := exampleService()
	defer done()
	sub, err := partner.Customers.ByID("c").Subscriptions.ByID("s").Update(context.Background(), func(s *partnercenter.Subscription) error {
		s.Quantity += 2
		return nil
	})
	fmt.Println(sub.FriendlyName, sub.Quantity, err)
	// Output: Seats 7 <nil>
}

func ExampleOrderProvisioningStatusClient_Wait() {
	partner, done := exampleService()
	defer done()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	lines, err := partner.Customers.ByID("c").Orders.ByID("o").ProvisioningStatus.Wait(ctx, partnercenter.WaitOptions{})
	var pending *partnercenter.PendingError
	switch {
	case errors.As(err, &pending):
		fmt.Println("still", pending.Status, "since", pending.Since)
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println(partnercenter.RollUp(lines.Items).Outcome())
	}
	// Output: fulfilled
}

func ExamplePartner_StatusMany() {
	partner, done := exampleService()
	defer done()
	refs := []partnercenter.SubscriptionRef{{CustomerID: "c", SubscriptionID: "s"}}
	for ref, result := range partner.StatusMany(context.Background(), refs, partnercenter.WaitOptions{}) {
		fmt.Println(ref.SubscriptionID, result.Status.Status, result.Err)
	}
	// Output: s success <nil>
}

func ExamplePartner_Do() {
	partner, done := exampleService()
	defer done()
	var vetting struct{ Status string }
	err := partner.Do(context.Background(), "GET", "/v1/customers/c/validationStatus?type=account", nil, &vetting)
	fmt.Println(vetting.Status, err)
	// Output: allowed <nil>
}

func ExampleError() {
	partner, done := exampleService()
	defer done()
	_, err := partner.Customers.ByID("c").Subscriptions.ByID("other").Get(context.Background())
	var refusal *partnercenter.Error
	if errors.Is(err, partnercenter.ErrSubscriptionNotFound) && errors.As(err, &refusal) {
		fmt.Println(refusal.StatusCode, refusal.Code, refusal.Description)
	}
	// Output: 404 20003 The subscription was not found.
}

// A refresh token that a person's sign-in has left, kept in a vault.
func ExampleApp_RefreshToken() {
	vault := map[string]string{"partner": "0.AXoA"}
	app := partnercenter.App{Tenant: "contoso.onmicrosoft.com", ClientID: "11111111-1111-1111-1111-111111111111", ClientSecret: "from the vault"}
	credential := app.RefreshToken(vault["partner"], func(_ context.Context, refreshToken string) error {
		vault["partner"] = refreshToken
		return nil
	})
	_, err := partnercenter.New(partnercenter.Options{Credential: credential, ApplicationName: "panel"})
	fmt.Println(err)
	// Output: <nil>
}

// What this package does not know is kept as it came.
func ExampleKnown() {
	status, known := partnercenter.ParseEnum[partnercenter.ProvisioningState]("Success")
	fmt.Println(status, known, partnercenter.Known(partnercenter.ProvisioningState("warming")))
	// Output: success true false
}
