package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"provost/internal/sqlstore"
)

// The writes are changes of seats over HTTP, each durable before it is answered,
// against what the database does by itself: one row updated and one inserted in
// a transaction of its own, as the same two tables have them.

// seatLoad is so many callers at once, and what they are to reach.
type seatLoad struct {
	database string
	callers  int
	target   float64
}

// seatResult holds the medians of the rounds, in changes a second.
type seatResult struct {
	seatLoad
	bare, provost, cpu float64
	p99                time.Duration
}

func (r seatResult) ratio() float64 { return r.provost / r.bare }

func (r seatResult) line() string {
	return fmt.Sprintf("seat changes on %s, %2d callers: %6.0f /s, bare %6.0f /s: %.2f × (at least %.2f); %.0f µs of CPU, p99 %s",
		r.database, r.callers, r.provost, r.bare, r.ratio(), r.target, r.cpu/1e3, r.p99)
}

// bareWrites does durable changes for a while, and says how many a second.
type bareWrites func(ctx context.Context, callers int, lasts time.Duration) (perSecond float64, err error)

// measureSeats measures on both databases; PostgreSQL where it is there.
func measureSeats(ctx context.Context, s settings, bin, dir string) ([]seatResult, error) {
	results, err := seatsOnSQLite(ctx, s, bin, filepath.Join(dir, "seats"))
	if err != nil {
		return nil, fmt.Errorf("seat changes on SQLite: %w", err)
	}
	onPostgres, err := seatsOnPostgres(ctx, s, bin, dir)
	var absent *absentError
	if errors.As(err, &absent) {
		fmt.Fprintln(os.Stderr, "seat changes on PostgreSQL: SKIPPED,", err)
		return results, nil
	}
	if err != nil {
		return nil, fmt.Errorf("seat changes on PostgreSQL: %w", err)
	}
	return append(results, onPostgres...), nil
}

func seatsOnSQLite(ctx context.Context, s settings, bin, data string) ([]seatResult, error) {
	fmt.Fprintf(os.Stderr, "seat changes of %d subscriptions on SQLite: filling it\n", s.seats)
	database := filepath.Join(data, "provost.db")
	shop, err := openShop(ctx, bin, data, database, s.seats)
	if err != nil {
		return nil, err
	}
	twin := filepath.Join(data, "bare.db")
	if err := copyFile(database, twin); err != nil {
		return nil, err
	}
	bare, err := openBare(ctx, twin, shop.subscriptions)
	if err != nil {
		return nil, err
	}
	defer bare.close()
	return shop.measureSeats(ctx, s, bin, data, "", bare.run,
		seatLoad{"SQLite", 1, 0.3}, seatLoad{"SQLite", 64, 1.2})
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// measureSeats runs the bare writes and Provost in turn. What one caller does
// bare counts where several cannot write at once.
func (p shop) measureSeats(ctx context.Context, s settings, bin, data, database string, bare bareWrites, loads ...seatLoad) ([]seatResult, error) {
	provost, err := startProvost(ctx, bin, data, database, everyCore)
	if err != nil {
		return nil, err
	}
	defer provost.stop()
	token, err := tokenOf(ctx, bin, provost.url)
	if err != nil {
		return nil, err
	}
	paths := p.each(p.subscriptions, func(n int) string { return p.path(n, "subscriptions", id(2, n)) })
	bares, ours := make([][]float64, len(loads)), make([][]round, len(loads))
	for range s.rounds {
		for i, load := range loads {
			rate, err := bare(ctx, load.callers, s.round)
			if err != nil {
				return nil, err
			}
			bares[i] = append(bares[i], rate)
			r, err := p.changeSeats(ctx, s, provost, &paths, token, data, load.callers)
			if err != nil {
				return nil, err
			}
			ours[i] = append(ours[i], r)
		}
	}
	var results []seatResult
	for i, load := range loads {
		slices.Sort(bares[i])
		r := seatResult{
			seatLoad: load, bare: bares[i][len(bares[i])/2],
			provost: median(ours[i], func(r round) float64 { return r.rate }), cpu: median(ours[i], round.cost),
			p99: time.Duration(median(ours[i], func(r round) float64 { return float64(r.p99) })),
		}
		fmt.Fprintln(os.Stderr, r.line())
		results = append(results, r)
	}
	return results, nil
}

// changeSeats asks for more seats of subscriptions that nobody has changed yet:
// while a change is on its way, a second one of the same is refused.
func (p shop) changeSeats(ctx context.Context, s settings, provost *process, paths *[]string, token, dir string, callers int) (round, error) {
	script, err := writeSeatScript(dir, *paths, token)
	if err != nil {
		return round{}, err
	}
	s.connections = callers
	r, err := load(ctx, s, provost, script)
	if err != nil {
		return round{}, err
	}
	// Those that were under way at the end are not counted, but done.
	used := r.requests + 2*callers + 2
	if used >= len(*paths) {
		return round{}, fmt.Errorf("a round changed the seats of all %d subscriptions that were left: give -seats more, or -round less", len(*paths))
	}
	*paths = (*paths)[used:]
	return r, nil
}

// writeSeatScript is for wrk: it changes the seats of one subscription after
// another, as different requests of one caller.
func writeSeatScript(dir string, paths []string, token string) (string, error) {
	list, err := writePaths(dir, paths)
	if err != nil {
		return "", err
	}
	script := filepath.Join(dir, "seats.lua")
	text := fmt.Sprintf(`wrk.headers["Authorization"] = %q
wrk.headers["Content-Type"] = "application/json"
local paths, next, rest = {}, 0, ""
function init(args)
  for path in io.lines(%q) do paths[#paths + 1] = path end
  rest = string.sub(wrk.format("PATCH", "/", nil, '{"quantity":26}'), #"PATCH /" + 1)
end
function request()
  next = next + 1
  local path = paths[next] or paths[#paths]
  local id = string.sub(path, -36)
  return "PATCH " .. path .. string.gsub(rest, "\r\n", "\r\nMS-RequestId: " .. id .. "\r\nMS-CorrelationId: " .. id .. "\r\n", 1)
end
%s`, "Bearer "+token, list, scriptEnd)
	return script, os.WriteFile(script, []byte(text), 0o600)
}

// fillStore puts so many subscriptions into the shop that Provost has made.
func fillStore(ctx context.Context, database string, size int) error {
	open := func() (*sqlstore.Store, error) {
		if sqlstore.IsPostgres(database) {
			return sqlstore.Open(ctx, database)
		}
		return sqlstore.OpenSQLite(ctx, sqlstore.SQLite{Path: database, Ephemeral: true})
	}
	store, err := open()
	if err != nil {
		return err
	}
	return errors.Join(fill(ctx, store, size), store.Close())
}
