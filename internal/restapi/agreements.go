package restapi

import (
	"net/http"

	"provost/internal/pipe"
	"provost/partnercenter"
)

// listAgreements lists the agreements that a customer accepted.
//
//	GET /v1/customers/{customer}/agreements
func (c calls) listAgreements(r *pipe.Request) (pipe.Reply, error) {
	kind, err := pipe.QueryEnum[partnercenter.AgreementType](r.Query, "agreementType")
	if err != nil {
		return pipe.Reply{}, err
	}
	agreements, err := c.shop.Agreements(r.Context(), r.Actor, r.Customer, kind)
	return pipe.Reply{Body: partnercenter.NewCollection(agreements)}, err
}

// createAgreement records that a customer accepted an agreement.
//
//	POST /v1/customers/{customer}/agreements
func (c calls) createAgreement(r *pipe.Request) (pipe.Reply, error) {
	asked, err := pipe.Decode[partnercenter.Agreement](r)
	if err != nil {
		return pipe.Reply{}, err
	}
	recorded, err := c.shop.RecordAgreement(r.Context(), r.Caller(), r.Customer, asked)
	return pipe.Reply{Status: http.StatusCreated, Body: &recorded}, err
}
