package pipe

import (
	"net/http"
	"strings"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// admitOperator admits whoever shows an operator's key.
func (p *Pipe) admitOperator(w http.ResponseWriter, r *http.Request, rt *Route) (*Request, error) {
	x := exchangeOf(r)
	x.told = true
	key, err := operatorKey(r)
	if err != nil {
		return nil, err
	}
	if x.operator, err = p.Service.IdentifyOperator(r.Context(), key); err != nil {
		return nil, err
	}
	request := &Request{Request: r, Operator: x.operator, own: true}
	if request.Query, err = parseQuery(r.URL.RawQuery); err != nil {
		return nil, err
	}
	if rt.Stream {
		return request, streamable(r.Header)
	}
	request.content, err = readBody(w, r)
	return request, err
}

func operatorKey(r *http.Request) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return "", commerce.Refuse(partnercenter.ErrOperatorKey,
			`send one Authorization header: "Authorization: Bearer" and an operator key, as this makes: provost operator key create NAME`)
	}
	scheme, key, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", commerce.Refuse(partnercenter.ErrOperatorKey,
			"the Authorization header's scheme is not Bearer; what follows it is an operator key, as this makes: provost operator key create NAME")
	}
	return strings.TrimSpace(key), nil
}
