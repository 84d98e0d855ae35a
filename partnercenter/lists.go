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
// error. It begins with the page that a link leads to, where there is one.
func each[T any](ctx context.Context, first place, link *Link) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		seen := map[string]bool{}
		for next := link; ; {
			at, header, err := first.pageAt(next)
			key := fmt.Sprint(at.path, "?", at.linked, header)
			if err == nil && next != nil && seen[key] {
				err = fmt.Errorf("list %s: its page %s leads to one that was read before", first.path, next.URI)
			}
			var page *Collection[T]
			if err == nil {
				page, err = pageOf[T](ctx, at, header)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			seen[key] = true
			for i := range page.Items {
				if !yield(&page.Items[i], nil) {
					return
				}
			}
			if next = page.next(); next == nil {
				return
			}
		}
	}
}

// page reads one page of a list: the first, or the one that a link leads to.
func page[T any](ctx context.Context, first place, link *Link) (*Collection[T], error) {
	at, header, err := first.pageAt(link)
	if err != nil {
		return nil, err
	}
	return pageOf[T](ctx, at, header)
}

func (p place) pageAt(link *Link) (place, http.Header, error) {
	switch {
	case link == nil:
		return p, nil, nil
	case p.err != nil:
		return place{}, nil, fmt.Errorf("GET %w", p.err)
	}
	return p.partner.follow(link)
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
	return place{partner: p, path: path, linked: queryAsItIs(where.RawQuery)}, header, nil
}
