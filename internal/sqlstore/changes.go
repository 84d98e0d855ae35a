package sqlstore

import (
	"context"
	"fmt"

	"provost/internal/commerce"
	"provost/partnercenter"
)

type changes struct{ *tx }

func (t changes) Insert(ctx context.Context, c commerce.Change) error {
	t.concerns(c.World, c.Customer)
	err := t.insert(ctx, "insert change",
		`INSERT INTO changes (world, world_cased, change_id, change_id_cased, kind, customer, customer_cased,
			order_id, order_id_cased, line, subscription, subscription_cased, asked_at, settled_at, next_step_at,
			offer, before, asked, undo, cycle, started_at, provisioner)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) ON CONFLICT DO NOTHING`,
		fold(c.World), cased(c.World), fold(c.ID), cased(c.ID), string(c.Kind), fold(c.Customer), cased(c.Customer),
		fold(c.Order), cased(c.Order), c.Line, filled(fold(c.Subscription)), cased(c.Subscription),
		instant{c.AskedAt}, perhaps(c.SettledAt), perhaps(c.NextStepAt), c.Offer, c.Before, c.Asked,
		document[*partnercenter.Subscription]{&c.Undo}, string(c.Cycle), perhaps(c.StartedAt), c.Provisioner)
	if err != nil {
		return err
	}
	return t.insertPortions(ctx, c)
}

func (t changes) insertPortions(ctx context.Context, c commerce.Change) error {
	for i, p := range c.Portions {
		if err := t.insert(ctx, "insert portion",
			`INSERT INTO portions (world, change_id, part, quantity, status, reason)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
			fold(c.World), fold(c.ID), i, p.Quantity, string(p.Status), p.Reason); err != nil {
			return err
		}
	}
	return nil
}

func (t changes) Purchases(ctx context.Context, world, customer, order string) ([]commerce.Change, error) {
	args, ofOrder := []any{fold(world), fold(customer), string(commerce.Purchase)}, ""
	if order != "" {
		args, ofOrder = append(args, fold(order)), "AND c.order_id = $4"
	}
	return t.list(ctx, "list purchases",
		`WHERE c.world = $1 AND c.customer = $2 AND c.kind = $3 `+ofOrder+` ORDER BY c.order_id, c.line, c.change_id, p.part`, args...)
}

func (t changes) PurchaseOf(ctx context.Context, world, customer, order string, line int) (commerce.Change, error) {
	found, err := t.list(ctx, "find a line's purchase",
		`WHERE c.world = $1 AND c.customer = $2 AND c.kind = $3 AND c.order_id = $4 AND c.line = $5 ORDER BY c.change_id, p.part`,
		fold(world), fold(customer), string(commerce.Purchase), fold(order), line)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("find the purchase of line %d of order %s: %w", line, order, commerce.ErrMissing)
	}
	if err != nil {
		return commerce.Change{}, err
	}
	return found[0], nil
}

func (t changes) Of(ctx context.Context, world, customer, subscription string) ([]commerce.Change, error) {
	return t.list(ctx, "list changes of a subscription",
		`WHERE c.world = $1 AND c.customer = $2 AND c.subscription = $3 ORDER BY c.asked_at, c.change_id, p.part`,
		fold(world), fold(customer), fold(subscription))
}

func (t changes) Unsettled(ctx context.Context, world, customer, subscription string) (bool, error) {
	found, err := collect(ctx, t.tx, "look for an unsettled change", readPresence,
		`SELECT 1 FROM changes WHERE world = $1 AND customer = $2 AND subscription = $3 AND settled_at IS NULL`,
		fold(world), fold(customer), fold(subscription))
	return len(found) > 0, err
}

func (t changes) ByID(ctx context.Context, world, id string) (commerce.Change, error) {
	found, err := t.list(ctx, "find change", `WHERE c.world = $1 AND c.change_id = $2 ORDER BY p.part`, fold(world), fold(id))
	if err == nil && len(found) == 0 {
		return commerce.Change{}, fmt.Errorf("find change %s: %w", id, commerce.ErrMissing)
	}
	if err != nil {
		return commerce.Change{}, err
	}
	return found[0], nil
}

func (t changes) Outstanding(ctx context.Context, world string) (int, error) {
	return one(ctx, t.tx, "count changes outside", value[int],
		`SELECT count(*) FROM changes WHERE world = $1 AND settled_at IS NULL AND provisioner <> '' AND started_at IS NOT NULL`, fold(world))
}

func (t changes) Outside(ctx context.Context, world string) ([]commerce.Change, error) {
	return t.list(ctx, "list changes outside",
		`WHERE c.world = $1 AND c.settled_at IS NULL AND c.provisioner <> '' AND c.started_at IS NOT NULL ORDER BY c.asked_at, c.change_id, p.part`, fold(world))
}

func (t changes) Update(ctx context.Context, c commerce.Change) error {
	t.concerns(c.World, c.Customer)
	err := t.update(ctx, "update change",
		`UPDATE changes SET subscription = $1, subscription_cased = $2, settled_at = $3, next_step_at = $4, started_at = $5, undo = $6
		WHERE world = $7 AND change_id = $8 AND settled_at IS NULL`,
		filled(fold(c.Subscription)), cased(c.Subscription), perhaps(c.SettledAt), perhaps(c.NextStepAt), perhaps(c.StartedAt),
		document[*partnercenter.Subscription]{&c.Undo}, fold(c.World), fold(c.ID))
	if err != nil {
		return err
	}
	if _, err := t.change(ctx, "replace portions", `DELETE FROM portions WHERE world = $1 AND change_id = $2`, fold(c.World), fold(c.ID)); err != nil {
		return err
	}
	return t.insertPortions(ctx, c)
}

func readPresence(row rows) (bool, error) {
	var there bool
	err := row.Scan(&there)
	return there, err
}

// list gives changes with their portions; the rest of the query orders each
// change's portions.
func (t changes) list(ctx context.Context, what, rest string, args ...any) ([]commerce.Change, error) {
	parts, err := collect(ctx, t.tx, what, readChange,
		`SELECT COALESCE(c.world_cased, c.world), COALESCE(c.change_id_cased, c.change_id), c.kind, COALESCE(c.customer_cased, c.customer),
			COALESCE(c.order_id_cased, c.order_id), c.line, COALESCE(c.subscription_cased, c.subscription, ''),
			c.asked_at, c.settled_at, c.next_step_at, c.offer, c.before, c.asked, c.undo, c.cycle, c.started_at, c.provisioner, p.quantity, p.status, p.reason
		FROM changes c LEFT JOIN portions p ON p.world = c.world AND p.change_id = c.change_id `+rest, args...)
	var whole []commerce.Change
	for _, c := range parts {
		if last := len(whole) - 1; last >= 0 && whole[last].ID == c.ID {
			whole[last].Portions = append(whole[last].Portions, c.Portions...)
		} else {
			whole = append(whole, c)
		}
	}
	return whole, err
}

// readChange reads a change with the one portion that stands beside it, or none.
func readChange(row rows) (commerce.Change, error) {
	var (
		c                          commerce.Change
		asked                      instant
		settled, nextStep, started *instant
		quantity                   *int
		status, reason             *string
	)
	err := row.Scan(&c.World, &c.ID, &c.Kind, &c.Customer, &c.Order, &c.Line, &c.Subscription, &asked, &settled, &nextStep,
		&c.Offer, &c.Before, &c.Asked, document[*partnercenter.Subscription]{&c.Undo}, &c.Cycle, &started, &c.Provisioner, &quantity, &status, &reason)
	c.AskedAt, c.SettledAt, c.NextStepAt, c.StartedAt = asked.Time, settled.pointer(), nextStep.pointer(), started.pointer()
	if quantity != nil {
		c.Portions = []commerce.Portion{{Quantity: *quantity, Status: partnercenter.FulfillmentState(*status), Reason: *reason}}
	}
	return c, err
}
