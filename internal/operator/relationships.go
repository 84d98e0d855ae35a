package operator

import (
	"net/http"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter/extension"
)

// listRelationships gives what partners are to customers, page by page.
//
// GET /operator/v1/worlds/{world}/relationships
func (c calls) listRelationships(r *pipe.Request) (pipe.Reply, error) {
	if err := r.Query.Only("partner", "customer", "size", "after"); err != nil {
		return pipe.Reply{}, err
	}
	size, place, err := readPage(r, 3)
	if err != nil {
		return pipe.Reply{}, err
	}
	query := commerce.RelationshipQuery{
		World: r.PathValue("world"), Partner: r.Query["partner"], Customer: r.Query["customer"], Limit: size + 1,
	}
	if place != nil {
		query.After = &commerce.Relationship{Partner: place[0], Customer: place[1], Kind: commerce.RelationshipKind(place[2])}
	}
	found, err := c.shop.Relationships(r.Context(), query)
	if err != nil {
		return pipe.Reply{}, err
	}
	page, next := cut(found, size, func(e commerce.RelationshipEntry) []string { return []string{e.Partner, e.Customer, string(e.Kind)} })
	list := extension.Relationships{Items: []extension.Relationship{}, Next: next}
	for _, e := range page {
		list.Items = append(list.Items, relationshipOf(e))
	}
	return pipe.Reply{Body: list}, nil
}

// setRelationship makes a partner a customer's reseller or delegated admin.
//
// PUT /operator/v1/worlds/{world}/relationships
func (c calls) setRelationship(r *pipe.Request) (pipe.Reply, error) {
	asked, err := pipe.Decode[extension.Relationship](r)
	if err != nil {
		return pipe.Reply{}, err
	}
	kind, err := commerce.ParseRelationshipKind(asked.Kind)
	if err != nil {
		return pipe.Reply{}, err
	}
	entry, err := c.shop.SetRelationship(r.Context(), r.Operator, r.PathValue("world"), asked.Partner, asked.Customer, kind)
	return pipe.Reply{Body: relationshipOf(entry)}, err
}

// endRelationship ends what a partner is to a customer.
//
// DELETE /operator/v1/worlds/{world}/relationships
func (c calls) endRelationship(r *pipe.Request) (pipe.Reply, error) {
	if err := r.Query.Only("partner", "customer", "kind"); err != nil {
		return pipe.Reply{}, err
	}
	var kind commerce.RelationshipKind
	if word := r.Query["kind"]; word != "" {
		var err error
		if kind, err = commerce.ParseRelationshipKind(word); err != nil {
			return pipe.Reply{}, err
		}
	}
	err := c.shop.EndRelationship(r.Context(), r.Operator, r.PathValue("world"), r.Query["partner"], r.Query["customer"], kind)
	return pipe.Reply{Status: http.StatusNoContent}, err
}

func relationshipOf(e commerce.RelationshipEntry) extension.Relationship {
	return extension.Relationship{
		Partner: e.By.Tenant, PartnerName: e.By.Name, Customer: e.Customer, Company: e.Company, Kind: e.Kind.Word(),
	}
}
