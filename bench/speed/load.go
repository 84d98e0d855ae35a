package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// work is a kind of request and what it may cost.
type work struct {
	name string
	// paths are asked for in turn.
	paths []string
	// known sends the answer's own ETag along, for a 304.
	known bool
	// per divides the cost, where an answer holds that many items.
	per    int
	target float64
	// grown says that the target is a multiple of what the first work costs, which
	// is the same in the small shop.
	grown bool
}

// round is what one run of wrk showed.
type round struct {
	requests int
	rate     float64
	p99, cpu time.Duration
	// disturbed by other processes.
	disturbed bool
}

func (r round) cost() float64 { return float64(r.cpu) / float64(r.requests) }

// result holds the medians of the rounds.
type result struct {
	work
	shop                    int
	floor, provost          float64 // nanoseconds of CPU a request
	floorRate, provostRate  float64
	floorP99, provostP99    time.Duration
	ratio, rateRatio, slows float64
	rounds, disturbed       int
}

func (r result) line() string {
	return fmt.Sprintf("%-45s %6.1f µs, floor %5.1f µs: %.2f × %s (at most %.2f); throughput %.2f, p99 %.2f of the floor's",
		r.name, r.provost/1e3, r.floor/1e3, r.ratio, r.of(), r.target, r.rateRatio, r.slows)
}

// of says what the ratio is one of.
func (r result) of() string {
	if r.grown {
		return "the small shop's"
	}
	return "the floor's"
}

// measure runs both servers in turn.
func measure(ctx context.Context, s settings, provost *process, w work, token, dir string) (result, error) {
	sample, err := ask(ctx, provost.url+w.paths[0], token, "")
	if err != nil {
		return result{}, err
	}
	tag := ""
	if w.known {
		tag = sample.Header.Get("ETag")
		if sample, err = ask(ctx, provost.url+w.paths[0], token, tag); err != nil {
			return result{}, err
		}
		if sample.Status != http.StatusNotModified {
			return result{}, fmt.Errorf("asked with its own ETag it answers %d", sample.Status)
		}
	}
	script, err := writeScript(dir, w.paths, token, tag)
	if err != nil {
		return result{}, err
	}
	floor, err := startFloor(ctx, sample, dir)
	if err != nil {
		return result{}, err
	}
	defer floor.stop()
	if err := warm(ctx, provost, w.paths, token); err != nil {
		return result{}, err
	}
	var floors, ours []round
	for range s.rounds {
		for _, of := range []struct {
			server *process
			rounds *[]round
		}{{floor, &floors}, {provost, &ours}} {
			r, err := quietly(ctx, s, of.server, func() (round, error) { return load(ctx, s, of.server, script) })
			if err != nil {
				return result{}, err
			}
			*of.rounds = append(*of.rounds, r)
		}
	}
	return compare(w, floors, ours), nil
}

// warmed is how many paths are asked for before the rounds, so that they show a
// server that has run for a while.
const warmed = 20_000

func warm(ctx context.Context, server *process, paths []string, token string) error {
	for _, path := range paths[:min(len(paths), warmed)] {
		if _, err := ask(ctx, server.url+path, token, ""); err != nil {
			return err
		}
	}
	return nil
}

func compare(w work, floors, ours []round) result {
	rate := func(r round) float64 { return r.rate }
	slow := func(r round) float64 { return float64(r.p99) }
	r := result{
		work: w, floor: median(floors, round.cost), provost: median(ours, round.cost) / float64(max(1, w.per)),
		floorRate: median(floors, rate), provostRate: median(ours, rate),
		floorP99: time.Duration(median(floors, slow)), provostP99: time.Duration(median(ours, slow)),
	}
	for _, one := range slices.Concat(floors, ours) {
		r.rounds++
		if one.disturbed {
			r.disturbed++
		}
	}
	r.ratio, r.rateRatio, r.slows = r.provost/r.floor, r.provostRate/r.floorRate, float64(r.provostP99)/float64(r.floorP99)
	return r
}

func median(rounds []round, of func(round) float64) float64 {
	all := make([]float64, len(rounds))
	for i, r := range rounds {
		all[i] = of(r)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// ask gets one answer, whole.
func ask(ctx context.Context, url, token, tag string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if tag != "" {
		request.Header.Set("If-None-Match", tag)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s answers %s: %s", url, response.Status, body)
	}
	response.Header.Del("Date")
	return answer{response.StatusCode, response.Header, body}, err
}

func startFloor(ctx context.Context, fixed answer, dir string) (*process, error) {
	content, err := json.Marshal(fixed)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "floor.json")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(ctx, oneCore, self, "floor", file)
}

// writeScript is for wrk: it asks for the paths in turn. Each run begins at another
// of them, so that of many paths most were not asked for a round ago.
func writeScript(dir string, paths []string, token, tag string) (string, error) {
	list, err := writePaths(dir, paths)
	if err != nil {
		return "", err
	}
	script := filepath.Join(dir, "load.lua")
	known := ""
	if tag != "" {
		known = fmt.Sprintf("wrk.headers[\"If-None-Match\"] = %q\n", tag)
	}
	text := fmt.Sprintf(`wrk.headers["Authorization"] = %q
%slocal paths, next, rest = {}, 0, ""
function init(args)
  for path in io.lines(%q) do paths[#paths + 1] = path end
  math.randomseed(os.time())
  next = math.random(#paths)
  rest = string.sub(wrk.format("GET", "/"), #"GET /" + 1)
end
function request()
  next = next %% #paths + 1
  return "GET " .. paths[next] .. rest
end
%s`, "Bearer "+token, known, list, scriptEnd)
	return script, os.WriteFile(script, []byte(text), 0o600)
}

func writePaths(dir string, paths []string) (file string, err error) {
	file = filepath.Join(dir, "paths.txt")
	return file, os.WriteFile(file, []byte(strings.Join(paths, "\n")+"\n"), 0o600)
}

// scriptEnd has wrk say what [load] reads.
const scriptEnd = `function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  print(string.format("SUMMARY %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(99), summary.errors.status, failed))
end
`

var summary = regexp.MustCompile(`SUMMARY (\d+) (\d+) (\d+) (\d+) (\d+)`)

// load runs wrk against a server once.
func load(ctx context.Context, s settings, server *process, script string) (round, error) {
	before, err := server.cpu()
	if err != nil {
		return round{}, err
	}
	seconds := max(1, int(s.round/time.Second))
	command := exec.CommandContext(ctx, "wrk", "-t1", "--timeout", "30s", fmt.Sprintf("-c%d", s.connections), fmt.Sprintf("-d%ds", seconds), "-s", script, server.url)
	out, err := command.CombinedOutput()
	if err != nil {
		return round{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	after, err := server.cpu()
	if err != nil {
		return round{}, err
	}
	numbers := summary.FindStringSubmatch(string(out))
	if numbers == nil {
		return round{}, fmt.Errorf("wrk said nothing of its requests: %s", out)
	}
	var n [5]int
	for i := range n {
		n[i], _ = strconv.Atoi(numbers[i+1]) // the expression matches digits alone
	}
	if n[3]+n[4] > 0 || n[0] == 0 {
		return round{}, errors.New("some requests failed: " + string(out))
	}
	return round{
		requests: n[0], rate: float64(n[0]) / (time.Duration(n[1]) * time.Microsecond).Seconds(),
		p99: time.Duration(n[2]) * time.Microsecond, cpu: after - before,
	}, nil
}
