package commerce

import (
	"context"
	"time"
)

// WorldKind is fixed when a world is created.
type WorldKind string

// The kinds of world: only a development world's clock can be moved, and only
// there are refusals explained.
const (
	Production  WorldKind = "production"
	Development WorldKind = "development"
)

// World is one provider with its customers, roles, settings and clock. Every
// row of the store belongs to one.
type World struct {
	ID        string
	Name      string
	Kind      WorldKind
	CreatedAt time.Time // world time
	Clock     Clock
	Settings  WorldSettings
}

// WorldSettings are a world's own choices.
type WorldSettings struct {
	// RefreshInterval is how far apart the instants are at which provisioning
	// becomes visible; 0 makes it visible at once.
	RefreshInterval time.Duration
	MFA             MFAMode
	// MFAShare is for how many percent of the users MFAEnforce refuses; 0 is
	// all of them, as 100 is.
	MFAShare int
}

// DefaultSettings are those of a new world: a refresh each 15 minutes
// (documents 000 and 001), multifactor authentication enforced.
func DefaultSettings() WorldSettings {
	return WorldSettings{RefreshInterval: 15 * time.Minute, MFA: MFAEnforce, MFAShare: 100}
}

// WorldTable keeps worlds.
type WorldTable interface {
	Insert(ctx context.Context, w World) error
	ByID(ctx context.Context, id string) (World, error)
	// List gives all worlds, by name.
	List(ctx context.Context) ([]World, error)
}
