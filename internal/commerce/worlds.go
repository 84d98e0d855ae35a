package commerce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"provost/partnercenter"
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
	// Importing: it is not whole yet, and answers nothing.
	Importing bool
}

// WorldTable keeps worlds.
type WorldTable interface {
	Insert(ctx context.Context, w World) error
	ByID(ctx context.Context, id string) (World, error)
	// Update changes a world's settings; an absent one is ErrMissing.
	Update(ctx context.Context, id string, settings WorldSettings) error
	// SetClock moves a world's clock; an absent world is ErrMissing.
	SetClock(ctx context.Context, id string, c Clock) error
	// Remove takes a world away with all that is in it; an absent one is
	// ErrMissing.
	Remove(ctx context.Context, id string) error
	// Hold keeps other transactions that hold the world waiting until this one
	// ends; an absent world is ErrMissing.
	Hold(ctx context.Context, id string) error
	// List gives all worlds, by name.
	List(ctx context.Context) ([]World, error)
	// Page gives worlds by id: those after one ("": from the start).
	Page(ctx context.Context, after string, limit int) ([]World, error)
}

// NewWorld is what a world is made of.
type NewWorld struct {
	// Name is its id, too; empty: the tenant.
	Name string
	Kind WorldKind
	// Tenant is the provider's.
	Tenant string
	// Company and MPNID are the provider's; empty: "Provider" and none, or the
	// demo shop's.
	Company, MPNID string
	Settings       WorldSettings
	// Demo fills it with the demo shop under new ids. The people and apps of the
	// shop come with it in a development world alone, where SecretHash is what
	// they sign in with.
	Demo       bool
	SecretHash string
}

// WorldEntry is a world as it is listed.
type WorldEntry struct {
	World    World
	Provider Partner
	// Now is the world's time.
	Now time.Time
}

// DemoStart is where to begin in a new demo shop: the documents' own records
// under their new ids, and who may ask for them ("" in a production world).
type DemoStart struct {
	Customer, Subscription, Order string
	Admin, AdminUPN, App          string
	// AdminRoles are the roles that Admin holds on that customer and beyond.
	AdminRoles []string
}

var worldName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// reservedNames stand in paths of the operator's door where a name does.
var reservedNames = []string{"import"}

func (n *NewWorld) check() error {
	if !isTenant(n.Tenant) {
		return Refuse(partnercenter.ErrInput.About("tenant"),
			"a tenant is named by its GUID, %q is none: provost world create --tenant GUID --kind production", n.Tenant)
	}
	if n.Name == "" {
		n.Name = strings.ToLower(n.Tenant)
	}
	if !worldName.MatchString(n.Name) || slices.Contains(reservedNames, n.Name) {
		return Refuse(partnercenter.ErrInput.About("name"),
			"a world's name is up to 63 lower-case letters, digits and -, such as contoso; %q is not", n.Name)
	}
	if n.Kind != Production && n.Kind != Development {
		return Refuse(partnercenter.ErrEnum.About("kind", string(Production), string(Development)),
			"a world's kind is fixed at its creation: production, or development (its clock can be moved, and refusals are explained)")
	}
	if n.Company != "" {
		if err := checkName("company", n.Company); err != nil {
			return err
		}
	}
	if err := checkMPN(n.MPNID); err != nil {
		return err
	}
	return n.Settings.check()
}

// checkName refuses what cannot be shown as a name.
func checkName(member, name string) error {
	if name != strings.TrimSpace(name) || name == "" || len(name) > 200 || strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return Refuse(partnercenter.ErrInput.About(member), "a name is up to 200 bytes of visible text; %q is not", name)
	}
	return nil
}

func checkMPN(id string) error {
	if strings.Trim(id, "0123456789") != "" || len(id) > 20 {
		return Refuse(partnercenter.ErrInput.About("mpnId"), "an MPN id is a number, %q is none", id)
	}
	return nil
}

// CreateWorld makes a world with its provider, and its demo shop if that is
// asked for. A tenant or a name that is taken is refused with ErrConflict, by
// name.
func (s *Service) CreateWorld(ctx context.Context, by Operator, n NewWorld) (WorldEntry, *DemoStart, error) {
	if err := n.check(); err != nil {
		return WorldEntry{}, nil, err
	}
	if err := s.checkProvisioner(n.Settings); err != nil {
		return WorldEntry{}, nil, err
	}
	var entry WorldEntry
	var start *DemoStart
	err := s.act(ctx, by, func(tx Tx, act *OperatorAct) error {
		if err := freeWorld(ctx, tx, n.Name); err != nil {
			return err
		}
		if err := freeTenant(ctx, tx, n.Tenant); err != nil {
			return err
		}
		rows, ids := n.rows(act.At)
		if err := rows.insert(ctx, tx); err != nil {
			return err
		}
		entry = WorldEntry{rows.world, rows.partners[0], act.At}
		start = ids
		after := n.Settings.words()
		after["kind"], after["tenant"], after["demo"] = string(n.Kind), n.Tenant, strconv.FormatBool(n.Demo)
		act.is("create world", n.Name, n.Name, nil, after)
		return nil
	})
	if err != nil {
		return WorldEntry{}, nil, fmt.Errorf("create world %s: %w", n.Name, err)
	}
	return entry, start, nil
}

// rows are those of the new world, made at an instant.
func (n NewWorld) rows(at time.Time) (demoRows, *DemoStart) {
	world := World{ID: n.Name, Name: n.Name, Kind: n.Kind, CreatedAt: at, Settings: n.Settings}
	if !n.Demo {
		return demoRows{world: world, partners: []Partner{
			{World: n.Name, ID: uuid.NewString(), Tenant: n.Tenant, Kind: Provider, Name: cmp.Or(n.Company, "Provider"), MPNID: n.MPNID},
		}}, nil
	}
	demo := DemoWorld{World: n.Name, Name: n.Name, At: at, Settings: n.Settings, ProviderTenant: n.Tenant, SecretHash: n.SecretHash}
	rows := demo.rows()
	ids := rows.renew(uuid.New())
	rows.world.Kind = n.Kind
	rows.partners[0].Name = cmp.Or(n.Company, rows.partners[0].Name)
	rows.partners[0].MPNID = cmp.Or(n.MPNID, rows.partners[0].MPNID)
	rows.partners[1].Tenant = uuid.NewString()
	start := &DemoStart{
		Customer: ids.of(harbourLane), Subscription: ids.of(documentsSubscription), Order: ids.of(documentsOrder),
	}
	if n.Kind == Production {
		rows.accounts, rows.agentGrants, rows.directoryGrants = nil, nil, nil
		return rows, start
	}
	accounts := demoAccounts()
	start.Admin, start.AdminUPN, start.AdminRoles = ids.of(accounts[0].id), accounts[0].upn, accounts[0].roles()
	for _, a := range accounts {
		if a.registered {
			start.App = ids.of(a.id)
			break
		}
	}
	return rows, start
}

func freeWorld(ctx context.Context, tx Tx, name string) error {
	_, err := tx.Worlds().ByID(ctx, name)
	if errors.Is(err, ErrMissing) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find world %s: %w", name, err)
	}
	return Refuse(partnercenter.ErrConflict.About("name"), "there is a world %s already: choose another name; all there are: provost world list", name)
}

// freeTenant refuses a tenant that is someone's, and says whose.
func freeTenant(ctx context.Context, tx Tx, tenant string) error {
	owner, err := tx.Partners().ByTenant(ctx, tenant)
	if errors.Is(err, ErrMissing) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find partner of tenant %s: %w", tenant, err)
	}
	return Refuse(partnercenter.ErrConflict.About("tenant"), "tenant %s is that of %s, the %s of world %s, and a token must say whose it is: name another tenant",
		tenant, owner.Name, owner.Kind, owner.World)
}

// Worlds gives a page of the worlds, by id: those after one ("": from the
// start).
func (s *Service) Worlds(ctx context.Context, after string, limit int) (entries []WorldEntry, err error) {
	err = s.Store.Read(ctx, func(tx Tx) error {
		worlds, err := tx.Worlds().Page(ctx, after, limit)
		if err != nil {
			return err
		}
		for _, w := range worlds {
			entry, err := entryOf(ctx, tx, w)
			if err != nil {
				return err
			}
			entries = append(entries, entry)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list worlds: %w", err)
	}
	return entries, nil
}

// World gives the world of that name, or whose partner has that tenant.
func (s *Service) World(ctx context.Context, named string) (entry WorldEntry, err error) {
	err = s.Store.Read(ctx, func(tx Tx) error {
		world, err := anyWorldNamed(ctx, tx, named)
		if err != nil {
			return err
		}
		entry, err = entryOf(ctx, tx, world)
		return err
	})
	if err != nil {
		return WorldEntry{}, fmt.Errorf("read world %s: %w", named, err)
	}
	return entry, nil
}

func entryOf(ctx context.Context, tx Tx, w World) (WorldEntry, error) {
	real, err := tx.RealTime(ctx)
	if err != nil {
		return WorldEntry{}, err
	}
	first, err := tx.Partners().Page(ctx, w.ID, nil, 1)
	if err != nil {
		return WorldEntry{}, fmt.Errorf("find provider of world %s: %w", w.ID, err)
	}
	entry := WorldEntry{World: w, Now: w.Clock.At(real)}
	if len(first) > 0 && first[0].Kind == Provider {
		entry.Provider = first[0]
	}
	return entry, nil
}

// worldNamed finds a world that answers, as an operator names it; one that is
// being imported is refused with ErrUnavailable.
func worldNamed(ctx context.Context, tx Tx, named string) (World, error) {
	world, err := anyWorldNamed(ctx, tx, named)
	if err == nil && world.Importing {
		err = beingImported(world)
	}
	return world, err
}

// beingImported refuses what is asked of a world that is not whole yet.
func beingImported(w World) error {
	return Refuse(partnercenter.ErrUnavailable, "world %s is being imported, and answers once it is whole", w.ID)
}

// anyWorldNamed finds a world as an operator names it: by its name, or by a
// tenant of one of its partners. Others are refused with ErrNoSuch.
func anyWorldNamed(ctx context.Context, tx Tx, named string) (World, error) {
	world, err := tx.Worlds().ByID(ctx, named)
	if !errors.Is(err, ErrMissing) {
		return world, err
	}
	partner, err := tx.Partners().ByTenant(ctx, named)
	if err == nil {
		return tx.Worlds().ByID(ctx, partner.World)
	}
	if !errors.Is(err, ErrMissing) {
		return World{}, err
	}
	return World{}, Refuse(partnercenter.ErrNoSuch.About("world"), "there is no world %s; all there are: provost world list", named)
}
