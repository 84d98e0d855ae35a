package partnercenter

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
)

// each walks a list page by page, following links.next, and ends with the first
// error.
func each[T any](ctx context.Context, first place) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		seen := map[string]bool{}
		for at, header := first, http.Header(nil); ; {
			page, err := pageOf[T](ctx, at, header)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range page.Items {
				if !yield(&page.Items[i], nil) {
					return
				}
			}
			next := page.next()
			if next == nil {
				return
			}
			if at, header, err = first.partner.follow(next); err == nil && seen[fmt.Sprint(at.path, at.query, header)] {
				err = fmt.Errorf("list %s: its page %s leads to one that was read before", first.path, next.URI)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			seen[fmt.Sprint(at.path, at.query, header)] = true
		}
	}
}

// page reads one page of a list: the first, or the one that a link leads to.
func page[T any](ctx context.Context, first place, link *Link) (*Collection[T], error) {
	if link == nil {
		return pageOf[T](ctx, first, nil)
	}
	if first.err != nil {
		return nil, fmt.Errorf("GET %w", first.err)
	}
	at, header, err := first.partner.follow(link)
	if err != nil {
		return nil, err
	}
	return pageOf[T](ctx, at, header)
}

func pageOf[T any](ctx context.Context, at place, header http.Header) (*Collection[T], error) {
	got, err := at.send(ctx, call{method: http.MethodGet, header: header})
	if err != nil {
		return nil, err
	}
	var items Collection[T]
	if err := got.into(&items); err != nil {
		return nil, err
	}
	return &items, keepItems(got, items.Items)
}

// keepItems keeps how each item came, where such can be written back.
func keepItems[T any](got *answer, items []T) error {
	if len(items) == 0 {
		return nil
	}
	if _, ok := any(&items[0]).(keeper); !ok {
		return nil
	}
	var whole struct {
		Items []json.RawMessage `json:"items"`
	}
	if err := got.into(&whole); err != nil {
		return err
	}
	for i := range items {
		*any(&items[i]).(keeper).raw() = whole.Items[i]
	}
	return nil
}

func (c *Collection[T]) next() *Link {
	if c.Links == nil || c.Links.Next == nil || c.Links.Next.URI == "" {
		return nil
	}
	return c.Links.Next
}

// follow gives the place that a link leads to. Links are relative, with or
// without the version; one that leads to another host would take the token along.
func (p *Partner) follow(link *Link) (place, http.Header, error) {
	where, err := url.Parse(link.URI)
	if err != nil || (where.IsAbs() || where.Host != "") && (where.Scheme != p.base.Scheme || where.Host != p.base.Host) {
		return place{}, nil, fmt.Errorf("follow the link %q: it does not lead on within %s", link.URI, p.base)
	}
	if link.Method != "" && !strings.EqualFold(link.Method, http.MethodGet) {
		return place{}, nil, fmt.Errorf("follow the link %q: its method is %s", link.URI, link.Method)
	}
	path := "/" + strings.TrimLeft(where.EscapedPath(), "/")
	if where.Host != "" {
		path = strings.TrimPrefix(path, p.base.EscapedPath())
	}
	if lower := strings.ToLower(path); lower != "/v1" && !strings.HasPrefix(lower, "/v1/") {
		path = "/v1" + path
	}
	header := http.Header{}
	for _, pair := range link.Headers {
		if name := http.CanonicalHeaderKey(pair.Key); strings.HasPrefix(name, "Ms-") {
			header.Set(name, pair.Value)
		}
	}
	return place{partner: p, path: path, query: where.Query()}, header, nil
}
