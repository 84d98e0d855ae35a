package operator

import (
	"cmp"
	"maps"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts what the server answers, for Prometheus.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	// found are the series of requests: looking them up by their labels costs more
	// than counting. A new one makes a new map, so that readers take no lock.
	found  atomic.Pointer[map[series]counters]
	adding sync.Mutex
}

// buckets reach from a cached read to a request that meets its time limit.
var buckets = []float64{
	0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
}

// NewMetrics returns empty counters of a server of this version, beside those
// of the Go runtime and the process.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "provost_http_requests_total",
			Help: "Requests answered, by method, route and status.",
		}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "provost_http_request_duration_seconds",
			Help:    "Time from a request's headers to the end of its answer, by route.",
			Buckets: buckets,
		}, []string{"route"}),
	}
	m.found.Store(&map[series]counters{})
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "provost_build_info",
		Help: "Always 1; its labels say what is running.",
	}, []string{"version", "goversion"})
	build.WithLabelValues(version, runtime.Version()).Set(1)
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.duration, build,
	)
	return m
}

// Observe counts one answered request. The route is the pattern that answered,
// never the path that was asked; "" is for what no pattern answered.
func (m *Metrics) Observe(method, route string, status int, took time.Duration) {
	of := series{known(method), cmp.Or(route, "other"), status}
	c, ok := (*m.found.Load())[of]
	if !ok {
		c = m.add(of)
	}
	c.requests.Inc()
	c.duration.Observe(took.Seconds())
}

func (m *Metrics) add(of series) counters {
	m.adding.Lock()
	defer m.adding.Unlock()
	found := maps.Clone(*m.found.Load())
	found[of] = counters{
		m.requests.WithLabelValues(of.method, of.route, strconv.Itoa(of.status)), m.duration.WithLabelValues(of.route),
	}
	m.found.Store(&found)
	return found[of]
}

// series are what requests are counted by: a few routes, methods and statuses.
type series struct {
	method, route string
	status        int
}

type counters struct {
	requests prometheus.Counter
	duration prometheus.Observer
}

// FailingDue has the scraper ask how much has become due and failed.
func (m *Metrics) FailingDue(rows func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "provost_due_failing",
		Help: "Due work that failed and is tried again.",
	}, rows))
}

// Ready has the scraper ask whether the server can serve, as /readyz does: where
// nobody calls, nothing else tells of a store that is gone.
func (m *Metrics) Ready(ready func() bool) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "provost_ready",
		Help: "1 while the server can serve, as /readyz says; else 0.",
	}, func() float64 {
		if ready() {
			return 1
		}
		return 0
	}))
}

// Load is how much of its limits a server has in use.
type Load struct {
	// Requests of the API are under way, of MostRequests.
	Requests, MostRequests int64
	// Connections are open, of MostConnections of each listener.
	Connections, MostConnections int64
	// RefusedRequests and RefusedConnections found no place.
	RefusedRequests, RefusedConnections int64
}

// Under has the scraper ask for the load.
func (m *Metrics) Under(load func() Load) {
	gauge := func(name, help string, of func(Load) int64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(of(load())) }))
	}
	gauge("provost_http_requests_under_way", "Requests of the API that are under way.", func(l Load) int64 { return l.Requests })
	gauge("provost_http_requests_under_way_limit", "Requests of the API that may be under way.", func(l Load) int64 { return l.MostRequests })
	gauge("provost_connections", "Connections that are open.", func(l Load) int64 { return l.Connections })
	gauge("provost_connections_limit", "Connections that each listener may have open.", func(l Load) int64 { return l.MostConnections })
	const refused = "provost_refused_full_total"
	for of, count := range map[string]func(Load) int64{
		"requests":    func(l Load) int64 { return l.RefusedRequests },
		"connections": func(l Load) int64 { return l.RefusedConnections },
	} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: refused, Help: "What was refused because its limit was reached.", ConstLabels: prometheus.Labels{"of": of},
		}, func() float64 { return float64(count(load())) }))
	}
}

// known keeps invented methods from growing the series without end.
func known(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
		http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// Handler writes the numbers in the format that the scraper asks for.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
