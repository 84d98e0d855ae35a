package partnercenter

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// place is where a resource stands: the one place where paths are built. What
// is wrong with an id is told by the first verb.
type place struct {
	partner *Partner
	// path is escaped.
	path  string
	query url.Values
	// linked is a link's own query, in the place of one that is made here.
	linked string
	err    error
}

func (p place) in(literal string) place {
	p.path += "/" + literal
	return p
}

// id goes on to what an id names. Dots would lead elsewhere, since what stands
// between here and there may fold them.
func (p place) id(noun, id string) place {
	if p.err == nil && (id == "" || id == "." || id == "..") {
		p.err = fmt.Errorf("%s/{%s}: %q is no id", p.path, noun, id)
	}
	p.path += "/" + url.PathEscape(id)
	return p
}

// asked is the place with parameters; those without a value are left out.
func (p place) asked(parameters ...string) place {
	query := url.Values{}
	for name, values := range p.query {
		query[name] = values
	}
	for i := 0; i+1 < len(parameters); i += 2 {
		if parameters[i+1] != "" {
			query.Set(parameters[i], parameters[i+1])
		}
	}
	p.query = query
	return p
}

func (p place) send(ctx context.Context, c call) (*answer, error) {
	if p.err != nil {
		return nil, fmt.Errorf("%s %w", c.method, p.err)
	}
	c.path, c.query = p.path, firstOf(p.linked, p.query.Encode())
	return p.partner.send(ctx, c)
}

// queryAsItIs leaves a query as somebody else has written it, but for what no
// request line can hold: spaces, quotes, braces, what is beyond ASCII.
func queryAsItIs(query string) string {
	var w strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}#", c) >= 0 {
			fmt.Fprintf(&w, "%%%02X", c)
		} else {
			w.WriteByte(c)
		}
	}
	return w.String()
}

// get reads the resource of a place.
func get[T any](ctx context.Context, p place) (*T, error) {
	got, err := p.send(ctx, call{method: http.MethodGet})
	if err != nil {
		return nil, err
	}
	return read[T](got)
}

// write sends a resource to a place and reads what it has become. With an etag it
// is written only while it is what was read.
func write[T any](ctx context.Context, p place, method string, resource *T) (*T, error) {
	got, err := written(ctx, p, method, resource)
	if err != nil {
		return nil, err
	}
	return read[T](got)
}

func written[T any](ctx context.Context, p place, method string, resource *T) (*answer, error) {
	if resource == nil {
		return nil, fmt.Errorf("%s %s: there is nothing to write: the %T is nil", method, p.path, resource)
	}
	body, err := whole(resource)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, p.path, err)
	}
	c := call{method: method, body: body}
	if kept, ok := any(resource).(keeper); ok && method != http.MethodPost {
		c.header = ifMatch(kept.is())
	}
	return p.send(ctx, c)
}

// read makes a resource of an answer, and keeps how it came with those that can
// be written back.
func read[T any](got *answer) (*T, error) {
	var resource T
	if err := got.into(&resource); err != nil {
		return nil, err
	}
	if kept, ok := any(&resource).(keeper); ok {
		*kept.raw() = json.RawMessage(got.body)
	}
	return &resource, nil
}
