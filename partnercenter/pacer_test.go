package partnercenter_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"provost/partnercenter"
)

// settledLongAgo are so many subscriptions with nothing on its way.
func settledLongAgo(m *microsoft, n int) []partnercenter.SubscriptionRef {
	refs := make([]partnercenter.SubscriptionRef, n)
	m.settled = map[string]time.Time{}
	for i := range refs {
		refs[i] = partnercenter.SubscriptionRef{CustomerID: "c", SubscriptionID: fmt.Sprint(i)}
		m.settled[refs[i].SubscriptionID] = time.Now().Add(-time.Hour)
	}
	return refs
}

func TestThoseWhoLeaveTheQueueLeaveNoGapBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &microsoft{}
		refs := settledLongAgo(m, 5000)
		partner := m.partner(t)
		for range partner.StatusMany(t.Context(), refs, partnercenter.WaitOptions{}) {
			break
		}
		began := time.Now()
		_, err := partner.Customers.ByID("c").Subscriptions.ByID("1").ProvisioningStatus.Wait(t.Context(), partnercenter.WaitOptions{})
		if took := time.Since(began); err != nil || took > time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// What was held up on its way arrives with what is sent later.
func TestRequestsThatAreHeldUpCountWhenTheyArrive(t *testing.T) {
	for _, perMinute := range []int{1, 10, 500} {
		synctest.Test(t, func(t *testing.T) {
			m := &microsoft{perMinute: perMinute}
			refs, began := settledLongAgo(m, min(2500, 20*perMinute)), time.Now()
			partner := alone(t, trip(func(r *http.Request) (*http.Response, error) {
				if at := time.Since(began); at > 10*time.Second && at < 69*time.Second {
					time.Sleep(69*time.Second - at)
				}
				return m.RoundTrip(r)
			}), func(o *partnercenter.Options) { o.WaitRequestsPerMinute = perMinute })
			for ref, result := range partner.StatusMany(t.Context(), refs, partnercenter.WaitOptions{}) {
				if result.Err != nil {
					t.Errorf("%s: %v", ref.SubscriptionID, result.Err)
				}
			}
			if took := time.Since(began); m.over > 0 || took > time.Duration(len(refs)/perMinute+3)*turnMinute {
				t.Errorf("%d a minute: %d requests of %d were beyond the budget, within %v", perMinute, m.over, len(m.asked), took)
			}
		})
	}
}

// turnMinute is how long a minute is to those who count with care.
const turnMinute = 62 * time.Second
