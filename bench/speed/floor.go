package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
)

// answer is what the floor gives to every request: the bytes that Provost gave
// to one.
type answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// serveFloor answers whatever is asked with the answer that stands in a file.
// It says on its first line where it listens.
func serveFloor() {
	content, err := os.ReadFile(os.Args[2])
	var fixed answer
	if err == nil {
		err = json.Unmarshal(content, &fixed)
	}
	var listener net.Listener
	if err == nil {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
	fmt.Println("http://" + listener.Addr().String())
	length := strconv.Itoa(len(fixed.Body))
	err = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for name, values := range fixed.Header {
			h[name] = values
		}
		if fixed.Status != http.StatusNotModified {
			h["Content-Length"] = []string{length}
		}
		w.WriteHeader(fixed.Status)
		_, _ = w.Write(fixed.Body) // a 304 has none, and nobody waits for the rest of another
	}))
	fmt.Fprintln(os.Stderr, "floor:", err)
	os.Exit(1)
}
