package sqlstore

import (
	"context"
	"fmt"

	"provost/internal/commerce"
	"provost/partnercenter"
)

type changes struct{ *tx }

const selectChanges = `SELECT COALESCE(world_cased, world), COALESCE(change_id_cased, change_id), kind, COALESCE(customer_cased, customer),
	COALESCE(order_id_cased, order_id), line, COALESCE(subscription_cased, subscription, ''),
	asked_at, settled_at, next_step_at, offer, before, asked, undo, cycle, started_at, provisioner, portions FROM changes `

func (t changes) Insert(ctx context.Context, c commerce.Change) error {
	t.concerns(c.World, c.Customer)
	return t.soon(ctx, "insert change", commerce.ErrTaken, 1,
		`INSERT INTO changes (world, world_cased, change_id, change_id_cased, kind, customer, customer_cased,
			order_id, order_id_cased, line, subscription, subscription_cased, asked_at, settled_at, next_step_at,
			offer, before, asked, undo, cycle, started_at, provisioner, portions)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23) ON CONFLICT DO NOTHING`,
		fold(c.World), cased(c.World), fold(c.ID), cased(c.ID), string(c.Kind), fold(c.Customer), cased(c.Customer),
		fold(c.Order), cased(c.Order), c.Line, filled(fold(c.Subscription)), cased(c.Subscription),
		instant{c.AskedAt}, perhaps(c.SettledAt), perhaps(c.NextStepAt), c.Offer, c.Before, c.Asked,
		undoOf(&c), string(c.Cycle), perhaps(c.StartedAt), c.Provisioner, document[[]commerce.Portion]{&c.Portions})
}

func (t changes) Purchases(ctx context.Context, world, customer, order string) ([]commerce.Change, error) {
	args, ofOrder := []any{fold(world), fold(customer)}, ""
	if order != "" {
		args, ofOrder = append(args, fold(order)), "AND order_id = $3"
	}
	return collect(ctx, t.tx, "list purchases", readChange,
		selectChanges+`WHERE world = $1 AND customer = $2 AND kind = 'purchase' `+ofOrder+` ORDER BY order_id, line, change_id`, args...)
}

func (t changes) PurchaseOf(ctx context.Context, world, customer, order string, line int) (commerce.Change, error) {
	return one(ctx, t.tx, fmt.Sprintf("find the purchase of line %d of order %s", line, order), readChange,
		selectChanges+`WHERE world = $1 AND customer = $2 AND kind = 'purchase' AND order_id = $3 AND line = $4 ORDER BY change_id`,
		fold(world), fold(customer), fold(order), line)
}

func (t changes) Of(ctx context.Context, world, customer, subscription string) ([]commerce.Change, error) {
	return collect(ctx, t.tx, "list changes of a subscription", readChange,
		selectChanges+`WHERE world = $1 AND customer = $2 AND subscription = $3 ORDER BY asked_at, change_id`,
		fold(world), fold(customer), fold(subscription))
}

func (t changes) Unsettled(ctx context.Context, world, customer, subscription string) (bool, error) {
	found, err := collect(ctx, t.tx, "look for an unsettled change", readPresence,
		`SELECT TRUE FROM changes WHERE world = $1 AND customer = $2 AND subscription = $3 AND settled_at IS NULL`,
		fold(world), fold(customer), fold(subscription))
	return len(found) > 0, err
}

func (t changes) ByID(ctx context.Context, world, id string) (commerce.Change, error) {
	return one(ctx, t.tx, "find change "+id, readChange, selectChanges+`WHERE world = $1 AND change_id = $2`, fold(world), fold(id))
}

func (t changes) ByIDs(ctx context.Context, world string, ids []string) ([]commerce.Change, error) {
	return collectMany(ctx, t.tx, "find changes", readRawChange, rawChange.whole, selectChanges+`WHERE world = $1 AND change_id IN `, 1,
		[]any{fold(world)}, ids, func(id string) []any { return []any{fold(id)} })
}

func (t changes) Outstanding(ctx context.Context, world string) (int, error) {
	return one(ctx, t.tx, "count changes outside", value[int],
		`SELECT count(*) FROM changes WHERE world = $1 AND settled_at IS NULL AND provisioner <> '' AND started_at IS NOT NULL`, fold(world))
}

func (t changes) Outside(ctx context.Context, world string) ([]commerce.Change, error) {
	return collect(ctx, t.tx, "list changes outside", readChange,
		selectChanges+`WHERE world = $1 AND settled_at IS NULL AND provisioner <> '' AND started_at IS NOT NULL ORDER BY asked_at, change_id`, fold(world))
}

func (t changes) Update(ctx context.Context, c commerce.Change) error {
	return t.UpdateAll(ctx, []commerce.Change{c})
}

func (t changes) UpdateAll(ctx context.Context, all []commerce.Change) error {
	for _, c := range all {
		t.concerns(c.World, c.Customer)
	}
	return updateMany(ctx, t.tx, "update change",
		`UPDATE changes SET settled_at = $1, next_step_at = $2, started_at = $3, undo = $4, portions = $5
		WHERE world = $6 AND change_id = $7 AND settled_at IS NULL`,
		all, func(c *commerce.Change) []any {
			return []any{perhaps(c.SettledAt), perhaps(c.NextStepAt), perhaps(c.StartedAt),
				undoOf(c), document[[]commerce.Portion]{&c.Portions}, fold(c.World), fold(c.ID)}
		})
}

// undoOf is a document that most changes do not have.
func undoOf(c *commerce.Change) any {
	if c.Undo == nil {
		return null
	}
	return document[*partnercenter.Subscription]{&c.Undo}
}

func readPresence(row rows) (bool, error) {
	var there bool
	err := row.Scan(&there)
	return there, err
}

func readChange(row rows) (commerce.Change, error) {
	raw, err := readRawChange(row)
	if err != nil {
		return commerce.Change{}, err
	}
	return raw.whole()
}

// rawChange is a change whose documents are still texts.
type rawChange struct {
	commerce.Change
	undo, portions string
}

func (raw rawChange) whole() (commerce.Change, error) {
	c := raw.Change
	err := document[*partnercenter.Subscription]{&c.Undo}.Scan(raw.undo)
	if err == nil {
		err = document[[]commerce.Portion]{&c.Portions}.Scan(raw.portions)
	}
	return c, err
}

func readRawChange(row rows) (rawChange, error) {
	var (
		c                          rawChange
		asked                      instant
		settled, nextStep, started *instant
	)
	err := row.Scan(&c.World, &c.ID, &c.Kind, &c.Customer, &c.Order, &c.Line, &c.Subscription, &asked, &settled, &nextStep,
		&c.Offer, &c.Before, &c.Asked, &c.undo, &c.Cycle, &started, &c.Provisioner, &c.portions)
	c.AskedAt, c.SettledAt, c.NextStepAt, c.StartedAt = asked.Time, settled.pointer(), nextStep.pointer(), started.pointer()
	return c, err
}
