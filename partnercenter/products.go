package partnercenter

// Product is something that can be bought, in one of its SKUs (reference 2.10).
type Product struct {
	// ID is twelve letters and digits, such as "CFQ7TTC0LH18".
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
	// ProductType says what kind of product it is, as a [Subscription] does.
	ProductType        ItemType `json:"productType"`
	IsMicrosoftProduct bool     `json:"isMicrosoftProduct"`
	PublisherName      string   `json:"publisherName"`
	// Links name the country that the product was asked for in.
	Links      *ProductLinks      `json:"links,omitempty"`
	Attributes ResourceAttributes `json:"attributes"`
}

// ProductLinks lead on from a [Product].
type ProductLinks struct {
	SKUs *Link `json:"skus,omitempty"`
	Self *Link `json:"self,omitempty"`
}
