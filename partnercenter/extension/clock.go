package extension

import "provost/partnercenter"

// ClockPath is where a world's clock is read and moved.
const ClockPath = "/provost/v1/clock"

// NextTick is what [ClockMove] advances to in the place of a duration: the next
// refresh of the provisioning status.
const NextTick = "next-tick"

// Clock is what a world's clock says. Any agent of the world may read it; a
// development world's may be moved by its admin agents.
//
// GET /provost/v1/clock
type Clock struct {
	// World is the world's id.
	World string `json:"world"`
	// Kind is "production" or "development".
	Kind string `json:"kind"`
	// Now is the world's time, Real the time outside of it.
	Now  partnercenter.Time `json:"now"`
	Real partnercenter.Time `json:"real"`
	// Frozen says that the clock stands still.
	Frozen bool `json:"frozen"`
	// NextTick is the next refresh of the provisioning status; absent where
	// provisioning shows at once.
	NextTick *partnercenter.Time `json:"nextTick,omitempty"`
	// NextDue is when something is to happen next; absent: nothing is.
	NextDue *partnercenter.Time `json:"nextDue,omitempty"`
	// Failing is how much has become due and failed; each is tried again, after a
	// second at first and an hour at most.
	Failing int `json:"failing,omitempty"`
	// Steps are what a move carried out, in order, each at its own instant; the
	// first 1,000 of them. Taken counts them all.
	Steps []ClockStep `json:"steps,omitzero"`
	Taken int         `json:"taken"`
	// Outstanding counts the changes that are with a system outside, which works
	// in real time: moving the clock does not wait for it.
	Outstanding int `json:"outstanding,omitempty"`
}

// ClockStep is one thing that a move carried out.
type ClockStep struct {
	// At is the step's instant, in the world's time.
	At partnercenter.Time `json:"at"`
	// Kind is what it was, Subject the id of what it happened to.
	Kind    string `json:"kind"`
	Subject string `json:"subject"`
}

// ClockMove is what is asked of a clock, one member of it. A clock goes forward
// alone.
//
// POST /provost/v1/clock
type ClockMove struct {
	// Advance is an ISO 8601 duration, such as "PT16M" or "P1M", or [NextTick].
	Advance *string `json:"advance,omitempty"`
	// Set is the instant that it is to say.
	Set *partnercenter.Time `json:"set,omitempty"`
	// Freeze stops it; Resume lets it run on from where it stands.
	Freeze bool `json:"freeze,omitempty"`
	Resume bool `json:"resume,omitempty"`
}
