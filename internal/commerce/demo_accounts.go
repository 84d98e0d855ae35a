package commerce

import "time"

// The demo world's partners.
const (
	demoProvider    = "43b4343a-65c4-4556-a059-d121c7fd99d7"
	demoReseller    = "57a46451-ec16-492d-93f1-788ab6ca61a5"
	demoProviderMPN = "1000001"
	demoResellerMPN = "1000002"
)

func (d DemoWorld) partners() []Partner {
	return []Partner{
		{World: d.World, ID: demoProvider, Tenant: d.ProviderTenant, Kind: Provider, Name: "Northlight Cloud", MPNID: demoProviderMPN},
		{World: d.World, ID: demoReseller, Tenant: d.ResellerTenant, Kind: Reseller, Name: "Brookside IT", MPNID: demoResellerMPN},
	}
}

// demoAccount is an account with its roles.
type demoAccount struct {
	partner, id, name string
	// upn is a user's; apps have none.
	upn        string
	registered bool
	agent      AgentRole
	// directory names the customers on which a user holds a role; nil: none.
	directory []demoGrant
	may       string
}

// roles are the words for what a user holds, agent roles first.
func (a demoAccount) roles() []string {
	roles := []string{string(a.agent)}
	for _, g := range a.directory {
		roles = append(roles, string(g.role))
	}
	return roles
}

// demoGrant is a directory role on customers.
type demoGrant struct {
	role      DirectoryRole
	customers []string
	lapsed    bool
}

func demoAccounts() []demoAccount {
	return []demoAccount{
		{
			partner: demoProvider, id: "88c855f3-4105-4913-97df-b1a2a6efee9f", name: "Ada Admin", upn: "ada@northlight.example",
			agent: AdminAgent, directory: []demoGrant{{role: DirectoryReader, customers: demoCustomerIDs()}},
			may: "Admin agent with Directory Reader on every customer: may make every call on every customer.",
		},
		{
			partner: demoProvider, id: "b7f9b955-f7ae-4ba1-8041-8d8de7411736", name: "Sam Sales", upn: "sam@northlight.example",
			agent: SalesAgent,
			may:   "Sales agent: reads customers, orders and subscriptions; no provisioning status of either.",
		},
		{
			partner: demoProvider, id: "f220e83d-e760-4d88-b5dc-25f72c7e0e42", name: "Hana Helpdesk", upn: "hana@northlight.example",
			agent: HelpdeskAgent,
			may:   "Helpdesk agent: reads; subscription status where the provider is delegated admin; no order status.",
		},
		{
			partner: demoProvider, id: "2f6201d0-9ce7-4e83-8ab9-8eec2b9013c2", name: "Greta Global", upn: "greta@northlight.example",
			agent: GlobalAdmin,
			may:   "Global admin: reads; order status; subscription status where the provider is delegated admin.",
		},
		{
			partner: demoProvider, id: "ea0e8275-cd0d-45fd-9358-9fb6512ee3da", name: "Rita Reader", upn: "rita@northlight.example",
			directory: []demoGrant{
				{role: DirectoryReader, customers: []string{harbourLane, alderFinch, maisonVerrier}},
				{role: GlobalReader, customers: []string{koyamaOptics}},
				{role: DirectoryReader, customers: []string{wattleStreet}, lapsed: true},
			},
			may: "No agent role: subscription status of the customers on which she holds a directory role, and nothing else.",
		},
		{
			partner: demoProvider, id: "a3a8c6e7-27ee-40c6-b322-16ec2fd9459c", name: "Noor Nobody", upn: "noor@northlight.example",
			may: "No role at all: signs in, and is refused everywhere.",
		},
		{
			partner: demoProvider, id: "199044aa-0019-4213-9c14-cbd49666a53f", name: "Northlight Automation", registered: true,
			may: "Registered app: reads app-only wherever a call admits that; no provisioning status.",
		},
		{
			partner: demoProvider, id: "6f45aedd-7961-4542-8600-39d309ba91e4", name: "Northlight Prototype",
			may: "Unregistered app: gets app-only tokens, and is refused with them everywhere.",
		},
		{
			partner: demoReseller, id: "b1fdda9f-b502-413d-ac50-a8a158590099", name: "Rosa Reseller", upn: "rosa@brookside.example",
			agent: AdminAgent, directory: []demoGrant{{role: DirectoryReader, customers: []string{fjordlysEnergi}}},
			may: "The reseller's admin agent: sees its two customers; subscription status of one of them.",
		},
		{
			partner: demoReseller, id: "67b7a5f7-ef01-4411-84cb-e419b7b4e32e", name: "Brookside Sync", registered: true,
			may: "The reseller's registered app: reads app-only what belongs to its two customers.",
		},
	}
}

func (d DemoWorld) accounts() []Account {
	var accounts []Account
	for _, a := range demoAccounts() {
		kind := UserAccount
		if a.upn == "" {
			kind = AppAccount
		}
		accounts = append(accounts, Account{
			World: d.World, Partner: a.partner, ID: a.id, Kind: kind, Name: a.name, UPN: a.upn,
			SecretHash: d.SecretHash, Registered: a.registered, Description: a.may,
		})
	}
	return accounts
}

func (d DemoWorld) agentGrants() []AgentGrant {
	var grants []AgentGrant
	for _, a := range demoAccounts() {
		if a.agent != "" {
			grants = append(grants, AgentGrant{World: d.World, Partner: a.partner, User: a.id, Role: a.agent})
		}
	}
	return grants
}

func (d DemoWorld) directoryGrants() []DirectoryGrant {
	yesterday := d.At.Add(-24 * time.Hour)
	var grants []DirectoryGrant
	for _, a := range demoAccounts() {
		for _, g := range a.directory {
			for _, customer := range g.customers {
				grant := DirectoryGrant{World: d.World, Partner: a.partner, User: a.id, Customer: customer, Role: g.role}
				if g.lapsed {
					grant.Until = &yesterday
				}
				grants = append(grants, grant)
			}
		}
	}
	return grants
}
