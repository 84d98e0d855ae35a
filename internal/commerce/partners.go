package commerce

import "context"

// PartnerKind says what a partner is in its world.
type PartnerKind string

// A world has one provider; resellers sell through it.
const (
	Provider PartnerKind = "provider"
	Reseller PartnerKind = "reseller"
)

// Partner is a company that sells. Its tenant belongs to it alone, over all
// worlds of a store.
type Partner struct {
	World string
	// ID is the partner's own id in its world, a GUID.
	ID     string
	Tenant string
	Kind   PartnerKind
	Name   string
	MPNID  string
}

// PartnerTable keeps partners.
type PartnerTable interface {
	// Insert refuses a tenant that any world already knows with ErrTaken.
	Insert(ctx context.Context, p Partner) error
	ByTenant(ctx context.Context, tenant string) (Partner, error)
	// Remove takes a partner away with its accounts, their tokens, its roles and
	// its relationships; an absent one is ErrMissing. What it sold stays.
	Remove(ctx context.Context, world, id string) error
	// List gives a world's partners, the provider first, then by name.
	List(ctx context.Context, world string) ([]Partner, error)
}
