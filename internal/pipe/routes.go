package pipe

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// Route is one row of a door's table: what it answers to, whom it admits, what
// it can refuse, and who answers.
type Route struct {
	Method string
	// Path names its ids in braces: those that [Request] has.
	Path   string
	Access commerce.Access
	// Answers are the refusals of this row's own; those that every row can give
	// are in [Route.Refusals].
	Answers []*partnercenter.Error
	Serve   func(*Request) (Reply, error)
	// Throttle names the kind of resource whose requests are counted together with
	// this row's; empty: they are not counted.
	Throttle string
	// Kept rows read one customer alone, and answer all users of a partner alike:
	// their answers are given again while nothing has changed.
	Kept bool
	// InWrite rows do one write, of [Request.Caller], which asks in itself whether the
	// caller may.
	InWrite bool
	// Own rows speak Provost's own words: JSON alone, whatever the profile and
	// whatever is asked for.
	Own bool
	// Slow rows may take longer than others, and end when their caller hangs up.
	Slow bool
	// Stream rows take a body of any length, and may answer so; they end when
	// their caller hangs up.
	Stream bool
	// Key rows take an operator's key in the place of a partner's token, and ask
	// for no other right. They are our own as well.
	Key bool
	// Signed rows are our own as well, and take a signed body in the place of a
	// token: who serves them verifies it.
	Signed bool
}

// name is how reports speak of the row.
func (rt Route) name() string { return rt.Method + " " + rt.Path }

// Refusals are all that the row can answer beside success: what its access,
// its ids and its own work can refuse. What any request to the door can meet
// (lengths, method, media types, failures) is in [Always].
func (rt Route) Refusals() []*partnercenter.Error {
	if rt.Key || rt.Signed {
		return append([]*partnercenter.Error{partnercenter.ErrOperatorKey}, rt.Answers...)
	}
	refusals := []*partnercenter.Error{
		partnercenter.ErrUnauthenticated, partnercenter.ErrAudience, partnercenter.ErrMFARequired,
	}
	if rt.Access.AppOnly || len(rt.Access.Roles) > 0 {
		refusals = append(refusals, partnercenter.ErrRole)
	}
	if !rt.Access.AppOnly {
		refusals = append(refusals, partnercenter.ErrAppOnly)
	}
	if strings.Contains(rt.Path, "{customer}") {
		refusals = append(refusals, partnercenter.ErrCustomerID, partnercenter.ErrNoRelationship)
	}
	if len(rt.Access.Directory) > 0 {
		refusals = append(refusals, partnercenter.ErrPrivileges)
	}
	if rt.Throttle != "" {
		refusals = append(refusals, partnercenter.ErrTooManyRequests)
	}
	return append(refusals, rt.Answers...)
}

// Always are the refusals that any row can answer; that of a foreign host, in
// development alone.
func Always() []*partnercenter.Error {
	return []*partnercenter.Error{
		partnercenter.ErrInput, partnercenter.ErrAccessDenied, partnercenter.ErrMethod, partnercenter.ErrNotAcceptable,
		partnercenter.ErrBodyTooLarge, partnercenter.ErrURITooLong, partnercenter.ErrMediaType,
		partnercenter.ErrHeadersTooLarge, partnercenter.ErrInternal, partnercenter.ErrUnavailable,
	}
}

// Routes serves a door's rows and refuses everything else. Reserved are paths
// whose last segment stands where an id could, and must not be taken for one.
func (p *Pipe) Routes(routes []Route, reserved ...string) http.Handler {
	byPath := map[string]map[string]*Route{}
	var literals []string
	for _, rt := range routes {
		if byPath[rt.Path] == nil {
			byPath[rt.Path] = map[string]*Route{}
		}
		byPath[rt.Path][rt.Method] = &rt
		literals = append(literals, rt.Path)
	}
	mux := http.NewServeMux()
	for path, methods := range byPath {
		mux.Handle(path, p.methods(methods))
	}
	for _, path := range reserved {
		mux.Handle(path, p.NotFound())
		literals = append(literals, path)
	}
	mux.Handle("/", p.NotFound())
	fold := newFold(literals)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.again(r, exchangeOf(r), anyLength) {
			return
		}
		folded, err := fold.request(r)
		if err != nil {
			p.refuse(w, r, err)
			return
		}
		mux.ServeHTTP(w, folded)
	})
}

// NotFound refuses an address at which there is nothing.
func (p *Pipe) NotFound() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.refuse(w, r, partnercenter.ErrNotFound)
	})
}

// ReadOnly lets reads through to a handler of its own pages and refuses the
// rest.
func (p *Pipe) ReadOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			exchangeOf(r).route = r.URL.Path
			next.ServeHTTP(w, r)
			return
		}
		set(w.Header(), "Allow", "GET, HEAD")
		p.refuse(w, r, partnercenter.ErrMethod)
	})
}

// methods picks the row by method; GET answers HEAD as well.
func (p *Pipe) methods(rows map[string]*Route) http.Handler {
	var allowed []string
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		_, there := rows[method]
		if _, get := rows["GET"]; there || (method == "HEAD" && get) {
			allowed = append(allowed, method)
		}
	}
	allow := strings.Join(allowed, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rt, ok := rows[r.Method]
		if r.Method == http.MethodHead && !ok {
			rt, ok = rows[http.MethodGet]
		}
		if !ok {
			set(w.Header(), "Allow", allow)
			p.refuse(w, r, partnercenter.ErrMethod)
			return
		}
		x := exchangeOf(r)
		x.route = rt.Path
		if rt.Own || rt.Key || rt.Signed {
			x.mediaType, x.acceptable, x.own = jsonType, true, true
		}
		if rt.Stream {
			w, r = streaming(w, r, x)
		}
		if rt.Slow {
			ctx, cancel := context.WithTimeout(context.WithValue(x.unbounded, exchangeKey{}, x), slowTime)
			defer cancel()
			r = r.WithContext(ctx)
			// A writer without a connection, as in tests, has no deadline to set.
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(slowTime))
		}
		p.serve(w, r, rt)
	})
}

// serve admits a request in the order of decision 12, lets the row answer, and
// writes what it said.
func (p *Pipe) serve(w http.ResponseWriter, r *http.Request, rt *Route) {
	if x := exchangeOf(r); !rt.Key {
		var err error
		if x.slot, err = p.slots.enter(r.Method); err != nil {
			p.refuse(w, r, err)
			return
		}
		defer x.slot.leave()
	}
	request, err := p.admit(w, r, rt)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	if rt.Own || rt.Signed {
		exchangeOf(r).told = true // it is our own word that was misunderstood
	}
	reply, err := rt.Serve(request)
	if err = p.entitled(request, err); err != nil {
		p.refuse(w, r, err)
		return
	}
	p.write(w, r, reply)
}

func (p *Pipe) admit(w http.ResponseWriter, r *http.Request, rt *Route) (*Request, error) {
	x := exchangeOf(r)
	if rt.Key {
		return p.admitOperator(w, r, rt)
	}
	if rt.Signed {
		if err := x.slot.belong(nobody); err != nil {
			return nil, err
		}
		content, err := readBody(w, r)
		return &Request{Request: r, own: true, content: content}, err
	}
	claims, err := p.verify(r, x)
	if err != nil {
		return nil, err
	}
	p.tellMFA(w, r, claims)
	of := p.reading()
	right := p.rightOf(rt, claims, r.PathValue("customer"), of)
	if right != nil {
		x.actor = right.actor
	} else if x.actor, err = p.identify(r, rt, claims, of); err != nil {
		return nil, err
	}
	if err := p.throttled(rt, x, r.PathValue("customer")); err != nil {
		return nil, err
	}
	if !x.acceptable && p.Profile == Documents {
		return nil, partnercenter.ErrNotAcceptable
	}
	if err := rt.Access.AdmitKind(*x.actor); err != nil {
		return nil, err
	}
	request := &Request{Request: r, Actor: *x.actor, own: rt.Own}
	if err := request.readIDs(); err != nil {
		return nil, err
	}
	x.row, x.customer = rt, request.Customer
	x.read, x.sound = p.readingOf(of, x.actor.World.ID, request.Customer)
	switch {
	case right != nil:
	case rt.InWrite:
		request.right = &commerce.Right{Access: rt.Access}
	default:
		holds, err := p.Service.Authorize(r.Context(), *x.actor, rt.Access, request.Customer)
		if err != nil {
			return nil, err
		}
		p.keepRight(x, holds)
	}
	if request.Query, err = parseQuery(r.URL.RawQuery); err == nil {
		request.content, err = readBody(w, r)
	}
	if err != nil {
		return nil, p.entitled(request, err)
	}
	return request, nil
}

// verify finds out whose a request is, and counts it as theirs. Until then it is
// anyone's: tokens that only their issuer can tell to be forged, while that one
// takes its time, shut out nobody whose token is known.
func (p *Pipe) verify(r *http.Request, x *exchange) (claims commerce.Claims, err error) {
	known := false
	if p.Known != nil {
		claims, known = p.Known(r)
	}
	if !known {
		if err := x.slot.await(); err != nil {
			return claims, err
		}
		if claims, err = p.Verify(r.Context(), r); err != nil {
			return claims, err
		}
	}
	return claims, x.slot.belong(claims.Tenant)
}

// entitled asks whether the caller may, where the write has not: it was another's
// of the same key, or was not come to, since something was wrong with the request.
// That is told to nobody who may not make it.
func (p *Pipe) entitled(r *Request, err error) error {
	if r.right == nil || r.right.Asked() {
		return err
	}
	_, refusal := p.Service.Authorize(r.Context(), r.Actor, r.right.Access, r.Customer)
	if err == nil && errors.Is(refusal, partnercenter.ErrNoRelationship) {
		if kept, err := p.Service.Answered(r.Context(), r.Caller()); err != nil || kept {
			return err // it was the caller's to make when it was made
		}
	}
	return cmp.Or(refusal, err)
}

// tellMFA reports on a user's token when the request asks for it.
func (p *Pipe) tellMFA(w http.ResponseWriter, r *http.Request, claims commerce.Claims) {
	if claims.AppOnly() || !strings.EqualFold(r.Header.Get("ValidateMfa"), "true") {
		return
	}
	compliant := "false"
	if claims.MFA {
		compliant = "true"
	}
	set(w.Header(), "isMfaCompliant", compliant)
}
