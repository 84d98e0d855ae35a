package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // for the two databases
)

// absentError says what is not there to measure with.
type absentError struct{ what string }

// Error says so.
func (e *absentError) Error() string { return e.what }

// cluster is a PostgreSQL of this run's own, which waits for the disk.
type cluster struct {
	programs, dir string
	port          int
}

// programsOfPostgres are where Debian puts them, the newest; else on the path.
func programsOfPostgres() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench") // the pattern is well formed
	if len(found) > 0 {
		slices.Sort(found)
		return filepath.Dir(found[len(found)-1]), nil
	}
	if path, err := exec.LookPath("pgbench"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", &absentError{"since pgbench is not there: apt-get install postgresql postgresql-contrib"}
}

// command runs one of PostgreSQL's programs; root may not, and Debian's packages
// bring a user who may.
func (c *cluster) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	args = append([]string{filepath.Join(c.programs, name)}, args...)
	if os.Getuid() == 0 {
		args = append([]string{"runuser", "-u", "postgres", "--"}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = c.dir
	return cmd
}

func (c *cluster) run(ctx context.Context, name string, args ...string) error {
	if out, err := c.command(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

func startCluster(ctx context.Context) (_ *cluster, err error) {
	c := &cluster{}
	if c.programs, err = programsOfPostgres(); err != nil {
		return nil, err
	}
	if c.dir, err = os.MkdirTemp("", "provost-pg-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			c.stop()
		}
	}()
	if os.Getuid() == 0 {
		owner, err := user.Lookup("postgres")
		if err != nil {
			return nil, &absentError{"since root may not run PostgreSQL and there is no user postgres"}
		}
		uid, _ := strconv.Atoi(owner.Uid) // they are numbers here
		gid, _ := strconv.Atoi(owner.Gid)
		if err := os.Chown(c.dir, uid, gid); err != nil {
			return nil, err
		}
	}
	if c.port, err = freePort(); err != nil {
		return nil, err
	}
	data := filepath.Join(c.dir, "data")
	if err := c.run(ctx, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"); err != nil {
		return nil, err
	}
	// The server outlives pg_ctl, and would keep its pipe open.
	start := c.command(ctx, "pg_ctl", "-D", data, "-s", "-w", "-l", filepath.Join(c.dir, "log"), "start", "-o",
		fmt.Sprintf("-c listen_addresses=127.0.0.1 -c port=%d -c unix_socket_directories=%s -c max_connections=200 -c fsync=on -c synchronous_commit=on", c.port, c.dir))
	return c, start.Run()
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func (c *cluster) stop() {
	// Both are thrown away, whatever state they are in.
	_ = c.run(context.Background(), "pg_ctl", "-D", filepath.Join(c.dir, "data"), "-s", "-m", "immediate", "stop")
	_ = os.RemoveAll(c.dir)
}

func (c *cluster) url(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.port, database)
}

// seatsOnPostgres measures against pgbench, on a twin of the shop's database.
func seatsOnPostgres(ctx context.Context, s settings, bin, dir string) ([]seatResult, error) {
	c, err := startCluster(ctx)
	if err != nil {
		return nil, err
	}
	defer c.stop()
	fmt.Fprintf(os.Stderr, "seat changes of %d subscriptions on PostgreSQL: filling it\n", s.seats)
	if err := c.run(ctx, "createdb", "-h", "127.0.0.1", "-p", strconv.Itoa(c.port), "-U", "postgres", "shop"); err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "seats-postgres")
	shop, err := openShop(ctx, bin, data, c.url("shop"), s.seats)
	if err != nil {
		return nil, err
	}
	world, err := c.twin(ctx)
	if err != nil {
		return nil, err
	}
	script := filepath.Join(c.dir, "bare.sql")
	if err := os.WriteFile(script, []byte(pgbenchScript(world, shop.subscriptions)), 0o644); err != nil {
		return nil, err
	}
	return shop.measureSeats(ctx, s, bin, data, c.url("shop"), func(ctx context.Context, callers int, lasts time.Duration) (float64, error) {
		return c.pgbench(ctx, script, callers, lasts)
	}, seatLoad{"PostgreSQL", 1, 0.5}, seatLoad{"PostgreSQL", 64, 0.5})
}

// twin copies the filled shop for pgbench, and gives its world.
func (c *cluster) twin(ctx context.Context) (world string, err error) {
	db, err := sql.Open("pgx", c.url("postgres"))
	if err != nil {
		return "", err
	}
	defer db.Close()
	shop, err := sql.Open("pgx", c.url("shop"))
	if err == nil {
		_, err = shop.ExecContext(ctx, "VACUUM ANALYZE")
		err = errors.Join(err, shop.Close()) // a template has no visitors
	}
	if err == nil {
		_, err = db.ExecContext(ctx, "CREATE DATABASE bare TEMPLATE shop")
	}
	if err != nil {
		return "", err
	}
	bare, err := sql.Open("pgx", c.url("bare"))
	if err != nil {
		return "", err
	}
	defer bare.Close()
	err = bare.QueryRowContext(ctx, "SELECT world FROM subscriptions WHERE subscription = $1", id(2, 0)).Scan(&world)
	return world, err
}

// pgbenchScript is the bare change in pgbench's words, to which a colon before a
// letter or a digit begins a variable, in texts as well.
func pgbenchScript(world string, subscriptions int) string {
	of := func(kind int, n string) string {
		return fmt.Sprintf("'%s' || lpad(to_hex((%s)::bigint), 12, '0')", strings.TrimSuffix(id(kind, 0), "000000000000"), n)
	}
	world, now := "'"+world+"'", "1772366400000000000"
	customer, subscription := of(1, ":n / "+strconv.Itoa(perCustomer)), of(2, ":n")
	return fmt.Sprintf("\\set n random(0, %d)\n\\set change random(0, 9000000000000000000)\nBEGIN;\n%s;\n%s;\nCOMMIT;\n", subscriptions-1,
		oneLine(fmt.Sprintf(bareUpdate, "26", "TRUE", now, world, customer, subscription)),
		oneLine(fmt.Sprintf(bareInsert, world, "'bare-' || :change", customer, subscription, now, now)))
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

var perSecond = regexp.MustCompile(`tps = ([0-9.]+) \(without initial connection time\)`)

func (c *cluster) pgbench(ctx context.Context, script string, callers int, lasts time.Duration) (float64, error) {
	out, err := c.command(ctx, "pgbench", "-h", "127.0.0.1", "-p", strconv.Itoa(c.port), "-U", "postgres", "-n", "-M", "prepared", "-f", script,
		"-c", strconv.Itoa(callers), "-j", strconv.Itoa(min(2, callers)), "-T", strconv.Itoa(max(1, int(lasts/time.Second))), "bare").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	found := perSecond.FindSubmatch(out)
	if found == nil {
		return 0, errors.New("pgbench does not say how fast it was: " + string(out))
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
