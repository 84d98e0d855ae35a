package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// How a wait ends, for scripts.
const (
	exitFailedPartly = 3
	exitPending      = 4
)

// ended is an end that is no failure of the command: what was waited for has
// failed, or is still pending.
type ended struct {
	code int
	says string
}

func (e ended) Error() string { return e.says }

// ExitCode tells scripts how it ended.
func (e ended) ExitCode() int { return e.code }

func itoa(n int) string { return strconv.Itoa(n) }

// progressing is something whose provisioning is looked at: what the SDK says of
// it, and what people see.
type progressing[T any] struct {
	get   func(context.Context) (T, error)
	wait  func(context.Context, partnercenter.WaitOptions) (T, error)
	watch func(context.Context, partnercenter.WaitOptions) iter.Seq2[T, error]
	view  func(T) outlook
	show  func(T) error
}

// outlook is how far something is provisioned.
type outlook struct {
	what     string
	outcome  partnercenter.Outcome
	word     string
	portions []portion
}

// portion is a part of a quantity that is in one state.
type portion struct {
	of       string
	quantity int
	state    string
}

const (
	waitFlag    = "wait"
	watchFlag   = "watch"
	timeoutFlag = "timeout"
)

func addStatusFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Bool(waitFlag, false, "wait until nothing is pending; exit codes: 0 success, 3 failed or partly, 4 still pending, 1 error")
	flags.Duration(timeoutFlag, 30*time.Minute, "how long to wait at most")
	flags.BoolP(watchFlag, "w", false, "show the status as it changes, until interrupted; with --wait, until nothing is pending")
}

// moves says whether somebody can move the clock behind the status: then what the
// service says of when to ask again does not bind.
func (c *calling) moves(ctx context.Context) bool {
	if c.isMicrosofts() {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var clock extension.Clock
	return c.Do(ctx, "GET", extension.ClockPath, nil, &clock) == nil && clock.Kind == "development"
}

const (
	askedWhileMoved = time.Second
	// waitedWhileMoved is for a wait that nobody looks at.
	waitedWhileMoved = 2 * time.Second
)

// follow does what the flags of a status command ask for.
func follow[T any](c *calling, p progressing[T]) error {
	flags := c.cmd.Flags()
	waits, _ := flags.GetBool(waitFlag)
	watches, _ := flags.GetBool(watchFlag)
	curl, _ := flags.GetBool(curlFlag)
	limit, err := c.limit()
	if err != nil {
		return err
	}
	if curl || !waits && !watches {
		status, err := p.get(c.ctx)
		if err != nil {
			return err
		}
		return p.show(status)
	}
	ctx := c.ctx
	if waits {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	if watches || c.live() {
		return watchStatus(ctx, c, p, waits)
	}
	opts := partnercenter.WaitOptions{}
	if c.moves(ctx) {
		opts.Every = waitedWhileMoved
	}
	status, err := p.wait(ctx, opts)
	if err != nil {
		return c.waited(err)
	}
	if err := p.show(status); err != nil {
		return err
	}
	return endOf(p.view(status))
}

// limit is how long a wait may take.
func (c *calling) limit() (time.Duration, error) {
	flags := c.cmd.Flags()
	limit, _ := flags.GetDuration(timeoutFlag)
	if waits, _ := flags.GetBool(waitFlag); flags.Changed(timeoutFlag) && !waits {
		return 0, misuse("--%s bounds a wait: add --%s", timeoutFlag, waitFlag)
	}
	if limit <= 0 {
		return 0, misuse("--%s %s is no time to wait; one looks like 30m", timeoutFlag, limit)
	}
	return limit, nil
}

// waited says how a wait ended that was cut off.
func (c *calling) waited(err error) error {
	var pending *partnercenter.PendingError
	if !errors.As(err, &pending) || pending.Status == "" {
		return err
	}
	why := "interrupted"
	if errors.Is(err, context.DeadlineExceeded) {
		limit, _ := c.cmd.Flags().GetDuration(timeoutFlag)
		why = "not done within " + briefly(limit)
	}
	text := fmt.Sprintf("%s: %s, for %s at least", why, pending.Status, briefly(time.Since(pending.Since)))
	if next := c.next(time.Now()); next != "" {
		text += "; " + next
	}
	return ended{exitPending, text}
}

// next says when the status can next change, as far as the service told.
func (c *calling) next(now time.Time) string {
	seen := c.wire.seen()
	if seen.retryAfter == nil {
		return ""
	}
	left := seen.at.Add(*seen.retryAfter).Sub(now)
	if left <= 0 {
		return "it can change any moment"
	}
	return "it can change in " + briefly(left)
}

// briefly is a length of time in whole seconds, as people write it.
func briefly(d time.Duration) string {
	d = d.Round(time.Second)
	if d < time.Minute {
		return d.String()
	}
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h > 0:
		return fmt.Sprintf("%dh%02dm", h, m)
	case s == 0:
		return fmt.Sprintf("%dm", m)
	default:
		return fmt.Sprintf("%dm%02ds", m, s)
	}
}

// endOf is the exit of a wait for what has settled.
func endOf(o outlook) error {
	switch o.outcome {
	case partnercenter.OutcomeFulfilled:
		return nil
	case partnercenter.OutcomePending:
		return ended{exitPending, o.what + " is still " + o.word}
	default:
		return ended{exitFailedPartly, o.what + " is " + o.word}
	}
}

func watchStatus[T any](ctx context.Context, c *calling, p progressing[T], waits bool) error {
	opts := partnercenter.WaitOptions{}
	if c.moves(ctx) {
		opts.Every = askedWhileMoved
	}
	if c.live() {
		return watchLive(ctx, c, p, opts, waits)
	}
	var last outlook
	for status, err := range p.watch(ctx, opts) {
		if err != nil {
			return c.unwatched(err, last, waits)
		}
		last = p.view(status)
		if err := c.line(status, last); err != nil {
			return err
		}
		if waits && last.outcome != partnercenter.OutcomePending {
			return endOf(last)
		}
	}
	return nil
}

// live says whether somebody looks at a terminal that can draw a line anew.
func (c *calling) live() bool {
	return c.form == "table" && len(c.fields) == 0 && isTerminal(c.out) && os.Getenv("TERM") != "dumb"
}

// unwatched says how a watch ended: an interrupt is how it is meant to.
func (c *calling) unwatched(err error, last outlook, waits bool) error {
	if waits {
		return c.waited(err)
	}
	if c.ctx.Err() != nil && last.word != "" {
		return nil
	}
	return err
}

// line tells a program, or a log, of a change.
func (c *calling) line(status any, o outlook) error {
	switch c.form {
	case "json":
		d, err := documentOf(status)
		if err != nil {
			return err
		}
		text, _ := c.chosen(d).MarshalJSON()
		_, err = fmt.Fprintln(c.out, string(text))
		return err
	case "yaml":
		d, err := documentOf(status)
		if err != nil {
			return err
		}
		fmt.Fprintln(c.out, "---")
		return c.document(c.chosen(d))
	}
	text := time.Now().UTC().Format(time.RFC3339) + "  " + o.word
	for _, part := range o.portions {
		text += "  " + part.text()
	}
	_, err := fmt.Fprintln(c.out, clean(text))
	return err
}

func (p portion) text() string {
	text := itoa(p.quantity) + " " + p.state
	if p.of != "" {
		text = p.of + ": " + text
	}
	return text
}
