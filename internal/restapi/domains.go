package restapi

import (
	"provost/internal/pipe"
	"provost/partnercenter"
)

// headDomain says whether a customer has a domain: nothing but 200 if it is
// taken, 404 if it is free.
//
//	HEAD /v1/domains/{domain}
func (c calls) headDomain(r *pipe.Request) (pipe.Reply, error) {
	taken, err := c.shop.DomainTaken(r.Context(), r.Actor, r.PathValue("domain"))
	if err == nil && !taken {
		err = partnercenter.ErrNotFound
	}
	return pipe.Reply{}, err
}
