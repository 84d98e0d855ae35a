package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The examples ask for one status in four ways: the documents' line, which no
// test runs, and three that say the same.
func TestExamplesAskForTheSameStatus(t *testing.T) {
	const dir = "../examples/status"
	documents := "partnerOperations.Customers.ById(customerId).Subscriptions.ById(subscriptionID).ProvisioningStatus.Get()"
	for _, page := range []string{filepath.Join(dir, "status.cs"), "../README.md"} {
		if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), documents) {
			t.Errorf("%s lacks the documents' own call (%v)", page, err)
		}
	}
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	environment := append(os.Environ(), "PROVOST_URL="+server.URL, "TOKEN="+token(t, server.URL),
		"CUSTOMER=0c39d6d5-c70d-4c55-bc02-f620844f3fd1", "SUBSCRIPTION=aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e",
		"PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"))
	ways := map[string][]string{"main.go": {"go", "run", "."}}
	if _, err := exec.LookPath("curl"); err != nil || runtime.GOOS == "windows" {
		t.Log("no curl and sh here: status.sh and curl.sh were not tried")
	} else {
		ways["status.sh"], ways["curl.sh"] = []string{"sh", "status.sh"}, []string{"sh", "curl.sh"}
	}
	for name, words := range ways {
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Dir, cmd.Env = dir, environment
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "success") || !strings.Contains(string(out), "5") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
