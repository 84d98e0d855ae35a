// Package fulfillment holds the provisioners: what carries changes out.
//
// It knows neither how changes are kept nor who asked for them.
package fulfillment

import (
	"context"
	"fmt"
	"time"

	"provost/internal/commerce"
)

// Simulator provisions nothing and says, by the clock of the change's world,
// that it has. What it says follows from the change and the script of its offer
// alone.
type Simulator struct{}

// Step says how far the change has come.
func (Simulator) Step(_ context.Context, work commerce.Work) (commerce.Progress, error) {
	script, err := scriptOf(work)
	if err != nil {
		return commerce.Progress{}, err
	}
	return script.Progress(work.Change, work.Now), nil
}

// scriptOf is what the world's settings say of the offer, by the most particular
// name: its id, its product's SKU, its product, then all ("*").
func scriptOf(work commerce.Work) (commerce.Script, error) {
	if text, ok := work.World.Settings.ScriptFor(work.Offer); ok && work.Change.Simulated() {
		script, err := commerce.ParseScript(text)
		if err != nil {
			return nil, fmt.Errorf("read the script of %s: %w", work.Offer.ID, err)
		}
		return script, nil
	}
	return commerce.Script{{After: usual(work)}}, nil
}

// usual is how long a delivery takes where no script says otherwise.
func usual(work commerce.Work) time.Duration {
	switch {
	case !work.Change.Simulated(), work.Offer.Kind == commerce.OfferTrial, work.Offer.ProvisioningID == "":
		return 0
	case work.Offer.Legacy && work.Change.Kind == commerce.Purchase:
		return 0 // such an order is completed as soon as it is placed (reference 7.3)
	case work.Offer.Kind == commerce.OfferReservation:
		return 10 * time.Minute
	default:
		return 90 * time.Second
	}
}
