package operator

import (
	"net/http"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter/extension"
)

// listPartners gives a world's partners, page by page.
//
// GET /operator/v1/worlds/{world}/partners
func (c calls) listPartners(r *pipe.Request) (pipe.Reply, error) {
	if err := r.Query.Only("size", "after"); err != nil {
		return pipe.Reply{}, err
	}
	size, place, err := readPage(r, 3)
	if err != nil {
		return pipe.Reply{}, err
	}
	var after *commerce.Partner
	if place != nil {
		after = &commerce.Partner{Kind: commerce.PartnerKind(place[0]), Name: place[1], ID: place[2]}
	}
	found, err := c.shop.Partners(r.Context(), r.PathValue("world"), after, size+1)
	if err != nil {
		return pipe.Reply{}, err
	}
	page, next := cut(found, size, func(p commerce.Partner) []string { return []string{string(p.Kind), p.Name, p.ID} })
	list := extension.Partners{Items: []extension.Partner{}, Next: next}
	for _, p := range page {
		list.Items = append(list.Items, partnerOf(p))
	}
	return pipe.Reply{Body: list}, nil
}

// addPartner lets a reseller into a world.
//
// POST /operator/v1/worlds/{world}/partners
func (c calls) addPartner(r *pipe.Request) (pipe.Reply, error) {
	asked, err := pipe.Decode[extension.NewPartner](r)
	if err != nil {
		return pipe.Reply{}, err
	}
	partner, err := c.shop.AddPartner(r.Context(), r.Operator, r.PathValue("world"),
		commerce.NewPartner{Tenant: asked.Tenant, Name: asked.Name, MPNID: asked.MPNID})
	return pipe.Reply{Body: partnerOf(partner), Status: http.StatusCreated}, err
}

// removePartner takes a reseller away.
//
// DELETE /operator/v1/worlds/{world}/partners/{partner}
func (c calls) removePartner(r *pipe.Request) (pipe.Reply, error) {
	err := c.shop.RemovePartner(r.Context(), r.Operator, r.PathValue("world"), r.PathValue("partner"))
	return pipe.Reply{Status: http.StatusNoContent}, err
}

func partnerOf(p commerce.Partner) extension.Partner {
	return extension.Partner{ID: p.ID, Tenant: p.Tenant, Kind: string(p.Kind), Name: p.Name, MPNID: p.MPNID}
}
