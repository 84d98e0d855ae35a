package commerce

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// DemoWorld is a world with something in it to try: a provider with a reseller,
// people with different rights, and a shop with a record in every state
// (docs/demo-world.md). The same DemoWorld always gives the same rows.
type DemoWorld struct {
	// World is the world's id.
	World string
	Name  string
	// At is when the world is created, in its own time; the shop's dates hang on
	// it. The documents' own records have dates of their own.
	At       time.Time
	Clock    Clock
	Settings WorldSettings
	// The tenants are the world's own; a store with several demo worlds needs
	// others for each. All other ids are the same in every demo world.
	ProviderTenant string
	ResellerTenant string
	// SecretHash is the hash of the one secret that every account shares; empty:
	// none of them can sign in.
	SecretHash string
}

// DefaultDemo is the demo world as docs/demo-world.md describes it, without its
// secret.
func DefaultDemo(at time.Time) DemoWorld {
	return DemoWorld{
		World:          "demo",
		Name:           "demo",
		At:             at,
		Settings:       DefaultSettings(),
		ProviderTenant: "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56",
		ResellerTenant: "624408d2-25d0-4d37-9514-ed2cd3572a05",
	}
}

// InsertDemo puts the demo world into the store, all of it or nothing.
func InsertDemo(ctx context.Context, store Store, d DemoWorld) error {
	rows := d.rows()
	err := store.Write(ctx, func(tx Tx) error { return rows.insert(ctx, tx) })
	if err != nil {
		return fmt.Errorf("insert demo world %s: %w", d.World, err)
	}
	return nil
}

// demoRows are a demo world's rows, each after those that it names.
type demoRows struct {
	world           World
	partners        []Partner
	accounts        []Account
	agentGrants     []AgentGrant
	directoryGrants []DirectoryGrant
	customers       []Customer
	relationships   []Relationship
	orders          []Order
	subscriptions   []Subscription
	changes         []Change
	due             []Due
}

func (d DemoWorld) rows() demoRows {
	d.At = d.At.UTC().Truncate(precision)
	rows := demoRows{
		world: World{
			ID: d.World, Name: d.Name, Kind: Development, CreatedAt: d.At,
			Clock: d.Clock, Settings: d.Settings,
		},
		partners:        d.partners(),
		accounts:        d.accounts(),
		agentGrants:     d.agentGrants(),
		directoryGrants: d.directoryGrants(),
		customers:       d.customers(),
		relationships:   d.relationships(),
	}
	documents := demoLedger{world: d.World, at: documentsAt, interval: DefaultSettings().RefreshInterval, still: true, rows: &rows}
	documents.enter(documentsOrders())
	shop := demoLedger{world: d.World, at: d.At, interval: d.Settings.RefreshInterval, rows: &rows}
	shop.enter(demoOrders())
	return rows
}

func (r demoRows) insert(ctx context.Context, tx Tx) error {
	tables := []func() error{
		func() error { return tx.Worlds().Insert(ctx, r.world) },
		each(ctx, r.partners, tx.Partners().Insert),
		each(ctx, r.accounts, tx.Accounts().Insert),
		each(ctx, r.agentGrants, tx.Roles().GrantAgent),
		each(ctx, r.customers, tx.Customers().Insert),
		each(ctx, r.relationships, tx.Relationships().Insert),
		each(ctx, r.directoryGrants, tx.Roles().GrantDirectory),
		each(ctx, r.orders, tx.Orders().Insert),
		each(ctx, r.subscriptions, tx.Subscriptions().Insert),
		each(ctx, r.changes, tx.Changes().Insert),
		each(ctx, r.due, func(ctx context.Context, d Due) error {
			_, err := tx.Due().Insert(ctx, d)
			return err
		}),
	}
	for _, fill := range tables {
		if err := fill(); err != nil {
			return err
		}
	}
	return nil
}

func each[T any](ctx context.Context, rows []T, insert func(context.Context, T) error) func() error {
	return func() error {
		for i, row := range rows {
			if err := insert(ctx, row); err != nil {
				return fmt.Errorf("insert %T %d: %w", row, i, err)
			}
		}
		return nil
	}
}

// demoSpace is the name space of the ids that nobody has to type.
var demoSpace = uuid.MustParse("ab9bae9b-77ae-4380-b899-781ee1606878")

// demoID is the id of what the words name, always the same.
func demoID(words ...string) string {
	return uuid.NewSHA1(demoSpace, []byte(strings.Join(words, "/"))).String()
}
