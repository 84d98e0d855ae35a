package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cluster is a PostgreSQL of the trial's own. It waits for the disk, as it does
// where it matters.
type cluster struct {
	programs, dir string
	port          string
	// as is how its programs are run: root may not be who runs them.
	as []string
}

// onPostgres makes a trial of three servers, one of them with a clock that is
// wrong, over one PostgreSQL.
func (t *trial) onPostgres(ctx context.Context, s settings) (lost bool, err error) {
	programs, err := postgresPrograms()
	if err != nil {
		t.say("SKIPPED: %v", err)
		return false, nil
	}
	if t.shifted, err = build(ctx, t.dir, "provost-shifted", "chaos"); err != nil {
		return false, err
	}
	t.cluster = &cluster{programs: programs}
	if err := t.cluster.create(ctx); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, t.cluster.remove()) }()
	t.many, t.clients = 3, 12
	t.want = wanted{kills: s.kills, restarts: s.restarts}
	return t.run(ctx)
}

// postgresPrograms is where the newest of them are.
func postgresPrograms() (string, error) {
	newest, best := "", 0
	all, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	for _, path := range all {
		if version, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))); err == nil && version > best {
			newest, best = filepath.Dir(path), version
		}
	}
	if newest != "" {
		return newest, nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("PostgreSQL is not here: apt-get install postgresql")
	}
	return filepath.Dir(path), nil
}

// create makes the cluster and starts it.
func (c *cluster) create(ctx context.Context) (err error) {
	if c.dir, err = os.MkdirTemp("", "provost-chaos-postgres-"); err != nil {
		return err
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	if _, c.port, err = net.SplitHostPort(address); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		c.as = []string{"runuser", "-u", "postgres", "--"}
		if err := own(c.dir, "postgres"); err != nil {
			return errors.Join(err, c.remove())
		}
	}
	if err := c.command(ctx, "initdb", "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"); err != nil {
		return errors.Join(err, c.remove())
	}
	if err := c.command(ctx, "pg_ctl", "-D", c.data(), "-s", "-w", "-l", filepath.Join(c.dir, "log"), "-o", c.options(), "start"); err != nil {
		return errors.Join(err, c.remove())
	}
	return nil
}

// own gives a directory to a user.
func own(dir, name string) error {
	who, err := user.Lookup(name)
	if err != nil {
		return err
	}
	id, err := strconv.Atoi(who.Uid)
	if err != nil {
		return err
	}
	return errors.Join(os.Chmod(dir, 0o755), os.Chown(dir, id, -1))
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *cluster) options() string {
	return strings.Join([]string{
		"-c listen_addresses=127.0.0.1", "-c port=" + c.port, "-c unix_socket_directories=" + c.dir, "-c max_connections=100",
	}, " ")
}

// restart restarts the cluster: fast ends every connection, immediate leaves it
// to recover, as a crash does.
func (c *cluster) restart(ctx context.Context, mode string) error {
	return c.command(ctx, "pg_ctl", "-D", c.data(), "-s", "-w", "-t", "60", "-m", mode, "-l", filepath.Join(c.dir, "log"), "-o", c.options(), "restart")
}

// remove stops the cluster, and takes it away.
func (c *cluster) remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := os.Stat(filepath.Join(c.data(), "postmaster.pid")); err == nil {
		if err := c.command(ctx, "pg_ctl", "-D", c.data(), "-s", "-w", "-m", "immediate", "stop"); err != nil {
			return err
		}
	}
	return os.RemoveAll(c.dir)
}

// command runs one of PostgreSQL's programs.
func (c *cluster) command(ctx context.Context, name string, args ...string) error {
	line := append(append([]string{}, c.as...), filepath.Join(c.programs, name))
	line = append(line, args...)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Dir = c.dir
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	// What it starts keeps these open: its end is what counts.
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("%s: %w\n%s", name, err, said.String())
	}
	return nil
}
