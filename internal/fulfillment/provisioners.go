package fulfillment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"provost/internal/commerce"
	"provost/internal/wall"
	"provost/partnercenter"
)

// Provisioners are the simulator and the outside systems that a server knows,
// by name.
type Provisioners struct {
	Outside map[string]*HTTP
	// Callback is where the outside system of a change may say how far it has
	// come.
	Callback func(world, change string) string
	Log      *slog.Logger
	// Shop is told of what outside systems say.
	Shop *commerce.Service
}

// Names are those of the outside systems.
func (p *Provisioners) Names() []string { return slices.Sorted(maps.Keys(p.Outside)) }

// Step asks the simulator, or has a job ask the outside system.
func (p *Provisioners) Step(ctx context.Context, work commerce.Work) (commerce.Progress, error) {
	name := work.Change.Provisioner
	if name == "" {
		return Simulator{}.Step(ctx, work)
	}
	if _, known := p.Outside[name]; !known {
		return commerce.Progress{Portions: []commerce.Portion{{
			Quantity: work.Change.Asked - work.Change.Before, Status: partnercenter.Unfulfilled, Reason: unknown(name),
		}}}, nil
	}
	return commerce.Progress{Portions: work.Change.Portions, Outside: true}, nil
}

func unknown(name string) string { return fmt.Sprintf("There is no provisioner %s any more.", name) }

// Worker asks outside systems to carry changes out, a job for each change.
func (p *Provisioners) Worker() commerce.Worker {
	return commerce.Worker{Do: p.carry, GiveUp: func(ctx context.Context, job commerce.Job) error {
		_, err := p.Shop.Undelivered(ctx, job.World, job.Subject, "The delivery failed for a reason that lies with this server.")
		return err
	}}
}

// notes are what a run of a job leaves for the next.
type notes struct {
	// Known: the outside system has taken the change on.
	Known bool `json:"known,omitempty"`
	// Failures counts those in a row.
	Failures int `json:"failures,omitempty"`
}

// carry asks the outside system once, and records what it says.
func (p *Provisioners) carry(ctx context.Context, job commerce.Job) (commerce.JobResult, error) {
	work, err := p.Shop.Outside(ctx, job.World, job.Subject)
	if errors.Is(err, commerce.ErrMissing) {
		p.Log.Warn("a change is gone before it was carried out", "world", job.World, "change", job.Subject)
		return commerce.JobResult{}, nil
	}
	if err != nil || work.Change.Settled() {
		return commerce.JobResult{}, err
	}
	var left notes
	if job.Notes != "" {
		if err := json.Unmarshal([]byte(job.Notes), &left); err != nil {
			return commerce.JobResult{}, fmt.Errorf("read what the last run left: %w", err)
		}
	}
	a, tries := answer{failed: errors.New("the configuration describes no such provisioner: add it under provisioners:, and start again")}, DefaultTries
	if system, known := p.Outside[work.Change.Provisioner]; known {
		a, tries = system.ask(ctx, work, left.Known, p.Callback(work.Change.World, work.Change.ID)), system.Tries
	}
	if ctx.Err() != nil && a.failed != nil {
		return commerce.JobResult{}, ctx.Err()
	}
	return p.conclude(ctx, work, a, left, tries)
}

// conclude records what the outside system said, and says when to ask again.
func (p *Provisioners) conclude(ctx context.Context, work commerce.Work, a answer, left notes, tries int) (commerce.JobResult, error) {
	c := work.Change
	if a.refused != "" {
		p.Log.Warn("a provisioner refused a change", p.of(c, "reason", a.refused)...)
		_, err := p.Shop.Undelivered(ctx, c.World, c.ID, a.refused)
		return commerce.JobResult{}, err
	}
	if a.failed == nil {
		known, err := p.Shop.Delivered(ctx, c.World, c.ID, a.said.decided())
		switch {
		case err == nil && known.Settled():
			return commerce.JobResult{}, nil
		case err == nil:
			return again(notes{Known: true}, max(time.Second, orElse(a.after, usualPoll)))
		case !errors.Is(err, commerce.ErrWrong):
			return commerce.JobResult{}, err
		}
		a.failed = err
	}
	left.Known = (left.Known || a.known) && !a.forgot
	left.Failures++
	if left.Failures < tries {
		pause := wait(left.Failures, a.after)
		p.Log.Warn("a provisioner did not answer as it should", p.of(c, "failures", left.Failures, "of", tries, "again", pause.Round(time.Millisecond).String(), "error", a.failed)...)
		return again(left, pause)
	}
	p.Log.Error("a provisioner failed too often: the change fails", p.of(c, "failures", left.Failures, "error", a.failed)...)
	reason := "The delivery did not answer as it should, and was given up."
	if _, known := p.Outside[c.Provisioner]; !known {
		reason = unknown(c.Provisioner)
	}
	_, err := p.Shop.Undelivered(ctx, c.World, c.ID, reason)
	return commerce.JobResult{}, err
}

func (p *Provisioners) of(c commerce.Change, more ...any) []any {
	return append([]any{"provisioner", c.Provisioner, "world", c.World, "change", c.ID}, more...)
}

func orElse(given, usual time.Duration) time.Duration {
	if given > 0 {
		return given
	}
	return usual
}

func again(left notes, after time.Duration) (commerce.JobResult, error) {
	text, err := json.Marshal(left)
	return commerce.JobResult{Again: true, After: after, Notes: string(text)}, err
}

// Heard takes what an outside system says of a change unasked: the same as it
// would answer.
func (p *Provisioners) Heard(ctx context.Context, world, change, signature string, body []byte) error {
	work, err := p.Shop.Outside(ctx, world, change)
	if err != nil && !errors.Is(err, commerce.ErrMissing) {
		return err
	}
	system, known := p.Outside[work.Change.Provisioner]
	if err != nil || !known {
		return commerce.Refuse(partnercenter.ErrOperatorKey, "no provisioner that this server knows carries out a change %s in world %s", change, world)
	}
	if err := system.Secrets.Verify(signature, wall.Now(), change, body); err != nil {
		return commerce.Refuse(partnercenter.ErrOperatorKey, "%v", err)
	}
	var heard struct {
		Portions []portion `json:"portions"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&heard); err != nil || heard.Portions == nil {
		return commerce.Refuse(partnercenter.ErrInput.About("body"), `the body is like {"portions":[{"quantity":3,"status":"fulfilled"}]}: %v`, err)
	}
	if _, err := p.Shop.Delivered(ctx, world, change, said{Portions: heard.Portions}.decided()); errors.Is(err, commerce.ErrWrong) {
		return commerce.Refuse(partnercenter.ErrConflict.About("portions"), "%v; portions are all that were decided so far, those that were told before first", err)
	} else if err != nil {
		return err
	}
	return nil
}
