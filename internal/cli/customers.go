package cli

import (
	"context"
	"iter"
	"net/http"

	"github.com/spf13/cobra"

	"provost/partnercenter"
)

var customers = nounOf[partnercenter.Customer]("customer", "id",
	column{title: "ID", path: "id"},
	column{title: "NAME", path: "companyProfile.companyName", tight: true},
	column{title: "DOMAIN", path: "companyProfile.domain", tight: true},
	column{title: "RELATIONSHIP", path: "relationshipToPartner", wide: true},
	column{title: "COUNTRY", path: "billingProfile.defaultAddress.country", wide: true},
	column{title: "RESELLER", path: "associatedPartnerId", wide: true},
	column{title: "USER", path: "userCredentials.userName", single: true},
	column{title: "PASSWORD", path: "userCredentials.password", single: true},
)

var aCustomer = kind{word: "customer", whole: guid, list: func(ctx context.Context, s *session, _ []string) iter.Seq2[candidate, error] {
	return candidates(s.Customers.List(ctx, partnercenter.CustomerQuery{}), func(c *partnercenter.Customer) candidate {
		says := ""
		if c.CompanyProfile != nil {
			says = c.CompanyProfile.CompanyName
		}
		return candidate{c.ID, says}
	})
}}

// NewCustomers returns the commands about customers.
func NewCustomers() *cobra.Command {
	return holder("customers", "List, make and change customers", "List, make and change the partner's customers.",
		listing(customers, verb{
			use: "list", short: "List the customers", examples: []string{"provost customers list", "provost customers list --name Harbour -o json", "provost customers list -o name"},
			flags: func(cmd *cobra.Command) {
				cmd.Flags().String("name", "", "how the company's name begins")
				cmd.Flags().String("domain", "", "how the domain begins")
				cmd.Flags().String("reseller", "", "the MPN id of the indirect reseller")
			},
		}, listCustomers),
		getting(customers, verb{use: "get", short: "Show a customer", takes: []kind{aCustomer}, examples: []string{"provost customers get 0c39d6d5", "provost customers get 0c39d6d5 -o yaml"}},
			func(c *calling, ids []string) (*partnercenter.Customer, error) {
				return c.Customers.ByID(ids[0]).Get(c.ctx)
			}),
		newCustomersCreate(),
		patching(customers, verb{use: "patch", short: "End the relationship with a customer", takes: []kind{aCustomer},
			long:     "It is the one change that the service makes to a customer; everything that the customer holds has to be suspended before.",
			examples: []string{"provost customers patch 0c39d6d5 --set relationshipToPartner=none"},
		}, nil, func(c *calling, ids []string, change func(*partnercenter.Customer) error) (*partnercenter.Customer, error) {
			customer := c.Customers.ByID(ids[0])
			read, err := customer.Get(c.ctx)
			if err == nil {
				err = change(read)
			}
			if err != nil {
				return nil, err
			}
			return customer.Patch(c.ctx, read)
		}),
		doing(verb{use: "delete", short: "Delete a customer of a sandbox", takes: []kind{aCustomer}, method: http.MethodDelete, examples: []string{"provost customers delete 0c39d6d5"}},
			func(c *calling, ids []string) (string, error) {
				return ids[0] + " is deleted.", c.Customers.ByID(ids[0]).Delete(c.ctx)
			}),
		newBillingProfile(), newCompanyProfile(),
	)
}

func listCustomers(c *calling, _ []string) iter.Seq2[*partnercenter.Customer, error] {
	var q partnercenter.CustomerQuery
	for flag, field := range map[string]string{"name": "CompanyName", "domain": "Domain", "reseller": "IndirectReseller"} {
		value := c.text(flag)
		if value == "" {
			continue
		}
		if q.Filter != nil {
			return func(yield func(*partnercenter.Customer, error) bool) {
				yield(nil, misuse("the service takes one filter at a time: leave all but one of --name, --domain and --reseller out"))
			}
		}
		q.Filter = &partnercenter.CustomerFilter{Field: field, Value: value}
	}
	q.Size, _ = c.cmd.Flags().GetInt(limitFlag)
	if q.Size > 500 {
		q.Size = 0
	}
	return c.Customers.List(c.ctx, q)
}

func newCustomersCreate() *cobra.Command {
	return creating(customers, verb{use: "create", short: "Make a customer, with its first administrator",
		long: "The administrator's password is in the answer, and nowhere else. What the flags name is enough in most countries; --file and --set write any other member.",
		examples: []string{
			"provost customers create --file customer.yaml",
			`provost customers create --name "Harbour Lane" --country US \`,
			"  --domain harbourlane.onmicrosoft.com --email ann@harbour.example \\",
			`  --first-name Ann --last-name Harbour --address "1 Harbour Lane" \`,
			"  --city Seattle --state WA --postal-code 98101 --phone 2065550100",
		},
		flags: func(cmd *cobra.Command) {
			for _, f := range [][2]string{
				{"name", "the company's name"}, {"domain", "its domain, such as contoso.onmicrosoft.com"}, {"country", "its country, two letters"},
				{"email", "where bills go to"}, {"first-name", "of the person there"}, {"last-name", "of the person there"}, {"address", "the street and the number"},
				{"city", "the city"}, {"state", "the state"}, {"postal-code", "the postal code"}, {"phone", "a telephone number"},
			} {
				cmd.Flags().String(f[0], "", f[1])
			}
		},
	}, fillCustomer, func(c *calling, _ []string, customer *partnercenter.Customer) (*partnercenter.Customer, error) {
		return c.Customers.Create(c.ctx, customer)
	})
}

func fillCustomer(c *calling, customer *partnercenter.Customer) error {
	if customer.CompanyProfile == nil {
		customer.CompanyProfile = &partnercenter.CustomerCompanyProfile{}
	}
	company := customer.CompanyProfile
	if customer.BillingProfile == nil {
		customer.BillingProfile = &partnercenter.CustomerBillingProfile{Culture: new("en-US"), Language: new("en")}
	}
	bills := customer.BillingProfile
	if bills.DefaultAddress == nil {
		bills.DefaultAddress = &partnercenter.Address{}
	}
	at := bills.DefaultAddress
	for flag, into := range map[string]*string{"domain": &company.Domain, "name": &company.CompanyName, "country": &at.Country} {
		if value := c.text(flag); value != "" {
			*into = value
		}
	}
	for flag, into := range map[string][]**string{
		"name": {&bills.CompanyName}, "email": {&bills.Email}, "first-name": {&bills.FirstName, &at.FirstName}, "last-name": {&bills.LastName, &at.LastName},
		"address": {&at.AddressLine1}, "city": {&at.City}, "state": {&at.State}, "postal-code": {&at.PostalCode}, "phone": {&at.PhoneNumber},
	} {
		if value := c.text(flag); value != "" {
			for _, member := range into {
				*member = &value
			}
		}
	}
	return nil
}

var billingProfiles = nounOf[partnercenter.CustomerBillingProfile]("billing profile", "id",
	column{title: "COMPANY", path: "companyName"},
	column{title: "FIRST NAME", path: "firstName"},
	column{title: "LAST NAME", path: "lastName"},
	column{title: "E-MAIL", path: "email"},
	column{title: "LANGUAGE", path: "culture"},
	column{title: "ADDRESS", path: "defaultAddress.addressLine1"},
	column{title: "CITY", path: "defaultAddress.city"},
	column{title: "STATE", path: "defaultAddress.state"},
	column{title: "POSTAL CODE", path: "defaultAddress.postalCode"},
	column{title: "COUNTRY", path: "defaultAddress.country"},
)

func newBillingProfile() *cobra.Command {
	return holder("billing", "Show and change whom a customer's bills go to", "Show and change a customer's billing profile.",
		getting(billingProfiles, verb{use: "get", short: "Show whom a customer's bills go to", takes: []kind{aCustomer}, examples: []string{"provost customers billing get 0c39d6d5"}},
			func(c *calling, ids []string) (*partnercenter.CustomerBillingProfile, error) {
				return c.Customers.ByID(ids[0]).Profiles.Billing.Get(c.ctx)
			}),
		patching(billingProfiles, verb{use: "patch", short: "Change whom a customer's bills go to", takes: []kind{aCustomer}, method: http.MethodPut,
			examples: []string{"provost customers billing patch 0c39 --set defaultAddress.city=Tacoma"},
		}, nil, func(c *calling, ids []string, change func(*partnercenter.CustomerBillingProfile) error) (*partnercenter.CustomerBillingProfile, error) {
			return c.Customers.ByID(ids[0]).Profiles.Billing.Update(c.ctx, change)
		}))
}

var companyProfiles = nounOf[partnercenter.CustomerCompanyProfile]("company profile", "tenantId",
	column{title: "TENANT", path: "tenantId"},
	column{title: "NAME", path: "companyName"},
	column{title: "DOMAIN", path: "domain"},
	column{title: "E-MAIL", path: "email"},
	column{title: "CITY", path: "address.city"},
	column{title: "COUNTRY", path: "address.country"},
)

func newCompanyProfile() *cobra.Command {
	return holder("company", "Show the company as its directory knows it", "Show a customer's company profile.",
		getting(companyProfiles, verb{use: "get", short: "Show the company as its directory knows it", takes: []kind{aCustomer}, examples: []string{"provost customers company get 0c39d6d5"}},
			func(c *calling, ids []string) (*partnercenter.CustomerCompanyProfile, error) {
				return c.Customers.ByID(ids[0]).Profiles.Company.Get(c.ctx)
			}))
}
