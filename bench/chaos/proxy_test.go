package main

import (
	"bufio"
	"fmt"
	"net"
	"testing"
	"time"
)

// echo answers each line with itself, behind a proxy.
func echo(t *testing.T) (*proxy, net.Conn) {
	t.Helper()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = on.Close() })
	go func() {
		for {
			c, err := on.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for lines := bufio.NewScanner(c); lines.Scan(); {
					fmt.Fprintln(c, lines.Text())
				}
			}()
		}
	}()
	p, err := newProxy(on.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	c, err := net.Dial("tcp", p.address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return p, c
}

// say sends a line and waits for it to come back.
func say(c net.Conn) (time.Duration, error) {
	began := time.Now()
	fmt.Fprintln(c, "hello")
	_ = c.SetReadDeadline(began.Add(10 * time.Second))
	_, err := bufio.NewReader(c).ReadString('\n')
	return time.Since(began), err
}

func TestProxyPassesOnHoldsUpAndCuts(t *testing.T) {
	p, c := echo(t)
	if _, err := say(c); err != nil {
		t.Fatal(err)
	}
	for _, answersAlone := range []bool{false, true} {
		p.stall(300*time.Millisecond, answersAlone)
		if took, err := say(c); err != nil || took < 250*time.Millisecond {
			t.Errorf("held up (answers alone: %t), it took %s, %v", answersAlone, took, err)
		}
	}
	p.stall(time.Hour, false)
	time.AfterFunc(100*time.Millisecond, p.heal)
	if _, err := say(c); err != nil {
		t.Errorf("healed: %v", err)
	}
	if n := p.cut(); n != 1 {
		t.Errorf("%d connections were cut", n)
	}
	if _, err := say(c); err == nil {
		t.Error("a connection that was cut still answers")
	}
}
