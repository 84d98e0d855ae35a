// Provisioner is a warehouse that carries out a Provost's changes: it answers
// 202, delivers half of the seats after a while and the rest after another, and
// says so by callback. It keeps its changes in memory alone; a real one would
// not. The contract is api/provisioner.yaml, told in docs/fulfillment.md.
//
//	openssl rand -hex 32 > warehouse.secret
//	go run . --secret-file warehouse.secret
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	signatureHeader = "Provost-Signature"
	tolerance       = 5 * time.Minute
	maxBody         = 1 << 20
)

// change is as much of a change as this warehouse looks at.
type change struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Offer    string    `json:"offerName"`
	Quantity int       `json:"quantity"`
	Portions []portion `json:"portions"`
	Callback string    `json:"callback"`
}

// portion is a part of the quantity that was decided.
type portion struct {
	Quantity int    `json:"quantity"`
	Status   string `json:"status"`
	Reason   string `json:"reason,omitempty"`
}

// progress is what the warehouse says of a change.
type progress struct {
	Portions []portion `json:"portions"`
}

// warehouse carries changes out.
type warehouse struct {
	secret []byte
	// pause is how long each half takes.
	pause time.Duration
	// fail is how many seats of a change do not come, refuse why none ever do.
	fail    int
	refuse  string
	callers bool

	mu      sync.Mutex
	changes map[string]*change
}

func main() {
	listen := flag.String("listen", "127.0.0.1:4190", "the address to listen on; port 0 picks a free one")
	secretFile := flag.String("secret-file", "warehouse.secret", "the file of the secret that is shared with Provost")
	w := &warehouse{changes: map[string]*change{}}
	flag.DurationVar(&w.pause, "pause", 2*time.Second, "how long each half of a change takes")
	flag.IntVar(&w.fail, "fail", 0, "how many seats of a change do not come")
	flag.StringVar(&w.refuse, "refuse", "", "why every change is refused")
	flag.BoolVar(&w.callers, "callback", true, "say unasked what was delivered")
	flag.Parse()
	secret, err := os.ReadFile(*secretFile)
	if err != nil {
		log.Fatal(err)
	}
	w.secret = bytes.TrimSpace(secret)
	on, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("A warehouse listens on http://%s/changes\n", on.Addr())
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /changes/{id}", w.signed(w.put))
	mux.HandleFunc("GET /changes/{id}", w.signed(w.get))
	server := &http.Server{Handler: mux, ReadTimeout: 20 * time.Second, WriteTimeout: 20 * time.Second}
	log.Fatal(server.Serve(on))
}

// signed lets through what Provost signed, and nothing else.
func (w *warehouse) signed(next func(http.ResponseWriter, string, []byte)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		id := strings.ToLower(r.PathValue("id"))
		if err := w.verify(r.Header.Get(signatureHeader), id, body); err != nil {
			log.Printf("%s %s: %v", r.Method, r.URL.Path, err)
			answer(rw, http.StatusUnauthorized, map[string]string{"reason": "the signature does not hold"})
			return
		}
		next(rw, id, body)
	}
}

// put takes a change on. The same one again starts nothing anew.
func (w *warehouse) put(rw http.ResponseWriter, id string, body []byte) {
	var c change
	if err := json.Unmarshal(body, &c); err != nil || c.ID != id {
		answer(rw, http.StatusBadRequest, map[string]string{"reason": "the change cannot be read"})
		return
	}
	if w.refuse != "" {
		answer(rw, http.StatusUnprocessableEntity, map[string]string{"reason": w.refuse})
		return
	}
	w.mu.Lock()
	_, known := w.changes[id]
	if !known {
		w.changes[id] = &c
	}
	w.mu.Unlock()
	if known {
		w.get(rw, id, nil)
		return
	}
	log.Printf("%s: %s of %d, %s", id, c.Kind, c.Quantity, c.Offer)
	go w.deliver(&c)
	rw.Header().Set("Retry-After", seconds(w.pause))
	rw.WriteHeader(http.StatusAccepted)
}

// get says how far a change has come.
func (w *warehouse) get(rw http.ResponseWriter, id string, _ []byte) {
	w.mu.Lock()
	c, known := w.changes[id]
	var said progress
	if known {
		said.Portions = append([]portion{}, c.Portions...)
	}
	w.mu.Unlock()
	if !known {
		rw.WriteHeader(http.StatusNotFound) // Provost will put it again
		return
	}
	rw.Header().Set("Retry-After", seconds(w.pause))
	answer(rw, http.StatusOK, said)
}

// deliver decides a change in halves; where seats go, quantities are negative.
// What was decided before a restart of this program is in the change already.
func (w *warehouse) deliver(c *change) {
	sign, left := 1, c.Quantity
	for _, p := range c.Portions {
		left -= p.Quantity
	}
	if left < 0 {
		sign, left = -1, -left
	}
	fails := min(w.fail, left)
	first := (left - fails + 1) / 2
	w.decide(c, portion{Quantity: sign * first, Status: "fulfilled"}, first > 0 || c.Quantity == 0)
	second := left - fails - first
	w.decide(c, portion{Quantity: sign * second, Status: "fulfilled"}, second > 0)
	w.decide(c, portion{Quantity: sign * fails, Status: "unfulfilled", Reason: "no licences are left"}, fails > 0)
}

// decide adds a portion after a pause, and tells Provost.
func (w *warehouse) decide(c *change, p portion, there bool) {
	if !there {
		return
	}
	time.Sleep(w.pause)
	w.mu.Lock()
	c.Portions = append(c.Portions, p)
	said := progress{append([]portion{}, c.Portions...)}
	w.mu.Unlock()
	log.Printf("%s: %d %s", c.ID, p.Quantity, p.Status)
	if !w.callers {
		return
	}
	if err := w.tell(c, said); err != nil {
		log.Printf("%s: the callback failed, Provost will ask: %v", c.ID, err)
	}
}

// tell calls back.
func (w *warehouse) tell(c *change, said progress) error {
	body, err := json.Marshal(said)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodPost, c.Callback, bytes.NewReader(body))
	if err != nil {
		return err
	}
	now := time.Now().Unix()
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(signatureHeader, fmt.Sprintf("t=%d,v1=%x", now, w.mac(now, c.ID, body)))
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		text, _ := io.ReadAll(io.LimitReader(response.Body, maxBody))
		return fmt.Errorf("it answered %s: %s", response.Status, text)
	}
	return nil
}

// verify says why a signature does not hold. Provost may send several v1 while
// its secret is being replaced; one of them has to be right.
func (w *warehouse) verify(signature, id string, body []byte) error {
	var at int64
	var sums [][]byte
	for _, part := range strings.Split(signature, ",") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "t":
			at, _ = strconv.ParseInt(value, 10, 64)
		case "v1":
			sum, _ := hex.DecodeString(value)
			sums = append(sums, sum)
		}
	}
	if age := time.Since(time.Unix(at, 0)); age > tolerance || age < -tolerance {
		return fmt.Errorf("the signature is %s old", age.Round(time.Second))
	}
	want := w.mac(at, id, body)
	for _, sum := range sums {
		if hmac.Equal(sum, want) {
			return nil
		}
	}
	return fmt.Errorf("the signature does not hold: is the secret the same on both sides?")
}

// mac is what a signature holds: of the time, the change's id and the body.
func (w *warehouse) mac(at int64, id string, body []byte) []byte {
	sum := hmac.New(sha256.New, w.secret)
	fmt.Fprintf(sum, "%d.%s.", at, strings.ToLower(id))
	sum.Write(body)
	return sum.Sum(nil)
}

func answer(rw http.ResponseWriter, status int, body any) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(body)
}

// seconds are what Retry-After takes, one at the least.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int((d+time.Second-1)/time.Second)))
}
