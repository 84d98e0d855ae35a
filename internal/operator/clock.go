package operator

import (
	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// getClock reads the clock of the caller's world.
//
// GET /provost/v1/clock
func (c calls) getClock(r *pipe.Request) (pipe.Reply, error) {
	reading, err := c.shop.ReadClock(r.Context(), r.Actor)
	return pipe.Reply{Body: showClock(r.Actor, reading, nil)}, err
}

// moveClock moves the clock of the caller's world, and carries out what becomes
// due on the way.
//
// POST /provost/v1/clock
func (c calls) moveClock(r *pipe.Request) (pipe.Reply, error) {
	asked, err := pipe.Decode[extension.ClockMove](r)
	if err != nil {
		return pipe.Reply{}, err
	}
	move, err := clockMove(asked)
	if err != nil {
		return pipe.Reply{}, err
	}
	reading, steps, err := c.shop.MoveClock(r.Context(), r.Caller(), move)
	return pipe.Reply{Body: showClock(r.Actor, reading, steps)}, err
}

func clockMove(asked extension.ClockMove) (commerce.ClockMove, error) {
	move := commerce.ClockMove{Freeze: asked.Freeze, Resume: asked.Resume}
	set := 0
	for _, there := range []bool{asked.Advance != nil, asked.Set != nil, asked.Freeze, asked.Resume} {
		if there {
			set++
		}
	}
	if set != 1 {
		return move, commerce.Refuse(partnercenter.ErrInput.About("body"), "ask one thing of the clock: advance, set, freeze or resume")
	}
	switch {
	case asked.Set != nil:
		move.To = &asked.Set.Time
	case asked.Advance != nil && *asked.Advance == extension.NextTick:
		move.NextRefresh = true
	case asked.Advance != nil:
		by, err := commerce.ParsePeriod(*asked.Advance)
		if err != nil {
			return move, commerce.Refuse(partnercenter.ErrInput.About("advance"), "%v; %q goes to the next refresh", err, extension.NextTick)
		}
		move.By = &by
	}
	return move, nil
}

func showClock(actor commerce.Actor, reading commerce.ClockReading, steps []commerce.Step) extension.Clock {
	shown := extension.Clock{
		World: reading.World, Kind: string(actor.World.Kind), Now: partnercenter.At(reading.Now), Real: partnercenter.At(reading.Real),
		Frozen: reading.Clock.Frozen(), Failing: reading.Failing, Taken: reading.Taken, Outstanding: reading.Outstanding,
	}
	if reading.NextRefresh.After(reading.Now) {
		shown.NextTick = new(partnercenter.At(reading.NextRefresh))
	}
	if reading.Due != nil {
		shown.NextDue = new(partnercenter.At(*reading.Due))
	}
	for _, s := range steps {
		shown.Steps = append(shown.Steps, extension.ClockStep{At: partnercenter.At(s.At), Kind: string(s.Kind), Subject: s.Subject})
	}
	return shown
}
