package commerce

import (
	"fmt"
	"strings"
	"time"

	"provost/partnercenter"
)

// demoOffer is something that the demo shop sells, for one term and cycle.
type demoOffer struct {
	// id is the offer's: "product:sku:availability", or a legacy one.
	id, name string
	// legacy offers are those from before new commerce.
	legacy bool
	kind   partnercenter.ItemType
	// billing and unit: what is counted.
	billing partnercenter.BillingType
	unit    string
	// cycle and months: how often it is paid, and how long a term is; 0 months:
	// for good.
	cycle  partnercenter.BillingCycle
	months int
	// sku is the provisioning id; empty: nothing is provisioned.
	sku string
	// outcome is how a whole delivery ends; empty: success.
	outcome   partnercenter.ProvisioningState
	contract  partnercenter.ContractType
	publisher string
	trial     bool
	// price of one unit in dollars: for a month, or once where there is no term.
	price float64
}

// The kinds of product.
var (
	kindOnline      = partnercenter.ItemType{ID: "OnlineServicesNCE", DisplayName: "Online Services NCE"}
	kindAzurePlan   = azureKind("DynamicAzurePlan", "Azure plan")
	kindReservation = azureKind("AzureReservation", "Azure reservation")
	kindSavingsPlan = azureKind("AzureSavingsPlan", "Azure savings plan")
	kindPerpetual   = softwareKind("PerpetualSoftware", "Perpetual software")
	kindSoftware    = softwareKind("SoftwareSubscription", "Software subscription")
	kindSaaS        = partnercenter.ItemType{ID: "SaaS", DisplayName: "Software as a service"}
)

func azureKind(id, name string) partnercenter.ItemType {
	return partnercenter.ItemType{ID: "Azure", DisplayName: "Azure", SubType: &partnercenter.ItemType{ID: id, DisplayName: name}}
}

func softwareKind(id, name string) partnercenter.ItemType {
	return partnercenter.ItemType{ID: "Software", DisplayName: "Software", SubType: &partnercenter.ItemType{ID: id, DisplayName: name}}
}

// The offers from before new commerce.
var (
	offerOfficeE3 = legacyOffer("796B6B5F-613C-4E24-A17C-EBA730D49C02", "Office 365 Enterprise E3",
		"6FD2C87F-B296-42F0-B197-1E91E994B900", 20)
	offerExchange = legacyOffer("195416C1-3447-423A-B37B-EE59A99A19C4", "Exchange Online (Plan 1)",
		"4B9405B0-7788-4568-ADD1-99614E613B69", 4)
	offerArchiving = legacyOffer("2828BE95-46BA-4F91-B2FD-0BEF192ECF60", "Exchange Online Archiving",
		"EE02FD1B-340E-4A4B-B355-4A514E4C8943", 3)
	offerAzureLegacy = demoOffer{
		id: "MS-AZR-0145P", name: "Microsoft Azure", legacy: true, unit: "Usage-based",
		billing: partnercenter.BilledByUsage, cycle: partnercenter.BillingCycleMonthly,
		contract: partnercenter.ContractSubscription,
	}
)

func legacyOffer(id, name, sku string, price float64) demoOffer {
	return demoOffer{
		id: id, name: name, legacy: true, unit: "Licenses", billing: partnercenter.BilledByLicense,
		cycle: partnercenter.BillingCycleMonthly, months: 12, sku: sku,
		contract: partnercenter.ContractSubscription, price: price,
	}
}

// The licences of new commerce, paid monthly for a year unless sold otherwise.
var (
	offerBusinessBasic = onlineOffer("CFQ7TTC0LH18:0001:CFQ7TTC725M4", "Microsoft 365 Business Basic",
		"3B555118-DA6A-4418-894F-7DF1E2096870", 6)
	offerBusinessPremium = onlineOffer("CFQ7TTC0LCHC:0002:CFQ7TTCCBK4J", "Microsoft 365 Business Premium",
		"CBDC14AB-D96C-4C30-B9F4-6ADA7CDC1D46", 22)
	offerE3 = onlineOffer("CFQ7TTC0LFLX:0001:CFQ7TTCX76SB", "Microsoft 365 E3",
		"05E9A617-0261-4CEE-BB44-138D3EF5D965", 36)
	offerE5 = onlineOffer("CFQ7TTC0LFLZ:0002:CFQ7TTCMR2Z9", "Microsoft 365 E5",
		"06EBC4EE-1BB5-47DD-8120-11324BC54E06", 57)
	offerPowerBI = onlineOffer("CFQ7TTC0H9MP:0001:CFQ7TTCN3RFD", "Power BI Pro",
		"F8A1DB68-BE16-40ED-86D5-CB42CE701560", 14)
	// offerPhone is an add-on.
	offerPhone = onlineOffer("CFQ7TTC0HD33:0001:CFQ7TTC892RZ", "Teams Phone Standard",
		"E43B5B99-8DFB-405F-9987-DC307F34BCBD", 10)
	offerE5Trial = demoOffer{
		id: "CFQ7TTC0LFLZ:0005:CFQ7TTC2M87Z", name: "Microsoft 365 E5 (trial)", kind: kindOnline, unit: "Licenses",
		billing: partnercenter.BilledByLicense, cycle: partnercenter.BillingCycleNone, months: 1,
		sku:      "06EBC4EE-1BB5-47DD-8120-11324BC54E06",
		contract: partnercenter.ContractSubscription, publisher: "Microsoft Corporation", trial: true,
	}
	// offerConferencing is an add-on that costs nothing.
	offerConferencing = demoOffer{
		id: "CFQ7TTC0LHSL:0001:CFQ7TTCZ82HC", name: "Audio Conferencing (no charge)", kind: kindOnline, unit: "Licenses",
		billing: partnercenter.BilledByNone, cycle: partnercenter.BillingCycleNone, months: 12,
		sku:      "1C27243E-FB4D-42B1-AE8C-FE25C9616588",
		contract: partnercenter.ContractSubscription, publisher: "Microsoft Corporation",
	}
	offerBenefit = demoOffer{
		id: "CFQ7TTC0N5GT:0001:CFQ7TTC79FHX", name: "Nonprofit cloud benefit", kind: kindOnline, unit: "Benefit",
		billing: partnercenter.BilledByBenefit, cycle: partnercenter.BillingCycleNone, months: 12,
		sku:      "D2D365C4-2983-494C-92CB-F959FB0B62F2",
		contract: partnercenter.ContractSubscription, publisher: "Microsoft Corporation",
	}
)

func onlineOffer(id, name, sku string, price float64) demoOffer {
	return demoOffer{
		id: id, name: name, kind: kindOnline, unit: "Licenses", billing: partnercenter.BilledByLicense,
		cycle: partnercenter.BillingCycleMonthly, months: 12, sku: sku,
		contract: partnercenter.ContractSubscription, publisher: "Microsoft Corporation", price: price,
	}
}

// What else is sold: Azure, software, and a publisher's own service.
var (
	offerAzurePlan = demoOffer{
		id: "DZH318Z0BPS6:0001:DZH318ZQTN9Z", name: "Azure plan", kind: kindAzurePlan, unit: "Usage-based",
		billing: partnercenter.BilledByUsage, cycle: partnercenter.BillingCycleMonthly,
		contract: partnercenter.ContractSubscription, publisher: "Microsoft Corporation",
	}
	offerReservation = demoOffer{
		id: "DZH318Z0BQ3Q:00BN:DZH318Z1DKQ7", name: "Reserved VM Instance, Standard_D2s_v5", kind: kindReservation, unit: "Licenses",
		billing: partnercenter.BilledByLicense, cycle: partnercenter.BillingCycleOneTime, months: 12,
		sku:      "D5CC122D-CAFD-44C8-B344-E4AA46646CA5",
		contract: partnercenter.ContractSubscription, publisher: "Microsoft Corporation", price: 42,
	}
	offerSavingsPlan = demoOffer{
		id: "DZH318Z0DDN5:0003:DZH318Z0PQ6D", name: "Savings plan for compute", kind: kindSavingsPlan, unit: "Licenses",
		billing: partnercenter.BilledByLicense, cycle: partnercenter.BillingCycleMonthly, months: 36,
		sku:      "AF238647-A922-4249-B9FC-E608C4D3F831",
		contract: partnercenter.ContractSubscription, publisher: "Microsoft Corporation", price: 1825,
	}
	// offerServer hands out keys: nothing is provisioned seat by seat.
	offerServer = demoOffer{
		id: "DG7GMGF0D5RK:0004:DG7GMGFJXMXN", name: "Windows Server Standard, 16 core", kind: kindPerpetual, unit: "Licenses",
		billing: partnercenter.BilledByLicense, cycle: partnercenter.BillingCycleOneTime,
		sku: "530AF3C0-CB81-485D-9DD1-238200465544", outcome: partnercenter.ProvisioningNone,
		contract: partnercenter.ContractProductKey, publisher: "Microsoft Corporation", price: 1176,
	}
	offerStudio = demoOffer{
		id: "DG7GMGF0DG1P:0002:DG7GMGFTT0DQ", name: "Visual Studio Professional, redemption code", kind: kindSoftware, unit: "Licenses",
		billing: partnercenter.BilledByLicense, cycle: partnercenter.BillingCycleAnnual, months: 12,
		sku:      "4BD40419-EB8C-44B1-93FB-5110F6F25446",
		contract: partnercenter.ContractRedemptionCode, publisher: "Microsoft Corporation", price: 45,
	}
	// offerInsights waits for its publisher after it is bought.
	offerInsights = demoOffer{
		id: "DZH318Z09XLQ:0001:DZH318ZH5JQN", name: "Meadowlark Insights", kind: kindSaaS, unit: "Licenses",
		billing: partnercenter.BilledByLicense, cycle: partnercenter.BillingCycleAnnual, months: 12,
		sku: "FFFEF055-B38A-4E84-B90E-8F9058247CDC", outcome: partnercenter.ProvisioningNone,
		contract: partnercenter.ContractSubscription, publisher: "Meadowlark Analytics", price: 9,
	}
)

// over is the offer for another term.
func (o demoOffer) over(months int) demoOffer {
	o.months = months
	return o
}

// paid is the offer with another billing cycle.
func (o demoOffer) paid(cycle partnercenter.BillingCycle) demoOffer {
	o.cycle = cycle
	return o
}

// duration is the term as ISO 8601 writes it; empty where there is none.
func (o demoOffer) duration() string {
	switch {
	case o.months == 0:
		return ""
	case o.months%12 == 0:
		return fmt.Sprintf("P%dY", o.months/12)
	default:
		return fmt.Sprintf("P%dM", o.months)
	}
}

// product names the offer in a later term.
func (o demoOffer) product() *partnercenter.ProductTerm {
	parts := strings.Split(o.id, ":")
	return &partnercenter.ProductTerm{
		ProductID: parts[0], SKUID: parts[1], AvailabilityID: parts[2],
		BillingCycle: o.cycle, TermDuration: o.duration(),
	}
}

// refundable says whether seats can be given back in the first days.
func (o demoOffer) refundable() bool {
	return !o.legacy && !o.trial && o.kind.ID == kindOnline.ID && o.billing == partnercenter.BilledByLicense
}

// cycleMonths is how many months one bill covers; 0 where there is no cycle.
func (o demoOffer) cycleMonths() int {
	switch o.cycle {
	case partnercenter.BillingCycleMonthly:
		return 1
	case partnercenter.BillingCycleAnnual:
		return 12
	case partnercenter.BillingCycleTriennial:
		return 36
	default:
		return 0
	}
}

// billed is what one unit costs on one bill, in dollars.
func (o demoOffer) billed() float64 {
	switch {
	case o.cycleMonths() > 0:
		return o.price * float64(o.cycleMonths())
	case o.months > 0:
		return o.price * float64(o.months)
	default:
		return o.price
	}
}

// span is a term or a billing cycle: from the midnight at which it starts to
// that at which the next one does.
type span struct{ start, next time.Time }

// lastDay is the span's last day, inclusive, at midnight.
func (s span) lastDay() time.Time { return s.next.Add(-demoDay) }

// lastSecond is the span's last second.
func (s span) lastSecond() time.Time { return s.next.Add(-time.Second) }

// spanAt is the one of the spans of so many months from the day of the first
// instant on, in which the other instant lies.
func spanAt(first time.Time, months int, at time.Time) span {
	day := first.UTC().Truncate(demoDay)
	for n := months; ; n += months {
		if next := monthsAfter(day, n); at.Before(next) {
			return span{start: monthsAfter(day, n-months), next: next}
		}
	}
}

// monthsAfter is the same day of a later month, or that month's last day.
func monthsAfter(day time.Time, months int) time.Time {
	first := time.Date(day.Year(), day.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(day.Day(), last)-1)
}
