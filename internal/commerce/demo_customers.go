package commerce

import (
	"strings"
	"time"

	"provost/partnercenter"
)

// The demo world's customers. The first is the documents' own.
const (
	harbourLane     = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
	alderFinch      = "cf6f4266-8415-4afd-b119-1834c6391312"
	sonnblick       = "96ba4b40-b4b2-4ee6-9a11-bfd31c354445"
	fjordlysEnergi  = "2c09b8c1-e217-4854-8946-05de52aa47da"
	koyamaOptics    = "baba9812-1316-443a-a13f-de7519ba2198"
	maisonVerrier   = "b09e8c50-223c-4688-bf6c-05bcb29a3c84"
	prairieWind     = "f694259f-787e-4276-a00b-66c0ba494899"
	tamarindFreight = "a62b5115-bed4-4cc6-abec-93b45b74141d"
	karooHealth     = "35ddb8a9-ae6c-4715-b378-0e58c7936d76"
	wattleStreet    = "6b2da306-b894-4f0d-a4dc-ae05aa9bc43f"
)

// demoDay is the measure of the shop's dates.
const demoDay = 24 * time.Hour

// demoCustomer is a customer, and who may do what there.
type demoCustomer struct {
	id, company string
	// domain is the company's own; its directory's first one is made of it.
	domain, culture string
	address         partnercenter.Address
	// since is how long before the world's creation it became a customer; 0: at
	// the documents' own date.
	since time.Duration
	// reseller: the reseller sells to it.
	reseller bool
	// foreign: the provider is not delegated admin.
	foreign bool
}

func demoCustomers() []demoCustomer {
	return []demoCustomer{
		{
			id: harbourLane, company: "Harbour Lane Books", domain: "harbourlane.example", culture: "en-US",
			address: demoAddress("US", "Portland", "ME", "12 Wharf Street", "04101", "Iris Calder", "+1 207 555 0112"),
		},
		{
			id: alderFinch, company: "Alder & Finch Architects", domain: "alderfinch.example", culture: "en-GB", since: 1400 * demoDay,
			address: demoAddress("GB", "Leeds", "", "3 Calls Wharf", "LS2 7EW", "Owen Finch", "+44 113 496 0146"),
		},
		{
			id: sonnblick, company: "Bäckerei Sonnblick", domain: "sonnblick.example", culture: "de-DE", since: 1550 * demoDay,
			address: demoAddress("DE", "Traunstein", "", "Bahnhofstraße 8", "83278", "Käthe Brandner", "+49 861 5550123"),
		},
		{
			id: fjordlysEnergi, company: "Fjordlys Energi", domain: "fjordlys.example", culture: "nb-NO", since: 720 * demoDay, reseller: true,
			address: demoAddress("NO", "Ålesund", "", "Kaigata 21", "6002", "Sigrid Øvrebø", "+47 555 50 114"),
		},
		{
			id: koyamaOptics, company: "Kōyama Optics", domain: "koyama-optics.example", culture: "ja-JP", since: 610 * demoDay, foreign: true,
			address: demoAddress("JP", "Sabae", "", "4-2-18 Shinmeichō", "916-0027", "Haru Kōyama", "+81 778 55 0119"),
		},
		{
			id: maisonVerrier, company: "Maison Verrier", domain: "maisonverrier.example", culture: "fr-FR", since: 380 * demoDay,
			address: demoAddress("FR", "Nancy", "", "17 rue des Maîtres-Verriers", "54000", "Solène Marchal", "+33 3 55 55 01 18"),
		},
		{
			id: prairieWind, company: "Prairie Wind Co-op", domain: "prairiewind.example", culture: "en-CA", since: 1320 * demoDay,
			address: demoAddress("CA", "Swift Current", "SK", "240 Central Avenue N", "S9H 0L1", "Marta Kowalchuk", "+1 306 555 0171"),
		},
		{
			id: tamarindFreight, company: "Tamarind Freight", domain: "tamarindfreight.example", culture: "en-IN", since: 460 * demoDay, reseller: true,
			address: demoAddress("IN", "Kochi", "", "9 Willingdon Quay Road", "682003", "Anjali Menon", "+91 484 555 0137"),
		},
		{
			id: karooHealth, company: "Karoo Health Trust", domain: "karoohealth.example", culture: "en-ZA", since: 300 * demoDay,
			address: demoAddress("ZA", "Graaff-Reinet", "", "31 Somerset Street", "6280", "Thandi Jacobs", "+27 49 555 0155"),
		},
		{
			id: wattleStreet, company: "Wattle Street School", domain: "wattlestreet.example", culture: "en-AU", since: 240 * demoDay, foreign: true,
			address: demoAddress("AU", "Ballarat", "", "88 Wattle Street", "3350", "Col Hargreaves", "+61 3 5550 0190"),
		},
	}
}

func demoAddress(country, city, state, street, code, person, phone string) partnercenter.Address {
	first, last, _ := strings.Cut(person, " ")
	address := partnercenter.Address{
		Country: country, City: &city, AddressLine1: &street, PostalCode: &code,
		FirstName: &first, LastName: &last, PhoneNumber: &phone,
	}
	if state != "" {
		address.State = &state
	}
	return address
}

func demoCustomerIDs() []string {
	var ids []string
	for _, c := range demoCustomers() {
		ids = append(ids, c.id)
	}
	return ids
}

func (d DemoWorld) customers() []Customer {
	var customers []Customer
	for _, c := range demoCustomers() {
		created := d.At.Add(-c.since)
		if c.since == 0 {
			created = documentsCustomerSince
		}
		customers = append(customers, Customer{World: d.World, CreatedAt: created, Resource: c.resource()})
	}
	return customers
}

func (c demoCustomer) resource() partnercenter.Customer {
	r := partnercenter.Customer{
		ID:         c.id,
		CommerceID: new(demoID("commerce", c.id)),
		CompanyProfile: &partnercenter.CustomerCompanyProfile{
			TenantID: c.id, Domain: c.directory(), CompanyName: c.company,
			Address: &c.address, Email: new("office@" + c.domain),
			Attributes: partnercenter.ResourceAttributes{ObjectType: "CustomerCompanyProfile"},
		},
		BillingProfile: &partnercenter.CustomerBillingProfile{
			ID: demoID("billing profile", c.id), FirstName: c.address.FirstName, LastName: c.address.LastName,
			Email: new("accounts@" + c.domain), Culture: &c.culture, Language: new(c.culture[:2]),
			CompanyName: &c.company, DefaultAddress: &c.address,
			Attributes: partnercenter.ResourceAttributes{ObjectType: "CustomerBillingProfile"},
		},
		CustomDomains: []string{c.domain},
		Attributes:    partnercenter.ResourceAttributes{ObjectType: "Customer"},
	}
	if c.reseller {
		r.AssociatedPartnerID = new(demoResellerMPN)
	}
	return r
}

// directory is the first domain of the customer's directory.
func (c demoCustomer) directory() string {
	name, _, _ := strings.Cut(c.domain, ".")
	return name + ".directory.example"
}

func (d DemoWorld) relationships() []Relationship {
	var all []Relationship
	relate := func(partner, customer string, kind RelationshipKind) {
		all = append(all, Relationship{World: d.World, Partner: partner, Customer: customer, Kind: kind})
	}
	for _, c := range demoCustomers() {
		relate(demoProvider, c.id, ResellerOf)
		if !c.foreign {
			relate(demoProvider, c.id, DelegatedAdminOf)
		}
		if c.reseller {
			relate(demoReseller, c.id, ResellerOf)
		}
	}
	return all
}
