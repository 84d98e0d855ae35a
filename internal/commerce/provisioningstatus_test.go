package commerce_test

import (
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

const quarter = 15 * time.Minute

// at is an instant of one day, by its clock.
func at(t *testing.T, clock string) time.Time {
	t.Helper()
	instant, err := time.Parse("2006-01-02 15:04:05", "2026-03-02 "+clock)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func seats(n int) commerce.Seats { return commerce.Seats{Quantity: n} }

// five is a subscription whose five seats have long been published.
func five(t *testing.T) commerce.Provisioning {
	p := commerce.NewProvisioning("SKU", time.Time{})
	p.Settle(at(t, "09:00:00"), seats(5), partnercenter.ProvisioningSuccess, quarter)
	return p
}

type sight struct {
	clock    string
	status   partnercenter.ProvisioningState
	quantity int
}

func look(t *testing.T, p commerce.Provisioning, sights ...sight) {
	t.Helper()
	for _, want := range sights {
		view := p.View(at(t, want.clock))
		if view.Status != want.status || view.Quantity != want.quantity {
			t.Errorf("at %s: %s %d, want %s %d", want.clock, view.Status, view.Quantity, want.status, want.quantity)
		}
	}
}

func TestSeatChangeGoesFromPendingToSuccessAtTheRefresh(t *testing.T) {
	p := five(t)
	p.Accept(nil) // 12:03
	look(t, p, sight{"12:03:00", "pending", 5}, sight{"12:16:00", "pending", 5})
	p.Settle(at(t, "12:04:50"), seats(9), partnercenter.ProvisioningSuccess, quarter)
	look(t, p,
		sight{"12:04:50", "pending", 5}, sight{"12:14:59", "pending", 5},
		sight{"12:15:00", "success", 9}, sight{"12:30:00", "success", 9})
}

func TestChangeSettledBeforeTheRefreshSupersedesTheOneBefore(t *testing.T) {
	p := five(t)
	p.Settle(at(t, "12:04:50"), seats(9), partnercenter.ProvisioningSuccess, quarter)
	p.Accept(nil) // 12:06
	p.Settle(at(t, "12:08:00"), seats(11), partnercenter.ProvisioningSuccess, quarter)
	look(t, p, sight{"12:14:59", "pending", 5}, sight{"12:15:00", "success", 11})
}

func TestChangeSettledAfterTheRefreshWaitsForTheNextOne(t *testing.T) {
	p := five(t)
	p.Settle(at(t, "12:04:50"), seats(9), partnercenter.ProvisioningSuccess, quarter)
	p.Accept(nil) // 12:06
	look(t, p, sight{"12:14:59", "pending", 5}, sight{"12:15:00", "pending", 9})
	p.Settle(at(t, "12:16:00"), seats(11), partnercenter.ProvisioningSuccess, quarter)
	look(t, p, sight{"12:16:00", "pending", 9}, sight{"12:29:59", "pending", 9}, sight{"12:30:00", "success", 11})
}

func TestFailedChangeShowsWhatIsProvisioned(t *testing.T) {
	p := five(t)
	p.Settle(at(t, "12:04:50"), seats(5), partnercenter.ProvisioningFailed, quarter)
	look(t, p, sight{"12:14:59", "pending", 5}, sight{"12:15:00", "failed", 5})
}

func TestNewPurchaseShowsNoSeatsUntilItsRefresh(t *testing.T) {
	p := commerce.NewProvisioning("SKU", time.Time{})
	look(t, p, sight{"12:00:00", "pending", 0})
	p.Settle(at(t, "12:01:30"), seats(3), partnercenter.ProvisioningSuccess, quarter)
	look(t, p, sight{"12:14:59", "pending", 0}, sight{"12:15:00", "success", 3})
}

func TestSettleOnTheRefreshIsVisibleAtOnce(t *testing.T) {
	p := five(t)
	p.Accept(nil)
	p.Settle(at(t, "12:15:00"), seats(9), partnercenter.ProvisioningSuccess, quarter)
	look(t, p, sight{"12:15:00", "success", 9})
}

func TestWithoutIntervalASettleIsVisibleAtOnce(t *testing.T) {
	p := five(t)
	p.Accept(nil)
	p.Settle(at(t, "12:04:50"), seats(9), partnercenter.ProvisioningSuccess, 0)
	look(t, p, sight{"12:04:50", "success", 9})
}

func TestChangingTheIntervalMovesNoRefreshThatIsSet(t *testing.T) {
	p := five(t)
	p.Settle(at(t, "12:04:50"), seats(9), partnercenter.ProvisioningSuccess, quarter)
	p.Accept(nil)
	p.Settle(at(t, "12:08:00"), seats(11), partnercenter.ProvisioningSuccess, time.Second)
	look(t, p, sight{"12:14:59", "pending", 5}, sight{"12:15:00", "success", 11})
}

func TestRetryAfterNamesTheNextInstantThatCanDiffer(t *testing.T) {
	settings := commerce.WorldSettings{RefreshInterval: quarter}
	running := commerce.World{Settings: settings}
	standing := at(t, "12:05:00")
	frozen := commerce.World{Settings: settings, Clock: commerce.Clock{FrozenAt: &standing}}
	step, overdue := at(t, "12:17:00"), at(t, "12:01:00")

	settled := five(t)
	settled.Settle(at(t, "12:04:50"), seats(9), partnercenter.ProvisioningSuccess, quarter)
	both := settled
	both.Accept(&step)
	stepped, unknown, late := five(t), five(t), five(t)
	stepped.Accept(&step)
	unknown.Accept(nil)
	late.Accept(&overdue)

	for name, c := range map[string]struct {
		p     commerce.Provisioning
		world commerce.World
		now   string
		want  time.Duration
	}{
		"nothing pending":                        {five(t), running, "12:05:00", 0},
		"settled, not yet visible":               {settled, running, "12:05:00", 10 * time.Minute},
		"part of a second is rounded up":         {settled, running, "12:14:59", time.Second},
		"visible":                                {settled, running, "12:15:00", 0},
		"visible before the next step":           {both, running, "12:05:00", 10 * time.Minute},
		"the refresh after the next step":        {stepped, running, "12:05:00", 25 * time.Minute},
		"step unknown, the next refresh":         {unknown, running, "12:05:00", 10 * time.Minute},
		"step unknown, on a refresh":             {unknown, running, "12:15:00", quarter},
		"step overdue, its refresh still ahead":  {late, running, "12:05:00", 10 * time.Minute},
		"step and its refresh overdue":           {late, running, "12:16:00", time.Second},
		"a clock that stands still has no after": {settled, frozen, "12:05:00", 0},
	} {
		outlook := commerce.OutlookOf(c.p, commerce.Moment{World: c.world, Now: at(t, c.now)})
		switch {
		case c.want == 0 && outlook.RetryAfter != nil:
			t.Errorf("%s: retry after %s, want none", name, *outlook.RetryAfter)
		case c.want != 0 && (outlook.RetryAfter == nil || time.Duration(outlook.Seconds())*time.Second != c.want):
			t.Errorf("%s: retry after %v, want %s", name, outlook.RetryAfter, c.want)
		}
	}
}
