package commerce

import "provost/partnercenter"

// demoOffer is something that the demo shop sells, for one of its terms.
type demoOffer struct {
	Offer
	term OfferTerm
}

// What the shop sells, for the default term unless sold otherwise.
var (
	offerOfficeE3    = demoSells("796B6B5F-613C-4E24-A17C-EBA730D49C02")
	offerExchange    = demoSells("195416C1-3447-423A-B37B-EE59A99A19C4")
	offerArchiving   = demoSells("2828BE95-46BA-4F91-B2FD-0BEF192ECF60")
	offerAzureLegacy = demoSells("MS-AZR-0145P")

	offerBusinessBasic   = demoSells("CFQ7TTC0LH18:0001:CFQ7TTC725M4")
	offerBusinessPremium = demoSells("CFQ7TTC0LCHC:0002:CFQ7TTCCBK4J")
	offerE3              = demoSells("CFQ7TTC0LFLX:0001:CFQ7TTCX76SB")
	offerE5              = demoSells("CFQ7TTC0LFLZ:0002:CFQ7TTCMR2Z9")
	offerE5Trial         = demoSells("CFQ7TTC0LFLZ:0005:CFQ7TTC2M87Z")
	offerPowerBI         = demoSells("CFQ7TTC0H9MP:0001:CFQ7TTCN3RFD")
	offerPhone           = demoSells("CFQ7TTC0HD33:0001:CFQ7TTC892RZ")
	offerConferencing    = demoSells("CFQ7TTC0LHSL:0001:CFQ7TTCZ82HC")
	offerBenefit         = demoSells("CFQ7TTC0N5GT:0001:CFQ7TTC79FHX")

	offerAzurePlan   = demoSells("DZH318Z0BPS6:0001:DZH318ZQTN9Z")
	offerReservation = demoSells("DZH318Z0BQ3Q:00BN:DZH318Z1DKQ7")
	offerSavingsPlan = demoSells("DZH318Z0DDN5:0003:DZH318Z0PQ6D")
	offerServer      = demoSells("DG7GMGF0D5RK:0004:DG7GMGFJXMXN")
	offerStudio      = demoSells("DG7GMGF0DG1P:0002:DG7GMGFTT0DQ")
	offerInsights    = demoSells("DZH318Z09XLQ:0001:DZH318ZH5JQN")
)

func demoSells(id string) demoOffer {
	offer, ok := DefaultCatalogue().OfferAnywhere(id)
	if !ok {
		panic("the demo shop sells " + id + ", which is not in the catalogue")
	}
	return demoOffer{offer, offer.Terms[0]}
}

// over is the offer for another duration.
func (o demoOffer) over(duration string) demoOffer { return o.bought(duration, "") }

// paid is the offer with another billing cycle.
func (o demoOffer) paid(cycle partnercenter.BillingCycle) demoOffer {
	return o.bought(o.term.Duration, cycle)
}

func (o demoOffer) bought(duration string, cycle partnercenter.BillingCycle) demoOffer {
	term, ok := o.Term(duration, cycle)
	if !ok {
		panic("the demo shop sells " + o.ID + " for " + duration + ", which the catalogue does not")
	}
	o.term = term
	return o
}

// product names the offer in a later term.
func (o demoOffer) product() *partnercenter.ProductTerm { return o.Offer.product(o.term) }
