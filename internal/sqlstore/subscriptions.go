package sqlstore

import (
	"context"
	"strings"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

type subscriptions struct{ *tx }

const (
	provisioningColumns = `sku_id, published_quantity, published_end, provisioned_quantity, provisioned_end,
		outcome, visible_at, unsettled, next_step_at, published_sku_id`
	selectSubscriptions = `SELECT COALESCE(world_cased, world), COALESCE(customer_cased, customer), created_at, version, legacy,
		resource, ` + provisioningColumns + ` FROM subscriptions WHERE world = $1 AND customer = $2 `
)

func (t subscriptions) Insert(ctx context.Context, s commerce.Subscription) error {
	t.concerns(s.World, s.Customer)
	args := append([]any{
		fold(s.World), cased(s.World), fold(s.Customer), cased(s.Customer), fold(s.Resource.ID), instant{s.CreatedAt}, s.Version, s.Legacy,
		string(s.Resource.Status), fold(s.Resource.OrderID), foldOptional(s.Resource.PartnerID), foldOptional(s.Resource.ParentSubscriptionID),
		document[partnercenter.Subscription]{&s.Resource},
	}, provisioningValues(s.Provisioning)...)
	return t.insert(ctx, "insert subscription",
		`INSERT INTO subscriptions (world, world_cased, customer, customer_cased, subscription, created_at, version, legacy,
			status, order_id, mpn_id, parent, resource, `+provisioningColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
		ON CONFLICT DO NOTHING`, args...)
}

func (t subscriptions) Update(ctx context.Context, s commerce.Subscription, version int64) error {
	return t.UpdateAll(ctx, []commerce.SubscriptionUpdate{{Subscription: s, Was: version}})
}

func (t subscriptions) UpdateAll(ctx context.Context, all []commerce.SubscriptionUpdate) error {
	for _, u := range all {
		t.concerns(u.World, u.Customer)
	}
	return updateMany(ctx, t.tx, "update subscription",
		`UPDATE subscriptions SET version = $1, status = $2, mpn_id = $3, resource = $4, (`+provisioningColumns+`) =
			($5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		WHERE world = $15 AND customer = $16 AND subscription = $17 AND version = $18`,
		all, func(u *commerce.SubscriptionUpdate) []any {
			args := append(make([]any, 0, 18), u.Version, string(u.Resource.Status), foldOptional(u.Resource.PartnerID),
				document[partnercenter.Subscription]{&u.Resource})
			args = append(args, provisioningValues(u.Provisioning)...)
			return append(args, fold(u.World), fold(u.Customer), fold(u.Resource.ID), u.Was)
		})
}

func (t subscriptions) ByID(ctx context.Context, world, customer, id string) (commerce.Subscription, error) {
	return one(ctx, t.tx, "find subscription", readSubscription,
		selectSubscriptions+"AND subscription = $3", fold(world), fold(customer), fold(id))
}

func (t subscriptions) ByIDs(ctx context.Context, world string, ids []commerce.SubscriptionID) ([]commerce.Subscription, error) {
	return collectMany(ctx, t.tx, "find subscriptions", readRawSubscription, rawSubscription.whole,
		strings.TrimSuffix(selectSubscriptions, "AND customer = $2 ")+`AND (customer, subscription) IN `, 2,
		[]any{fold(world)}, ids, func(id commerce.SubscriptionID) []any { return []any{fold(id.Customer), fold(id.ID)} })
}

func (t subscriptions) List(ctx context.Context, q commerce.SubscriptionQuery) ([]commerce.Subscription, error) {
	return collect(ctx, t.tx, "list subscriptions", readSubscription,
		selectSubscriptions+`AND ($3 = '' OR order_id = $3) AND ($4 = '' OR mpn_id = $4) AND ($5 = '' OR parent = $5)
		ORDER BY created_at, subscription`,
		fold(q.World), fold(q.Customer), fold(q.Order), fold(q.MPNID), fold(q.Parent))
}

func (t subscriptions) Provisioning(ctx context.Context, world, customer, id string) (*commerce.Provisioning, error) {
	return one(ctx, t.tx, "find provisioning", readProvisioning,
		"SELECT "+provisioningColumns+" FROM subscriptions WHERE world = $1 AND customer = $2 AND subscription = $3",
		fold(world), fold(customer), fold(id))
}

func (t subscriptions) ProvisioningIn(ctx context.Context, world, customer, id string) (commerce.ProvisioningInWorld, error) {
	return one(ctx, t.tx, "find provisioning", readProvisioningIn,
		`SELECT w.clock_offset, w.frozen_at, CASE WHEN s.unsettled THEN w.settings END, `+provisioningColumns+`
		FROM subscriptions s JOIN worlds w ON w.world = s.world WHERE s.world = $1 AND s.customer = $2 AND s.subscription = $3`,
		fold(world), fold(customer), fold(id))
}

func foldOptional(text *string) string {
	if text == nil {
		return ""
	}
	return fold(*text)
}

func readSubscription(row rows) (commerce.Subscription, error) {
	raw, err := readRawSubscription(row)
	if err != nil {
		return commerce.Subscription{}, err
	}
	return raw.whole()
}

// rawSubscription is a subscription whose resource is still a text.
type rawSubscription struct {
	commerce.Subscription
	resource string
}

func (raw rawSubscription) whole() (commerce.Subscription, error) {
	s := raw.Subscription
	return s, document[partnercenter.Subscription]{&s.Resource}.Scan(raw.resource)
}

func readRawSubscription(row rows) (rawSubscription, error) {
	var (
		s       rawSubscription
		created instant
		p       provisioning
	)
	into := append([]any{&s.World, &s.Customer, &created, &s.Version, &s.Legacy, &s.resource}, p.columns()...)
	if err := row.Scan(into...); err != nil {
		return s, err
	}
	s.CreatedAt = created.Time
	s.Provisioning = p.whole()
	return s, nil
}

func readProvisioning(row rows) (*commerce.Provisioning, error) {
	var p provisioning
	if err := row.Scan(p.columns()...); err != nil {
		return nil, err
	}
	return p.whole(), nil
}

func readProvisioningIn(row rows) (p commerce.ProvisioningInWorld, err error) {
	var (
		kept     provisioning
		offset   int64
		frozen   *instant
		settings *string
	)
	if err := row.Scan(append([]any{&offset, &frozen, &settings}, kept.columns()...)...); err != nil {
		return p, err
	}
	p.Clock = commerce.Clock{Offset: time.Duration(offset), FrozenAt: frozen.pointer()}
	p.Provisioning = kept.whole()
	if settings != nil {
		var of commerce.WorldSettings
		err = document[commerce.WorldSettings]{&of}.Scan(*settings)
		p.RefreshInterval = of.RefreshInterval
	}
	return p, err
}

// provisioningValues gives the ten columns, all NULL where there is none.
func provisioningValues(p *commerce.Provisioning) []any {
	if p == nil {
		return make([]any, 10)
	}
	return []any{p.SKUID, p.Published.Quantity, instant{p.Published.EndDate}, p.Provisioned.Quantity, instant{p.Provisioned.EndDate},
		string(p.Outcome), instant{p.VisibleAt}, p.Unsettled, perhaps(p.NextStepAt), p.PublishedSKUID}
}

// provisioning is what the ten columns hold.
type provisioning struct {
	skuID, publishedSKUID, outcome         *string
	publishedQuantity, provisionedQuantity *int
	publishedEnd, provisionedEnd           *instant
	visibleAt, nextStepAt                  *instant
	unsettled                              *bool
}

func (p *provisioning) columns() []any {
	return []any{&p.skuID, &p.publishedQuantity, &p.publishedEnd, &p.provisionedQuantity, &p.provisionedEnd,
		&p.outcome, &p.visibleAt, &p.unsettled, &p.nextStepAt, &p.publishedSKUID}
}

func (p *provisioning) whole() *commerce.Provisioning {
	if p.skuID == nil {
		return nil
	}
	published := ""
	if p.publishedSKUID != nil {
		published = *p.publishedSKUID // NULL in rows from before there was the column
	}
	return &commerce.Provisioning{
		SKUID: *p.skuID, PublishedSKUID: published,
		Published:   commerce.Seats{Quantity: *p.publishedQuantity, EndDate: p.publishedEnd.Time},
		Provisioned: commerce.Seats{Quantity: *p.provisionedQuantity, EndDate: p.provisionedEnd.Time},
		Outcome:     partnercenter.ProvisioningState(*p.outcome),
		VisibleAt:   p.visibleAt.Time,
		Unsettled:   *p.unsettled,
		NextStepAt:  p.nextStepAt.pointer(),
	}
}
