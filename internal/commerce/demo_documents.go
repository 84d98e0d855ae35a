package commerce

import "time"

// The documents' own records. Their dates are their own, so that they answer
// alike in every world; nothing but a write moves them.
const (
	documentsSubscription = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
	documentsOrder        = "34828C05-C16C-4D6F-9CFC-4D2650EF19A1"
)

var (
	// documentsAt is the Date of the documents' answers.
	documentsAt            = time.Date(2017, time.April, 20, 19, 23, 39, 0, time.UTC)
	documentsCustomerSince = time.Date(2016, time.May, 9, 15, 2, 11, 0, time.UTC)
	// documentsTermStart and two years make the documents' end date.
	documentsTermStart = time.Date(2016, time.May, 10, 7, 30, 5, 427_000_000, time.UTC)
)

func documentsOrders() []demoOrder {
	return []demoOrder{
		{
			customer: harbourLane, id: "CAFD99CF-FCAA-4BF2-AEB5-967759317456", ago: documentsAt.Sub(documentsTermStart),
			sales: []demoSale{sold(offerOfficeE3.forMonths(24), documentsSubscription, 5)},
		},
		{
			customer: harbourLane, id: documentsOrder, ago: 3 * time.Hour,
			sales: []demoSale{sold(offerExchange, "087dc33e-4171-4091-8b43-9321bcd753fd", 1)},
		},
	}
}

// forMonths is the offer for a term that the catalogue does not have.
func (o demoOffer) forMonths(months int) demoOffer {
	o.term.Months = months
	return o
}
