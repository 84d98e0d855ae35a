package main

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"charm.land/fang/v2"
)

func TestErrorsSpeakToNoTerminal(t *testing.T) {
	for want, err := range map[string]error{
		"provost: a?[31mb\n  code 1?\n": errors.New("a\x1b[31mb\n  code 1\u009b"),
		// Whoever read has gone: customers list | head
		"": fmt.Errorf("write: %w", syscall.EPIPE),
	} {
		var said bytes.Buffer
		complain(&said, fang.Styles{}, err)
		if said.String() != want {
			t.Errorf("%q is told as %q", err, said.String())
		}
	}
}
