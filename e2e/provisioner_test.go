package e2e_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

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

// What docs/fulfillment.md tells, with a power cut while the delivery is under
// way.
func TestSystemOfOnesOwnDeliversWhateverHappensToTheServer(t *testing.T) {
	dir, address := t.TempDir(), freeAddress(t)
	secret, config := filepath.Join(dir, "warehouse.secret"), filepath.Join(dir, "provost.yaml")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(secret, "0123456789abcdef0123456789abcdef0123456789abcdef\n")
	url, warehouseLog := warehouse(t, secret, "--pause", "700ms", "--fail", "2")
	write(config, "provisioners:\n  warehouse:\n    url: "+url+"\n    secret-file: "+secret+"\n")
	data := filepath.Join(dir, "data")
	args := []string{"dev", "--data", data, "--listen", address, "--config", config}
	server := start(t, args...)
	if got := run(t, command(t, "world", "set", "demo", "--provisioner", "stranger", "--data", data)); got.code == 0 || !strings.Contains(got.stderr, "warehouse") {
		t.Errorf("a stranger is taken: %d %s", got.code, got.stderr)
	}
	if got := run(t, command(t, "world", "set", "demo", "--provisioner", "warehouse", "--data", data)); got.code != 0 || !strings.Contains(got.stdout, "warehouse") {
		t.Fatalf("world set ended with %d: %s %s", got.code, got.stdout, got.stderr)
	}
	bearer := token(t, server.URL)
	const orders = "/v1/customers/0c39d6d5-c70d-4c55-bc02-f620844f3fd1/orders"
	placed, err := send(server.URL+orders, http.MethodPost, bearer, "", `{"billingCycle":"monthly","lineItems":[{"lineItemNumber":0,"offerId":"CFQ7TTC0LH18:0001:CFQ7TTC725M4","quantity":5,"termDuration":"P1Y","friendlyName":"Mail"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	var order partnercenter.Order
	if err := json.Unmarshal([]byte(placed.body), &order); err != nil || placed.status != http.StatusCreated && placed.status != http.StatusOK {
		t.Fatalf("the order is answered %d %s", placed.status, placed.body)
	}
	eventually(t, "the warehouse gets the change", func() bool { return strings.Contains(warehouseLog.String(), "purchase of 5") })
	clock := get(t, server.URL+"/provost/v1/clock", bearer)
	if !strings.Contains(clock.body, `"outstanding":1`) {
		t.Errorf("the clock says %s", clock.body)
	}
	server.kill()
	server = start(t, args...)
	bearer = token(t, server.URL)
	status := func() string { return get(t, server.URL+orders+"/"+order.ID, bearer).body }
	eventually(t, "the change is settled", func() bool { return strings.Contains(status(), `"status":"partial_success"`) })
	if n := strings.Count(warehouseLog.String(), "purchase of 5"); n != 1 {
		t.Errorf("the warehouse took the change on %d times:\n%s", n, warehouseLog.String())
	}
	lines := get(t, server.URL+orders+"/"+order.ID+"/provisioningstatus", bearer).body
	if !strings.Contains(lines, `{"quantity":3,"status":"fulfilled"},{"quantity":2,"status":"unfulfilled"}`) {
		t.Errorf("the line says %s", lines)
	}
	if log := server.log.String(); strings.Contains(log, "0123456789abcdef") {
		t.Errorf("the log holds the secret:\n%s", log)
	}
}
