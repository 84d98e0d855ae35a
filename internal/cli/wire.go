package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"provost/partnercenter"
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
	// renew gives another token in the place of one that was kept and is refused:
	// the SDK, which took it for a new one, does not ask for a second.
	renew         func(context.Context) (partnercenter.Token, error)
	refused, good string
}

// seenAnswer is what an answer says beside its body.
type seenAnswer struct {
	at   time.Time
	took time.Duration
	// date is the service's clock; retryAfter when the answer can next change.
	date       time.Time
	retryAfter *time.Duration
	explained  string
}

// printing is a request to be printed.
type printing struct {
	method string
	bearer string
	// ca is the authority's certificate that curl is to trust, too; "": none.
	ca string
	to io.Writer
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
		began := time.Now()
		response, err := next.RoundTrip(w.renewed(r))
		if err == nil && response.StatusCode == http.StatusUnauthorized {
			if again := w.again(r); again != nil {
				_ = response.Body.Close()
				response, err = next.RoundTrip(again)
			}
		}
		if err == nil {
			w.see(response, began)
		}
		return response, err
	})
}

const bearer = "Bearer "

// renewed is the request with a good token in the place of one that was refused.
func (w *wire) renewed(r *http.Request) *http.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refused == "" || r.Header.Get("Authorization") != bearer+w.refused {
		return r
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", bearer+w.good)
	return r
}

// again is the request with another token; nil: there is none.
func (w *wire) again(r *http.Request) *http.Request {
	if w.renew == nil {
		return nil
	}
	token, err := w.renew(r.Context())
	was := strings.TrimPrefix(r.Header.Get("Authorization"), bearer)
	if err != nil || token.Value == was {
		return nil
	}
	again := r.Clone(r.Context())
	if r.Body != nil {
		if again.Body, err = r.GetBody(); err != nil {
			return nil
		}
	}
	again.Header.Set("Authorization", bearer+token.Value)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused, w.good = was, token.Value
	return again
}

func (w *wire) see(response *http.Response, began time.Time) {
	seen := seenAnswer{at: time.Now(), took: time.Since(began), explained: response.Header.Get("Provost-Explain")}
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
	if strings.ContainsAny(r.URL.String(), "[]{}") {
		words = append(words, "--globoff") // they are the service's, not ranges of curl's
	}
	if p.ca != "" && r.URL.Scheme == "https" {
		words = append(words, "--cacert "+ShellWord(p.ca))
	}
	switch r.Method {
	case http.MethodGet:
	case http.MethodHead:
		words = append(words, "--head")
	default:
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
		words = append(words, "--data-binary "+ShellWord(string(escaped(bytes.TrimSpace(body)))))
	}
	words = append(words, ShellWord(r.URL.String()))
	_, err := fmt.Fprintln(p.to, strings.Join(words, " \\\n  "))
	return err
}
