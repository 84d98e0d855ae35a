package operator

import (
	"net/http"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter/extension"
)

// maxListed is how much a list holds that is not paged.
const maxListed = 10_000

// listRelationships gives what partners are to customers.
//
// GET /operator/v1/worlds/{world}/relationships
func (c calls) listRelationships(r *pipe.Request) (pipe.Reply, error) {
	if err := r.Query.Only("partner", "customer"); err != nil {
		return pipe.Reply{}, err
	}
	entries, err := c.shop.Relationships(r.Context(), r.PathValue("world"), r.Query["partner"], r.Query["customer"], maxListed+1)
	if err != nil {
		return pipe.Reply{}, err
	}
	list := extension.Relationships{Items: []extension.Relationship{}, More: len(entries) > maxListed}
	for _, e := range entries[:min(len(entries), maxListed)] {
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
