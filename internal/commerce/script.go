package commerce

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"provost/partnercenter"
)

// Script is what a simulated delivery does: what happens to how many seats, and
// how long after the change was asked for.
type Script []ScriptStep

// ScriptStep decides seats.
type ScriptStep struct {
	After time.Duration
	// Seats is how many; 0: all that are left.
	Seats int
	// Fails says that they cannot be provided, and Reason why.
	Fails  bool
	Reason string
}

// scriptStep is "3 at +5m", "all at +90s", "2 fail at +15m because no licences
// are left", "fail at once because …".
var scriptStep = regexp.MustCompile(`^(?:(\d+|all|the rest)\s+)?(?:(fail|fails)\s*)?(?:at\s+(once|\+\S+))?(?:\s*because\s+(.+))?$`)

// ParseScript reads the words of a script: steps, separated by semicolons, or
// "never". Seats that no step decides stay on their way for good.
func ParseScript(text string) (Script, error) {
	text = strings.TrimSpace(text)
	if strings.EqualFold(text, "never") {
		return Script{}, nil
	}
	script := Script{}
	var last time.Duration
	for words := range strings.SplitSeq(text, ";") {
		words = strings.Join(strings.Fields(words), " ")
		found := scriptStep.FindStringSubmatch(words)
		if words == "" || found == nil {
			return nil, fmt.Errorf(`%q is no step of a script: write "3 at +5m; 2 fail at +15m because no licences are left", "all at +90s", "at once", "fail at once because of a strike" or "never"`, words)
		}
		step := ScriptStep{After: last, Fails: found[2] != "", Reason: found[4]}
		if found[1] != "" && found[1][0] >= '0' && found[1][0] <= '9' {
			seats, err := strconv.Atoi(found[1])
			if err != nil || seats == 0 {
				return nil, fmt.Errorf("%q: a step decides at least one seat", words)
			}
			step.Seats = seats
		}
		switch when := found[3]; {
		case when == "once":
			step.After = 0
		case when != "":
			after, err := time.ParseDuration(when[1:])
			if err != nil || after < 0 {
				return nil, fmt.Errorf("%q: after a + stands how long after the change, such as +90s, +5m or +24h", words)
			}
			step.After = after
		}
		if step.After < last {
			return nil, fmt.Errorf("%q: a step comes no earlier than the one before it", words)
		}
		if step.Fails && step.Reason == "" {
			step.Reason = "The simulated delivery failed."
		}
		last = step.After
		script = append(script, step)
	}
	return script, nil
}

// Progress is how far a change has come at an instant by the script. It follows
// from the change and the script alone, so that asking twice gives the same.
// What was decided stays: a script that was changed meanwhile decides the rest.
func (s Script) Progress(c Change, now time.Time) Progress {
	start := c.AskedAt
	if c.StartedAt != nil {
		start = *c.StartedAt
	}
	p := Progress{Portions: slices.Clone(c.Portions[:c.decided()])}
	whole, sign := c.Asked-c.Before, 1
	if whole < 0 {
		sign = -1
	}
	done := 0
	for _, portion := range p.Portions {
		done += portion.Quantity * sign
	}
	left := whole*sign - done // what nothing has decided
	for _, step := range s {
		seats := step.Seats
		if seats == 0 || seats > left+done {
			seats = left + done
		}
		if passed := min(seats, done); passed > 0 {
			seats -= passed
			done -= passed
		}
		if seats == 0 && (whole != 0 || len(p.Portions) > 0) {
			continue
		}
		if at := start.Add(step.After); now.Before(at) {
			p.Next = &at
			break
		}
		portion := Portion{Quantity: seats * sign, Status: partnercenter.Fulfilled}
		if step.Fails {
			portion.Status, portion.Reason = partnercenter.Unfulfilled, step.Reason
		}
		p.Portions = append(p.Portions, portion)
		left -= seats
	}
	if left > 0 || len(p.Portions) == 0 {
		p.Portions = append(p.Portions, Portion{Quantity: left * sign, Status: partnercenter.PrefulfillmentPending})
	}
	return p
}
