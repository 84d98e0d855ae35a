package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// The settles are changes of seats that are all due at one instant, on SQLite and
// durable, while statuses are asked for at half the rate at which they can be.

// settlesResult is what the settles took, and the reads before and meanwhile.
type settlesResult struct {
	changes             int
	took                time.Duration
	offered             float64
	before, meanwhile   round
	cpuBefore, cpuAfter time.Duration
}

func (r settlesResult) line() string {
	return fmt.Sprintf("%d settles: %.1f s (at most 5), %.1f s of CPU with the reads; reads %.0f /s of %.0f /s before (to be kept), p99 %s of %s before (at most twice)",
		r.changes, r.took.Seconds(), (r.cpuAfter - r.cpuBefore).Seconds(), r.meanwhile.rate, r.before.rate, r.meanwhile.p99, r.before.p99)
}

// pause is how long each connection rests between two of its requests, so that
// their number makes the rate.
const pause = 10 * time.Millisecond

func measureSettles(ctx context.Context, s settings, bin, dir string) (settlesResult, error) {
	fmt.Fprintf(os.Stderr, "settles of %d changes on SQLite: filling it\n", s.settles)
	data := filepath.Join(dir, "settles")
	database := filepath.Join(data, "provost.db")
	shop, err := openShop(ctx, bin, data, database, s.settles)
	if err != nil {
		return settlesResult{}, err
	}
	at := time.Now().UTC().Truncate(time.Hour).Add(2*time.Hour + time.Minute) // no refresh, which would be a second row of each
	if err := shop.await(ctx, database, at); err != nil {
		return settlesResult{}, err
	}
	provost, err := startProvost(ctx, bin, data, "", everyCore)
	if err != nil {
		return settlesResult{}, err
	}
	defer provost.stop()
	token, err := tokenOf(ctx, bin, provost.url)
	if err != nil {
		return settlesResult{}, err
	}
	paths := shop.each(hot, func(n int) string { return shop.path(n, "subscriptions", id(2, n)) + "/provisioningstatus" })
	script, err := writeScript(data, paths, token, "")
	if err != nil {
		return settlesResult{}, err
	}
	if err := warm(ctx, provost, paths, token); err != nil {
		return settlesResult{}, err
	}
	most, err := load(ctx, s, provost, script)
	if err != nil {
		return settlesResult{}, err
	}
	if err := rest(script); err != nil {
		return settlesResult{}, err
	}
	s.connections = max(1, int(most.rate/2*pause.Seconds()))
	r := settlesResult{changes: s.settles, offered: most.rate / 2}
	if r.before, err = load(ctx, s, provost, script); err != nil {
		return r, err
	}
	return r, r.settle(ctx, s, provost, script, token, at)
}

// settle moves the clock to the instant, and asks for statuses until it is there.
func (r *settlesResult) settle(ctx context.Context, s settings, provost *process, script, token string, at time.Time) (err error) {
	if r.cpuBefore, err = provost.cpu(); err != nil {
		return err
	}
	moved := make(chan error, 1)
	began := time.Now()
	go func() {
		err := moveClock(ctx, provost.url, token, at)
		r.took = time.Since(began)
		moved <- err
	}()
	var rounds []round
	s.round = time.Second
	for {
		one, failed := load(ctx, s, provost, script)
		select {
		case err := <-moved:
			if err = errors.Join(err, failed); err != nil {
				return err
			}
			if len(rounds) == 0 {
				rounds = append(rounds, one) // they were done within one round
			}
			r.meanwhile.rate = median(rounds, func(r round) float64 { return r.rate })
			r.meanwhile.p99 = time.Duration(median(rounds, func(r round) float64 { return float64(r.p99) }))
			r.cpuAfter, err = provost.cpu()
			return err
		default:
			if failed != nil {
				return failed
			}
			rounds = append(rounds, one)
		}
	}
}

// rest has each connection of a script's rest between two requests.
func rest(script string) error {
	f, err := os.OpenFile(script, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "function delay() return %d end\n", pause.Milliseconds())
	return errors.Join(err, f.Close())
}

func moveClock(ctx context.Context, url, token string, to time.Time) error {
	body, err := json.Marshal(extension.ClockMove{Set: new(partnercenter.At(to))})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/provost/v1/clock", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("move the clock: %s: %s", response.Status, said)
	}
	return err
}

// await has the seats of each subscription change at one instant.
func (p shop) await(ctx context.Context, database string, at time.Time) error {
	store, err := sqlstore.OpenSQLite(ctx, sqlstore.SQLite{Path: database, Ephemeral: true})
	if err != nil {
		return err
	}
	for first := 0; err == nil && first < p.subscriptions; first += 1000 {
		err = store.Write(ctx, func(tx commerce.Tx) error {
			worlds, err := tx.Worlds().List(ctx)
			for n := first; err == nil && n < min(first+1000, p.subscriptions); n++ {
				err = awaitSeats(ctx, tx, worlds[0].ID, n, at)
			}
			return err
		})
	}
	return errors.Join(err, store.Close())
}

func awaitSeats(ctx context.Context, tx commerce.Tx, world string, n int, at time.Time) error {
	s, err := tx.Subscriptions().ByID(ctx, world, id(1, n/perCustomer), id(2, n))
	if err != nil {
		return err
	}
	change := commerce.Change{
		World: world, ID: id(4, n), Kind: commerce.SeatChange, Customer: s.Customer, Subscription: s.Resource.ID,
		Offer: s.Resource.OfferID, Before: s.Resource.Quantity, Asked: s.Resource.Quantity + 5, AskedAt: at.Add(-90 * time.Second), NextStepAt: &at,
		Portions: []commerce.Portion{{Quantity: 5, Status: partnercenter.PrefulfillmentPending}},
	}
	if err := tx.Changes().Insert(ctx, change); err != nil {
		return err
	}
	s.Resource.Quantity = change.Asked
	s.Provisioning.Unsettled, s.Provisioning.NextStepAt = true, &at
	was := s.Version
	s.Version++
	if err := tx.Subscriptions().Update(ctx, s, was); err != nil {
		return err
	}
	_, err = tx.Due().Insert(ctx, commerce.Due{World: world, At: at, Kind: commerce.DueStep, Subject: change.ID})
	return err
}
