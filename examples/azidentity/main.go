// Azidentity calls Partner Center with a credential of Azure's own library: here
// whatever the machine has, a managed identity included. Such tokens are app-only.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"provost/partnercenter"
)

func main() {
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		log.Fatal(err)
	}
	partner, err := partnercenter.New(partnercenter.Options{Credential: tokensOf(credential, partnercenter.GlobalCloud)})
	if err != nil {
		log.Fatal(err)
	}
	for customer, err := range partner.Customers.List(context.Background(), partnercenter.CustomerQuery{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(customer.ID, customer.CompanyProfile.CompanyName)
	}
}

func tokensOf(credential azcore.TokenCredential, cloud partnercenter.Cloud) partnercenter.TokenSource {
	return partnercenter.TokenFunc(func(ctx context.Context) (partnercenter.Token, error) {
		token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{cloud.Scope()}})
		return partnercenter.Token{Value: token.Token, Expires: token.ExpiresOn}, err
	})
}
