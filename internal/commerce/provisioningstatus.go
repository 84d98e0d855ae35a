package commerce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"provost/partnercenter"
)

// Provisioning is what a subscription's provisioning status is made of: what
// was published, what is provisioned, and from when the latter is visible. The
// status is a view of it at an instant; time alone turns one into the other,
// so nothing has to run at the refresh.
type Provisioning struct {
	// SKUID is the SKU's provisioning id. PublishedSKUID is the one that was
	// published; empty: the same.
	SKUID          string `json:"skuId"`
	PublishedSKUID string `json:"publishedSkuId,omitempty"`
	// Published is what the view showed before the last settle.
	Published Seats `json:"published"`
	// Provisioned is what is so.
	Provisioned Seats `json:"provisioned"`
	// Outcome is how the last settled change ended.
	Outcome partnercenter.ProvisioningState `json:"outcome"`
	// VisibleAt is the refresh at which the provisioned seats and the outcome
	// show.
	VisibleAt time.Time `json:"visibleAt"`
	// Unsettled is set while a change is on its way.
	Unsettled bool `json:"unsettled,omitempty"`
	// NextStepAt is when something is known to happen to that change; nil:
	// unknown.
	NextStepAt *time.Time `json:"nextStepAt,omitempty"`
}

// Seats are a quantity and the end of its term.
type Seats struct {
	Quantity int       `json:"quantity"`
	EndDate  time.Time `json:"endDate"`
}

// NewProvisioning is that of a subscription which no one has seen yet: none
// published, a change on its way.
func NewProvisioning(skuID string, endDate time.Time) Provisioning {
	none := Seats{EndDate: endDate}
	return Provisioning{
		SKUID: skuID, Published: none, Provisioned: none,
		Outcome: partnercenter.ProvisioningNone, Unsettled: true,
	}
}

// Accept marks a change as on its way; what is published stays.
func (p *Provisioning) Accept(nextStep *time.Time) {
	p.Unsettled = true
	p.NextStepAt = nextStep
}

// Settle records how a change ended at an instant. What is already visible
// becomes the published state first; an outcome that is not visible yet is
// superseded and never shown, while its earlier refresh stays.
func (p *Provisioning) Settle(at time.Time, seats Seats, outcome partnercenter.ProvisioningState, interval time.Duration) {
	visible := !at.Before(p.VisibleAt)
	if visible {
		p.Published, p.PublishedSKUID = p.Provisioned, p.SKUID
		p.VisibleAt = tick(at, interval)
	}
	p.Provisioned = seats
	p.Outcome = outcome
	p.Unsettled = false
	p.NextStepAt = nil
}

// View is what the provisioning status says at an instant.
func (p Provisioning) View(now time.Time) partnercenter.SubscriptionProvisioningStatus {
	seats, sku, status := p.Published, cmp.Or(p.PublishedSKUID, p.SKUID), partnercenter.ProvisioningPending
	if !now.Before(p.VisibleAt) {
		seats, sku = p.Provisioned, p.SKUID
		if !p.Unsettled {
			status = p.Outcome
		}
	}
	return partnercenter.SubscriptionProvisioningStatus{
		SKUID:      sku,
		Status:     status,
		Quantity:   seats.Quantity,
		EndDate:    partnercenter.At(seats.EndDate),
		Attributes: partnercenter.ResourceAttributes{ObjectType: "SubscriptionProvisioningStatus"},
	}
}

// Outlook says when an answer can next be different.
type Outlook struct {
	// RetryAfter is how long to wait; nil when nothing is pending, or when the
	// world's clock stands still.
	RetryAfter *time.Duration
	// Holds is how long the answer stays as it is while nobody writes; 0: it may
	// be another at once.
	Holds time.Duration
}

// ForEver is how long an answer holds that time alone does not change.
const ForEver time.Duration = math.MaxInt64

// holds is how long it is until the earliest of the instants that are still to
// come.
func (m Moment) holds(instants ...time.Time) time.Duration {
	holds := ForEver
	for _, at := range instants {
		if ahead := at.Sub(m.Now); ahead > 0 && !m.World.Clock.Frozen() {
			holds = min(holds, ahead)
		}
	}
	return holds
}

// Seconds are those of RetryAfter, rounded up, and at least one: overdue means
// any moment now.
func (o Outlook) Seconds() int {
	return int(max((*o.RetryAfter+time.Second-1)/time.Second, 1))
}

// After is the outlook a while later.
func (o Outlook) After(passed time.Duration) Outlook {
	if o.RetryAfter != nil {
		o.RetryAfter = new(*o.RetryAfter - passed)
	}
	return o
}

// outlook is that of the view at a moment.
func (p Provisioning) outlook(m Moment) Outlook {
	switch {
	case m.Now.Before(p.VisibleAt):
		return waitUntil(m, p.VisibleAt)
	case p.Unsettled:
		return waitUntil(m, tick(stepOrRefresh(p.NextStepAt, m), m.World.Settings.RefreshInterval))
	default:
		return Outlook{Holds: ForEver}
	}
}

// step is the outlook of what does not wait for a refresh.
func (p Provisioning) step(m Moment) Outlook { return waitUntil(m, stepOrRefresh(p.NextStepAt, m)) }

// stepOrRefresh is the instant of the next step, or where nobody knows it the
// next refresh.
func stepOrRefresh(step *time.Time, m Moment) time.Time {
	if step != nil {
		return *step
	}
	return tick(m.Now.Add(time.Nanosecond), m.World.Settings.RefreshInterval)
}

// waitUntil is the outlook of an answer that can be another at the instant.
func waitUntil(m Moment, at time.Time) Outlook {
	if m.World.Clock.Frozen() {
		return Outlook{Holds: ForEver}
	}
	wait := at.Sub(m.Now)
	return Outlook{RetryAfter: &wait, Holds: max(wait, 0)}
}

// ProvisioningStatus says how the last provisioning of a subscription went, as
// published at this moment, and when that can next be different.
func (s *Service) ProvisioningStatus(ctx context.Context, actor Actor, customer, id string) (partnercenter.SubscriptionProvisioningStatus, Outlook, error) {
	var status partnercenter.SubscriptionProvisioningStatus
	var outlook Outlook
	world := actor.World.ID // all that is asked for of the actor, who is not copied along
	err := s.Store.Read(Brief(ctx), func(tx Tx) error {
		p, err := tx.Subscriptions().ProvisioningIn(ctx, world, customer, id)
		switch {
		case errors.Is(err, ErrMissing):
			return partnercenter.ErrSubscriptionNotFound.About(id)
		case err != nil:
			return fmt.Errorf("read provisioning of subscription %s: %w", id, err)
		case p.Provisioning == nil:
			return partnercenter.ErrNoProvisioning.About(id)
		}
		real, err := tx.RealTime(ctx)
		if err != nil {
			return fmt.Errorf("read real time: %w", err)
		}
		m := p.moment(real)
		status, outlook = p.View(m.Now), p.outlook(m)
		return nil
	})
	return status, outlook, err
}
