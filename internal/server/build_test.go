package server

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestPortsOfTheSystemAreExplained(t *testing.T) {
	denied := &net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("bind", syscall.EACCES)}
	if err := explainListen(denied, "0.0.0.0:443", "--listen"); !strings.Contains(err.Error(), "a port above 1023 with --listen") || !errors.Is(err, denied) {
		t.Errorf("it says %v", err)
	}
}
