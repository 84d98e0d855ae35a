package cli

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"provost/partnercenter"
)

func TestExitCodeFollowsTheStatus(t *testing.T) {
	for status, want := range map[partnercenter.ProvisioningState]int{"success": 0, "failed": 3, "none": 3, "pending": 4, "teleporting": 4} {
		var coded ended
		err := endOf(viewOfSubscription(&partnercenter.SubscriptionProvisioningStatus{Status: status}, 5))
		if errors.As(err, &coded); coded.code != want {
			t.Errorf("%s ends with %d (%v), want %d", status, coded.code, err, want)
		}
	}
	parts := func(states ...partnercenter.FulfillmentState) *partnercenter.OrderProvisioningStatus {
		var lines []partnercenter.OrderLineItemProvisioningStatus
		for i, s := range states {
			lines = append(lines, partnercenter.OrderLineItemProvisioningStatus{LineItemNumber: i, QuantityProvisioningInformation: []partnercenter.QuantityProvisioningStatus{{Quantity: 2, Status: s}}})
		}
		all := partnercenter.NewCollection(lines)
		return &all
	}
	for want, states := range map[int][]partnercenter.FulfillmentState{
		0: {"fulfilled", "fulfilled"}, 3: {"fulfilled", "unfulfilled"}, 4: {"fulfilled", "somewhere else"},
	} {
		var coded ended
		if errors.As(endOf(viewOfOrder(parts(states...))), &coded); coded.code != want {
			t.Errorf("%v ends with %d, want %d", states, coded.code, want)
		}
	}
}

func liveAt(width int) *liveView {
	return &liveView{c: &calling{session: &session{wire: &wire{}}, printer: &printer{}}, width: width, now: time.Now()}
}

func TestLiveViewFitsAndGoesOn(t *testing.T) {
	o := outlook{word: "pending", outcome: partnercenter.OutcomePending, portions: []portion{{"line 0", 75, "fulfilled"}, {"line 0", 25, "prefulfillmentPending"}, {"line 1", 1, "unfulfilled"}}}
	for _, width := range []int{20, 40, 80, 200} {
		v := liveAt(width)
		if got := v.text(); !strings.Contains(got, "asking") {
			t.Errorf("before the first answer: %q", got)
		}
		v.Update(statusSeen(o))
		for line := range strings.SplitSeq(v.text(), "\n") {
			if ansi.StringWidth(line) > width {
				t.Errorf("at %d columns a line has %d: %q", width, ansi.StringWidth(line), line)
			}
		}
	}
	v := liveAt(80)
	v.Update(statusSeen(o))
	pause := 90 * time.Second
	v.c.wire.last = seenAnswer{at: v.now, retryAfter: &pause}
	began := v.since
	v.Update(second(began.Add(30 * time.Second)))
	if got := v.text(); !strings.Contains(got, "for 30s") || !strings.Contains(got, "it can change in 1m") || strings.Count(got, "█") != 30+10+40 {
		t.Errorf("after half a minute:\n%s", got)
	}
	o.portions[0].quantity = 80
	if v.Update(statusSeen(o)); v.since != began {
		t.Error("another portion is no other status")
	}
	v.Update(tea.WindowSizeMsg{Width: 50})
	if got := v.text(); v.width != 50 || strings.Count(strings.Split(got, "\n")[1], "█")+strings.Count(strings.Split(got, "\n")[1], "░") >= 40 {
		t.Errorf("in a narrower window:\n%s", got)
	}
	if _, quits := v.Update(watchEnded{errors.New("gone")}); quits == nil || v.err == nil {
		t.Error("it goes on after its end")
	}
}
