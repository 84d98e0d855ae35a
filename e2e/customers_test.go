package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"provost/partnercenter"
)

const newCustomer = `{"companyProfile":{"domain":"wingtiptoys.onmicrosoft.com"},"billingProfile":{"email":"gena@wingtiptoys.example","culture":"en-US","language":"en",
	"companyName":"Wingtip Toys","defaultAddress":{"country":"US","city":"Redmond","state":"WA","addressLine1":"One Main Street","firstName":"Gena","lastName":"Soto"}}}`

// asking makes a request a write.
func asking(method, body string) func(*http.Request) {
	return func(r *http.Request) {
		r.Method = method
		r.Body = io.NopCloser(strings.NewReader(body))
		r.ContentLength = int64(len(body))
		r.Header.Set("MS-RequestId", "8a2f1c7e-6a1f-4a51-9d0e-0c8f6a1b2c3d")
	}
}

// A client that heard no answer asks again, after the server was killed, and
// gets the password that nobody else can find.
func TestAOneTimePasswordOutlivesAKillAndIsReadableNowhere(t *testing.T) {
	data := filepath.Join(t.TempDir(), ".provost")
	server := start(t, "dev", "--data", data, "--listen", "127.0.0.1:0")
	create := func() answer {
		t.Helper()
		return get(t, server.URL+"/v1/customers", token(t, server.URL), asking(http.MethodPost, newCustomer))
	}
	first := create()
	var made partnercenter.Customer
	if err := json.Unmarshal([]byte(first.body), &made); err != nil || first.status != http.StatusCreated {
		t.Fatalf("answered %d %s", first.status, first.body)
	}
	password := made.UserCredentials.Password
	server.kill()
	files, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if content, err := os.ReadFile(filepath.Join(data, f.Name())); err != nil || bytes.Contains(content, []byte(password)) {
			t.Errorf("%s holds the password (%v)", f.Name(), err)
		}
	}
	if strings.Contains(server.log.String(), password) {
		t.Error("the log tells the password")
	}
	server = start(t, "dev", "--data", data, "--listen", "127.0.0.1:0")
	if again := create(); again.status != http.StatusCreated || again.body != first.body {
		t.Errorf("asked again it answered %d %s, first %s", again.status, again.body, first.body)
	}
	read := get(t, server.URL+"/v1/customers/"+made.ID, token(t, server.URL))
	if read.status != http.StatusOK || strings.Contains(read.body, password) {
		t.Errorf("answered %d %s", read.status, read.body)
	}

	remove := func() answer {
		t.Helper()
		return get(t, server.URL+"/v1/customers/"+made.ID, token(t, server.URL), asking(http.MethodDelete, ""))
	}
	if refused := remove(); refused.status != http.StatusBadRequest || !strings.Contains(refused.body, "900127") {
		t.Errorf("outside of a sandbox it answered %d %s", refused.status, refused.body)
	}
	if got := run(t, command(t, "world", "set", "demo", "--sandbox", "on", "--data", data)); got.code != 0 || !strings.Contains(got.stdout, "Sandbox") {
		t.Fatalf("ended with %d: %s%s", got.code, got.stdout, got.stderr)
	}
	if gone := remove(); gone.status != http.StatusNoContent || gone.body != "" {
		t.Errorf("answered %d %q", gone.status, gone.body)
	}
}
