// Command status asks how the provisioning of a subscription stands: the call
// of status.cs, of status.sh and of curl.sh in Go. It takes the same variables:
// PROVOST_URL, TOKEN, CUSTOMER and SUBSCRIPTION.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"provost/partnercenter"
)

func main() {
	partner, err := partnercenter.New(partnercenter.Options{
		Cloud:      partnercenter.Cloud{API: os.Getenv("PROVOST_URL")},
		Credential: partnercenter.StaticToken(os.Getenv("TOKEN")),
	})
	if err != nil {
		log.Fatal(err)
	}
	customerID, subscriptionID := os.Getenv("CUSTOMER"), os.Getenv("SUBSCRIPTION")
	status, err := partner.Customers.ByID(customerID).Subscriptions.ByID(subscriptionID).ProvisioningStatus.Get(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.Status, status.Quantity)
}
