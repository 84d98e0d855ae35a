package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// wire stands around the SDK's transport: it sees what the SDK keeps to itself,
// and prints a request in the place of sending it.
type wire struct {
	mu sync.Mutex
	// printing takes requests of its method; nothing else is sent then that
	// would change anything.
	printing *printing
	// last is what the last answer said beside its body.
	last seenAnswer
}

// seenAnswer is what an answer says beside its body.
type seenAnswer struct {
	at time.Time
	// date is the service's clock; retryAfter when the answer can next change.
	date       time.Time
	retryAfter *time.Duration
	explained  string
}

// printing is a request to be printed.
type printing struct {
	method string
	bearer string
	to     io.Writer
}

// errPrinted ends a call that was printed.
var errPrinted = errors.New("the request was printed, not sent")

type transport func(*http.Request) (*http.Response, error)

func (fn transport) RoundTrip(r *http.Request) (*http.Response, error) { return fn(r) }

func (w *wire) around(next http.RoundTripper) http.RoundTripper {
	return transport(func(r *http.Request) (*http.Response, error) {
		w.mu.Lock()
		printing := w.printing
		w.mu.Unlock()
		if printing != nil && (r.Method == printing.method || r.Method != http.MethodGet) {
			if err := printing.print(r); err != nil {
				return nil, err
			}
			return nil, errPrinted
		}
		response, err := next.RoundTrip(r)
		if err == nil {
			w.see(response)
		}
		return response, err
	})
}

func (w *wire) see(response *http.Response) {
	seen := seenAnswer{at: time.Now(), explained: response.Header.Get("Provost-Explain")}
	seen.date, _ = http.ParseTime(response.Header.Get("Date"))
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds >= 0 {
		pause := time.Duration(seconds) * time.Second
		seen.retryAfter = &pause
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = seen
}

func (w *wire) seen() seenAnswer {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// print makes the next request of the method come out as text.
func (w *wire) print(p *printing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.printing = p
}

// unprinted are headers that say who calls, and change nothing.
var unprinted = []string{"User-Agent", "Authorization", "Ms-Partnercenter-Client", "Ms-Partnercenter-Application", "Ms-Contract-Version"}

// asWritten spells headers as the service's documents do.
var asWritten = strings.NewReplacer("Ms-Correlationid", "MS-CorrelationId", "Ms-Requestid", "MS-RequestId", "Ms-Continuationtoken", "MS-ContinuationToken", "X-Locale", "X-Locale")

func (p *printing) print(r *http.Request) error {
	words := []string{"curl"}
	if r.Method != http.MethodGet {
		words = append(words, "-X "+r.Method)
	}
	words = append(words, `-H "Authorization: Bearer `+p.bearer+`"`)
	var names []string
	for name := range r.Header {
		if !slices.Contains(unprinted, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		words = append(words, "-H "+ShellWord(asWritten.Replace(name)+": "+r.Header.Get(name)))
	}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return fmt.Errorf("print the request: %w", err)
		}
		words = append(words, "--data-binary "+ShellWord(string(bytes.TrimSpace(body))))
	}
	words = append(words, ShellWord(r.URL.String()))
	_, err := fmt.Fprintln(p.to, strings.Join(words, " \\\n  "))
	return err
}
