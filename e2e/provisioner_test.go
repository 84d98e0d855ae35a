package e2e_test

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // under the name pgx
	_ "modernc.org/sqlite"

	"provost/partnercenter"
)

// warehouse builds the example, which is a module of its own, runs it, and
// gives its address and its log.
func warehouse(t *testing.T, secret string, args ...string) (string, *lockedBuffer) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "warehouse")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = filepath.Join("..", "examples", "provisioner")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the example: %v\n%s", err, out)
	}
	cmd := exec.Command(program, append([]string{"--listen", "127.0.0.1:0", "--secret-file", secret}, args...)...)
	log := &lockedBuffer{}
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the warehouse says nothing: %v\n%s", err, log.String())
	}
	return strings.TrimSpace(line[strings.LastIndex(line, " ")+1:]), log
}

// delivery is a server whose demo world is delivered by a warehouse, and what was
// bought there.
type delivery struct {
	*process
	t      *testing.T
	bearer string
	// order is the path of the order.
	order     string
	warehouse *lockedBuffer
	data      string
	args      []string
}

// bought has a warehouse get the change that an order of five seats is, and no
// time to deliver it.
func bought(t *testing.T, options ...string) *delivery {
	t.Helper()
	dir, address := t.TempDir(), freeAddress(t)
	secret, config := filepath.Join(dir, "warehouse.secret"), filepath.Join(dir, "provost.yaml")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(secret, "0123456789abcdef0123456789abcdef0123456789abcdef\n")
	url, log := warehouse(t, secret, options...)
	write(config, "provisioners:\n  warehouse:\n    url: "+url+"\n    secret-file: "+secret+"\n")
	d := &delivery{t: t, warehouse: log, data: filepath.Join(dir, "data")}
	d.args = []string{"dev", "--data", d.data, "--listen", address, "--config", config}
	d.process = start(t, d.args...)
	if got := run(t, command(t, "world", "set", "demo", "--provisioner", "stranger", "--data", d.data)); got.code == 0 || !strings.Contains(got.stderr, "warehouse") {
		t.Errorf("a stranger is taken: %d %s", got.code, got.stderr)
	}
	if got := run(t, command(t, "world", "set", "demo", "--provisioner", "warehouse", "--data", d.data)); got.code != 0 || !strings.Contains(got.stdout, "warehouse") {
		t.Fatalf("world set ended with %d: %s %s", got.code, got.stdout, got.stderr)
	}
	d.bearer = token(t, d.URL)
	const orders = "/v1/customers/0c39d6d5-c70d-4c55-bc02-f620844f3fd1/orders"
	placed, err := send(d.URL+orders, http.MethodPost, d.bearer, "", `{"billingCycle":"monthly","lineItems":[{"lineItemNumber":0,"offerId":"CFQ7TTC0LH18:0001:CFQ7TTC725M4","quantity":5,"termDuration":"P1Y","friendlyName":"Mail"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	var order partnercenter.Order
	if err := json.Unmarshal([]byte(placed.body), &order); err != nil || placed.status != http.StatusCreated {
		t.Fatalf("the order is answered %d %s", placed.status, placed.body)
	}
	d.order = orders + "/" + order.ID
	eventually(t, "the warehouse gets the change", func() bool { return strings.Contains(log.String(), "purchase of 5") })
	if clock := get(t, d.URL+"/provost/v1/clock", d.bearer); !strings.Contains(clock.body, `"outstanding":1`) {
		t.Errorf("the clock says %s", clock.body)
	}
	return d
}

// again starts the server that was killed, and waits until all is delivered.
func (d *delivery) again() {
	d.t.Helper()
	d.process = start(d.t, d.args...)
	d.bearer = token(d.t, d.URL)
	eventually(d.t, "the change is settled", func() bool {
		return strings.Contains(get(d.t, d.URL+d.order, d.bearer).body, `"status":"partial_success"`)
	})
	if n := strings.Count(d.warehouse.String(), "purchase of 5"); n != 1 {
		d.t.Errorf("the warehouse took the change on %d times:\n%s", n, d.warehouse.String())
	}
	lines := get(d.t, d.URL+d.order+"/provisioningstatus", d.bearer).body
	if !strings.Contains(lines, `[{"quantity":3,"status":"fulfilled"},{"quantity":2,"status":"unfulfilled"}]`) {
		d.t.Errorf("the line says %s", lines)
	}
}

// What docs/fulfillment.md tells, with a power cut while the delivery is under
// way.
func TestSystemOfOnesOwnDeliversWhateverHappensToTheServer(t *testing.T) {
	d := bought(t, "--pause", "700ms", "--fail", "2")
	d.kill()
	d.again()
	if log := d.log.String(); strings.Contains(log, "0123456789abcdef") {
		t.Errorf("the log holds the secret:\n%s", log)
	}
}

// A job that was killed too often is given up by whoever keeps it; its change is
// not.
func TestADeliveryGoesOnThoughItsJobIsGivenUp(t *testing.T) {
	d := bought(t, "--pause", "700ms", "--fail", "2", "--callback=false")
	d.kill()
	driver := "sqlite"
	if onPostgres {
		driver = "pgx"
	}
	db, err := sql.Open(driver, shopIn(t, d.data))
	if err != nil {
		t.Fatal(err)
	}
	result, err := db.Exec("UPDATE river_job SET state = 'discarded', finalized_at = CURRENT_TIMESTAMP")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if n, _ := result.RowsAffected(); n != 1 {
		t.Fatalf("%d jobs are given up", n)
	}
	d.again()
}
