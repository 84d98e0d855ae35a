package commerce

import "context"

// RelationshipKind is what a partner is to a customer.
type RelationshipKind string

// A reseller sells to the customer; a delegated admin administers its
// directory.
const (
	ResellerOf       RelationshipKind = "reseller"
	DelegatedAdminOf RelationshipKind = "delegated admin"
)

// Relationship lets a partner see a customer.
type Relationship struct {
	World, Partner, Customer string
	Kind                     RelationshipKind
}

// RelationshipTable keeps relationships.
type RelationshipTable interface {
	Insert(ctx context.Context, r Relationship) error
	// End removes one; ending what is not there is no error.
	End(ctx context.Context, r Relationship) error
	// Between gives what the partner is to the customer; empty when nothing,
	// or when there is no such customer.
	Between(ctx context.Context, world, partner, customer string) ([]RelationshipKind, error)
	// Of gives a partner's, by customer and kind.
	Of(ctx context.Context, world, partner string, limit int) ([]Relationship, error)
}
