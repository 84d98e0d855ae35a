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
}

// DefaultSettings are those of a new world: a refresh each 15 minutes
// (documents 000 and 001), multifactor authentication enforced.
func DefaultSettings() WorldSettings {
	return WorldSettings{RefreshInterval: 15 * time.Minute, MFA: MFAEnforce}
}

// MFAMode says what happens to App+User tokens without multifactor
// authentication.
type MFAMode string

// What such a token meets: nothing, a note in the answer's header, a refusal.
const (
	MFAOff     MFAMode = "off"
	MFAReport  MFAMode = "report"
	MFAEnforce MFAMode = "enforce"
)

// WorldTable keeps worlds.
type WorldTable interface {
	Insert(ctx context.Context, w World) error
	ByID(ctx context.Context, id string) (World, error)
	// List gives all worlds, by name.
	List(ctx context.Context) ([]World, error)
}
