package cli

import (
	"context"
	"maps"
	"net/http"
	"net/url"
)

// listed gives a whole list of the operator's door, page by page.
func listed[T any](ctx context.Context, door *remote, path string, query url.Values) ([]T, error) {
	all := []T{}
	query = maps.Clone(query)
	if query == nil {
		query = url.Values{}
	}
	for {
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next"`
		}
		if err := door.ask(ctx, http.MethodGet, path, query, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" || page.Next == query.Get("after") {
			return all, nil
		}
		query.Set("after", page.Next)
	}
}
