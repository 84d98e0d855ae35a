package commerce_test

import (
	"time"

	"provost/internal/commerce"
)

// scripts are what deliveries can do in the model: the words of the settings,
// and the same as the model reads it.
var scripts = map[string][]modelStep{
	"at once":                    {{0, 0, false}},
	"all at +90s":                {{90 * time.Second, 0, false}},
	"all at +16m":                {{16 * time.Minute, 0, false}},
	"2 at +1m; the rest at +15m": {{time.Minute, 2, false}, {15 * time.Minute, 0, false}},
	"1 at +5m; 1 fail at +5m because no; all at +20m": {{5 * time.Minute, 1, false}, {5 * time.Minute, 1, true}, {20 * time.Minute, 0, false}},
	"1 at +5m; 9 at +2h":                              {{5 * time.Minute, 1, false}, {2 * time.Hour, 9, false}},
	"fail at +2m because no":                          {{2 * time.Minute, 0, true}},
	"2 at +1m; fail at +3h because no":                {{time.Minute, 2, false}, {3 * time.Hour, 0, true}},
	"never":                                           {},
}

// modelStep decides so many seats, or all that are left, so long after a change.
type modelStep struct {
	after time.Duration
	seats int
	fails bool
}

// modelOffer is what is sold in the model.
type modelOffer struct {
	id, sku, availability string // of new commerce; of others the id alone
	legacy, trial, addon  bool
	months                []int
	bases                 []string
	provisioningID        string
}

var modelOffers = map[string]modelOffer{
	businessBasic: {id: "CFQ7TTC0LH18", sku: "0001", availability: "CFQ7TTC725M4", months: []int{1, 12}, provisioningID: "3B555118-DA6A-4418-894F-7DF1E2096870"},
	microsoftE3:   {id: "CFQ7TTC0LFLX", sku: "0001", availability: "CFQ7TTCX76SB", months: []int{1, 12, 36}, provisioningID: "05E9A617-0261-4CEE-BB44-138D3EF5D965"},
	microsoftE5:   {id: "CFQ7TTC0LFLZ", sku: "0002", availability: "CFQ7TTCMR2Z9", months: []int{1, 12, 36}, provisioningID: "06EBC4EE-1BB5-47DD-8120-11324BC54E06"},
	e5Trial:       {id: "CFQ7TTC0LFLZ", trial: true, months: []int{1}, provisioningID: "06EBC4EE-1BB5-47DD-8120-11324BC54E06"},
	teamsPhone: {
		id: "CFQ7TTC0HD33", sku: "0001", availability: "CFQ7TTC892RZ", addon: true, months: []int{1, 12, 36},
		bases: []string{businessBasic, microsoftE3}, provisioningID: "E43B5B99-8DFB-405F-9987-DC307F34BCBD",
	},
	legacyOffice:  {legacy: true, months: []int{12}, provisioningID: "6FD2C87F-B296-42F0-B197-1E91E994B900"},
	legacyArchive: {legacy: true, addon: true, months: []int{12}, bases: []string{legacyOffice}, provisioningID: "EE02FD1B-340E-4A4B-B355-4A514E4C8943"},
}

// durations are how the terms of the model are written.
var durations = map[int]string{1: "P1M", 12: "P1Y", 36: "P3Y"}

// modelChange is a change as the model carries it out.
type modelChange struct {
	kind    commerce.ChangeKind
	started *time.Time // nil: it waits for its base
	delta   int
	script  []modelStep
	// was is the subscription before a renewal or a change of seats.
	was *modelSubscription
}

// ends says when the change is settled, if ever, how many of its seats come, when
// the first of them does, and whether any fail.
func (c modelChange) ends() (settled *time.Time, seats int, first *time.Time, failed bool) {
	if c.started == nil {
		return nil, 0, nil, false
	}
	if c.delta == 0 {
		return c.started, 0, c.started, false
	}
	left, sign := c.delta, 1
	if left < 0 {
		left, sign = -left, -1
	}
	for _, step := range c.script {
		if left == 0 {
			break
		}
		at, part := c.started.Add(step.after), step.seats
		if part == 0 || part > left {
			part = left
		}
		left -= part
		if step.fails {
			failed = true
		} else {
			seats += sign * part
			if first == nil {
				first = &at
			}
		}
		if left == 0 {
			settled = &at
		}
	}
	return settled, seats, first, failed
}
