package commerce

import (
	"slices"
	"strconv"
	"time"

	"provost/partnercenter"
)

// demoLedger turns sales into rows, by the rules that hold for every shop.
type demoLedger struct {
	world string
	// at is the instant that the shop's dates are counted back from.
	at       time.Time
	interval time.Duration
	// still says that nothing is to happen to what is entered.
	still bool
	rows  *demoRows
}

// demoStep is how long after the world's creation what is on its way goes on.
const demoStep = time.Hour

func (l demoLedger) enter(orders []demoOrder) {
	for _, o := range orders {
		l.enterOrder(o)
	}
}

func (l demoLedger) enterOrder(o demoOrder) {
	order := Order{
		World: l.world, Customer: o.customer, CreatedAt: l.at.Add(-o.ago), Version: 1,
		Legacy: o.sales[0].offer.Legacy, Resource: o.resource(l.at.Add(-o.ago)),
	}
	l.rows.orders = append(l.rows.orders, order)
	for i, sale := range o.sales {
		changes := l.changes(o, i)
		if changes[0].Provisioned() > 0 {
			s := l.subscription(o, sale, changes)
			l.rows.subscriptions = append(l.rows.subscriptions, s)
			l.awaitNext(s)
		}
		l.rows.changes = append(l.rows.changes, changes...)
	}
}

// changes are those of an order's line, oldest first.
func (l demoLedger) changes(o demoOrder, line int) []Change {
	sale := o.sales[line]
	purchase := l.change(o, line, 0, sale.purchase)
	purchase.AskedAt = l.at.Add(-o.ago)
	changes := []Change{l.settle(purchase, sale.purchase.pace)}
	for n, seats := range sale.seats {
		changes = append(changes, l.settle(l.change(o, line, n+1, seats), seats.pace))
	}
	there := 0
	for n := range changes {
		c := &changes[n]
		c.Offer, c.Before, c.Asked = sale.offer.ID, there, there+(demoChange{portions: c.Portions}).quantity()
		there += c.Provisioned()
		switch {
		case sale.subscription != "":
			c.Subscription = sale.subscription
		case !c.Settled():
			c.Subscription = demoID("subscription", c.ID)
		}
		if !c.Settled() {
			c.NextStepAt = new(l.at.Add(demoStep))
			l.due(*c.NextStepAt, DueStep, c.ID)
		}
	}
	return changes
}

// due has something happen in the new world.
func (l demoLedger) due(at time.Time, kind DueKind, subject string) {
	if !l.still {
		l.rows.due = append(l.rows.due, Due{World: l.world, At: at, Kind: kind, Subject: subject})
	}
}

// awaitNext has what time brings to a subscription happen when it is due.
func (l demoLedger) awaitNext(s Subscription) {
	subject := dueSubject(s.Customer, s.Resource.ID)
	if p := s.Provisioning; p != nil && p.VisibleAt.After(l.at) {
		l.due(p.VisibleAt, DueVisible, subject)
	}
	if s.Resource.NextChargeInstructions != nil {
		l.due(s.Resource.BillingCycleEndDate.Add(day), DueNextCharge, subject)
	}
	end, ends := s.termEnd()
	switch status := s.Resource.Status; {
	case !ends:
	case s.inTerm():
		l.due(end, DueTermEnd, subject)
	case status == partnercenter.SubscriptionExpired:
		l.due(end.Add(expiredFor), DueDisabled, subject)
	case status == partnercenter.SubscriptionDisabled:
		l.due(end.Add(expiredFor+disabledFor), DueDeleted, subject)
	}
	if s.Legacy && s.Resource.Status == partnercenter.SubscriptionSuspended {
		l.due(l.at.Add(legacySuspendedFor), DueDeleted, subject)
	}
}

// change is the number-th change that hangs on an order's line, as asked for.
func (l demoLedger) change(o demoOrder, line, number int, c demoChange) Change {
	kind := Purchase
	if number > 0 {
		kind = SeatChange
	}
	return Change{
		World: l.world, ID: demoID("change", o.id, strconv.Itoa(line), strconv.Itoa(number)), Kind: kind,
		Customer: o.customer, Order: o.id, Line: line, AskedAt: l.at.Add(-c.ago), Portions: c.portions,
	}
}

// settle says when the change was decided.
func (l demoLedger) settle(c Change, pace demoPace) Change {
	switch pace {
	case settledSoon:
		c.SettledAt = new(c.AskedAt.Add(2 * time.Minute))
	case settledNow:
		// An instant later, so that the refresh is still ahead even when the world
		// begins on one.
		c.SettledAt = new(l.at.Add(precision))
	}
	return c
}

// subscription is what the changes have made of a sale.
func (l demoLedger) subscription(o demoOrder, sale demoSale, changes []Change) Subscription {
	created := *changes[0].SettledAt
	s := Subscription{
		World: l.world, Customer: o.customer, CreatedAt: created, Version: 1,
		Legacy: sale.offer.Legacy, Resource: sale.resource(created, l.at),
	}
	s.Resource.OrderID = o.id
	s.Resource.Quantity = asked(changes)
	if o.reseller {
		s.Resource.PartnerID = new(demoResellerMPN)
	}
	if sale.offer.refundable() && sale.status == partnercenter.SubscriptionActive {
		l.refunds(&s.Resource, changes)
	}
	if sale.offer.ProvisioningID != "" {
		s.Provisioning = l.provision(sale, changes, &s.Version)
	}
	for _, touch := range sale.touches {
		touch(&s.Resource)
	}
	return s
}

// provision settles the changes and the last renewal, in their order in time.
// Each is a write of its own.
func (l demoLedger) provision(sale demoSale, changes []Change, version *int64) *Provisioning {
	type step struct {
		at      time.Time
		seats   int
		outcome partnercenter.ProvisioningState
	}
	var steps []step
	created := *changes[0].SettledAt
	for _, c := range changes {
		if c.Settled() {
			steps = append(steps, step{*c.SettledAt, c.Provisioned(), sale.outcome(c)})
		}
	}
	if renewal := sale.term(created, l.at).start; renewal.After(created) {
		steps = append(steps, step{renewal, 0, partnercenter.ProvisioningSuccess})
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.at.Compare(b.at) })
	p := NewProvisioning(sale.offer.ProvisioningID, sale.end(created, created))
	for i, s := range steps {
		if i > 0 {
			p.Accept(nil)
			*version += 2
		}
		p.Settle(s.at, Seats{p.Provisioned.Quantity + s.seats, sale.end(created, s.at)}, s.outcome, l.interval)
	}
	if last := changes[len(changes)-1]; !last.Settled() {
		p.Accept(last.NextStepAt)
		*version++
	}
	return &p
}

// asked is a subscription's quantity: what was asked for while a change is on
// its way, else what is there.
func asked(changes []Change) int {
	sum := 0
	for _, c := range changes {
		if c.Settled() {
			sum += c.Provisioned()
			continue
		}
		for _, p := range c.Portions {
			sum += p.Quantity
		}
	}
	return sum
}

// refunds says what can still be given back: seats for seven days, all of the
// purchase for one.
func (l demoLedger) refunds(s *partnercenter.Subscription, changes []Change) {
	var details []partnercenter.RefundableQuantityDetail
	total := 0
	for _, c := range changes {
		if !c.Settled() || c.Provisioned() <= 0 || !l.at.Before(c.SettledAt.Add(7*day)) {
			continue
		}
		total += c.Provisioned()
		details = append(details, partnercenter.RefundableQuantityDetail{
			Quantity: c.Provisioned(), AllowedUntilDateTime: partnercenter.At(c.SettledAt.Add(7 * day)),
		})
	}
	if total == 0 {
		return
	}
	s.RefundableQuantity = &partnercenter.RefundableQuantity{TotalQuantity: total, Details: details}
	if full := changes[0].SettledAt.Add(day); l.at.Before(full) {
		s.RefundOptions = append(s.RefundOptions, partnercenter.RefundOption{Type: "Full", ExpiresAt: partnercenter.At(full)})
	}
	s.RefundOptions = append(s.RefundOptions, partnercenter.RefundOption{
		Type: "Partial", ExpiresAt: details[len(details)-1].AllowedUntilDateTime,
	})
}
