package partnercenter

// Link says how to reach another resource (reference 2.1).
type Link struct {
	// URI is relative to the base URL and leaves the version segment out:
	// "/customers/{customer-id}".
	URI string `json:"uri"`
	// Method is the HTTP method, upper case.
	Method string `json:"method"`
	// Headers are to be sent along with the call; empty, never absent.
	Headers []KeyValue `json:"headers"`
	// Body is the body to send, where the link wants one (document 004).
	Body *string `json:"body,omitempty"`
}

// GetLink returns a link that is followed with GET and no headers.
func GetLink(uri string) *Link {
	return &Link{URI: uri, Method: "GET", Headers: []KeyValue{}}
}

// KeyValue is one header of a [Link] (document 004, KeyValuePair).
type KeyValue struct {
	// Key is the header's name, Value what it holds.
	Key   string `json:"key"`
	Value string `json:"value"`
}

// ResourceAttributes are what a resource says of itself (reference 2.2).
type ResourceAttributes struct {
	// ETag stands for the state of the resource; absent on resources without
	// concurrency control.
	ETag *string `json:"etag,omitempty"`
	// ObjectType is the name of the resource's type, such as "Subscription".
	ObjectType string `json:"objectType"`
}

// Collection is a page of resources (reference 2.3).
type Collection[T any] struct {
	// TotalCount is the number of items in this page.
	TotalCount int `json:"totalCount"`
	// Items is empty, never absent, when there are none.
	Items []T `json:"items"`
	// Links lead to this page and to others; absent on lists that have no pages.
	Links *CollectionLinks `json:"links,omitempty"`
	// Attributes name the type "Collection".
	Attributes ResourceAttributes `json:"attributes"`
}

// CollectionLinks lead from one page of a [Collection] to the others.
type CollectionLinks struct {
	// Self leads to this page.
	Self *Link `json:"self,omitempty"`
	// Next is there only when another page follows; its header
	// MS-ContinuationToken is to be sent with the call.
	Next *Link `json:"next,omitempty"`
	// Previous leads to the page before; absent on the first.
	Previous *Link `json:"previous,omitempty"`
}

// NewCollection returns a page that holds the items.
func NewCollection[T any](items []T) Collection[T] {
	if items == nil {
		items = []T{}
	}
	return Collection[T]{
		TotalCount: len(items),
		Items:      items,
		Attributes: ResourceAttributes{ObjectType: "Collection"},
	}
}
