package commerce_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"provost/internal/commerce"
	"provost/partnercenter"
)

var asked = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// told writes progress down: each portion with its end, and when to ask again.
func told(p commerce.Progress) string {
	var words []string
	for _, portion := range p.Portions {
		word := fmt.Sprintf("%d %s", portion.Quantity, portion.Status)
		if portion.Reason != "" {
			word += " (" + portion.Reason + ")"
		}
		words = append(words, word)
	}
	if p.Next != nil {
		words = append(words, "again at +"+p.Next.Sub(asked).String())
	}
	return strings.Join(words, ", ")
}

func TestScriptSaysWhatHappensToHowManySeatsAndWhen(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		delta  int
		at     time.Duration
		want   string
	}{
		"before the first step": {"3 at +5m; 2 fail at +15m because no licences are left", 5, 5*time.Minute - 1, "5 prefulfillmentPending, again at +5m0s"},
		"at the first step":     {"3 at +5m; 2 fail at +15m because no licences are left", 5, 5 * time.Minute, "3 fulfilled, 2 prefulfillmentPending, again at +15m0s"},
		"at the last step":      {"3 at +5m; 2 fail at +15m because no licences are left", 5, 15 * time.Minute, "3 fulfilled, 2 unfulfilled (no licences are left)"},
		"fewer seats than steps": {"3 at +5m; 2 fail at +15m", 2, 5 * time.Minute,
			"2 fulfilled"},
		"more seats than steps":       {"3 at +5m; 2 fail at +15m because so", 7, time.Hour, "3 fulfilled, 2 unfulfilled (so), 2 prefulfillmentPending"},
		"all at once":                 {"at once", 4, 0, "4 fulfilled"},
		"all":                         {"all at +90s", 4, 90 * time.Second, "4 fulfilled"},
		"the rest":                    {"1 at once; the rest at +1h", 4, time.Hour, "1 fulfilled, 3 fulfilled"},
		"a step at its predecessor's": {"1 at +1m; 1 fails", 2, time.Minute, "1 fulfilled, 1 unfulfilled (The simulated delivery failed.)"},
		"all fail":                    {"fail at once because the tenant is blocked", 4, 0, "4 unfulfilled (the tenant is blocked)"},
		"never":                       {"Never", 4, 1000 * time.Hour, "4 prefulfillmentPending"},
		"fewer seats than before":     {"3 at +5m; 2 fail at +15m because so", -5, 15 * time.Minute, "-3 fulfilled, -2 unfulfilled (so)"},
		"half of fewer seats":         {"3 at +5m; 2 fail at +15m because so", -5, 5 * time.Minute, "-3 fulfilled, -2 prefulfillmentPending, again at +15m0s"},
		"no seats, before":            {"at +1m", 0, 0, "0 prefulfillmentPending, again at +1m0s"},
		"no seats":                    {"at +1m; at +2m", 0, time.Hour, "0 fulfilled"},
	} {
		t.Run(name, func(t *testing.T) {
			script, err := commerce.ParseScript(c.script)
			if err != nil {
				t.Fatal(err)
			}
			change := commerce.Change{Before: 10, Asked: 10 + c.delta, AskedAt: asked}
			first := script.Progress(change, asked.Add(c.at))
			if got := told(first); got != c.want {
				t.Errorf("%q: after %s it says %s, want %s", c.script, c.at, got, c.want)
			}
			change.Portions = first.Portions
			if again := script.Progress(change, asked.Add(c.at)); !cmp.Equal(again, first) {
				t.Errorf("asked again it says %s", told(again))
			}
		})
	}
}

func TestScriptThatWasChangedDecidesWhatIsLeft(t *testing.T) {
	change := commerce.Change{Asked: 5, AskedAt: asked, Portions: []commerce.Portion{
		{Quantity: 3, Status: partnercenter.Fulfilled}, {Quantity: 2, Status: partnercenter.PrefulfillmentPending},
	}}
	for text, want := range map[string]string{
		"all at +20m":            "3 fulfilled, 2 prefulfillmentPending, again at +20m0s",
		"all fail at once":       "3 fulfilled, 2 unfulfilled (The simulated delivery failed.)",
		"2 at once; 2 at +10m":   "3 fulfilled, 1 fulfilled, 1 prefulfillmentPending",
		"4 at +1m; 1 at +1h":     "3 fulfilled, 1 fulfilled, 1 prefulfillmentPending, again at +1h0m0s",
		"3 at +2h; 2 at +3h":     "3 fulfilled, 2 prefulfillmentPending, again at +3h0m0s",
		"never":                  "3 fulfilled, 2 prefulfillmentPending",
		"3 fail at +5m; 2 at 1m": "",
	} {
		script, err := commerce.ParseScript(text)
		if (err == nil) != (want != "") {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if want == "" {
			continue
		}
		if got := told(script.Progress(change, asked.Add(10*time.Minute))); got != want {
			t.Errorf("%q says %s, want %s", text, got, want)
		}
	}
}

func TestUnreadableScriptsAreRefusedByTheirWords(t *testing.T) {
	for text, says := range map[string]string{
		"":                             "is no step",
		"3 at +5m;":                    "is no step",
		"sometimes":                    "is no step",
		"0 at +5m":                     "at least one seat",
		"at +soon":                     "+90s",
		"at +-5m":                      "+90s",
		"1 at +5m; 1 at +1m":           "no earlier",
		"99999999999999999999 at once": "at least one seat",
	} {
		if _, err := commerce.ParseScript(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}

func FuzzScript(f *testing.F) {
	for _, seed := range []string{"3 at +5m; 2 fail at +15m because no licences are left", "never", "all at +90s", "fail at once because so", "the rest", "1 at +1h;;"} {
		f.Add(seed, 5, int64(10*time.Minute))
	}
	f.Fuzz(func(t *testing.T, text string, delta int, after int64) {
		script, err := commerce.ParseScript(text)
		if err != nil || delta > 1e6 || delta < -1e6 {
			return
		}
		change := commerce.Change{Asked: delta, AskedAt: asked}
		now := asked.Add(time.Duration(after))
		p := script.Progress(change, now)
		sum, pending := 0, false
		for _, portion := range p.Portions {
			sum += portion.Quantity
			if pending {
				t.Fatalf("%q: %s: what is pending does not come last", text, told(p))
			}
			pending = portion.Status == partnercenter.PrefulfillmentPending
		}
		if sum != delta || len(p.Portions) == 0 {
			t.Fatalf("%q: %s makes %d, not %d", text, told(p), sum, delta)
		}
		if p.Next != nil && !p.Next.After(now) {
			t.Fatalf("%q: %s: that is over at %s", text, told(p), now)
		}
		change.Portions = p.Portions
		if again := script.Progress(change, now); !cmp.Equal(again, p) {
			t.Fatalf("%q: first %s, then %s", text, told(p), told(again))
		}
	})
}
