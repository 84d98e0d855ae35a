package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"provost/partnercenter/extension"
)

// mfaReport asks for the report as a program does.
func mfaReport(t *testing.T, url string) extension.MFAReport {
	t.Helper()
	if servers > 1 {
		time.Sleep(1200 * time.Millisecond) // each writes what it has counted within a second
	}
	got := run(t, command(t, "mfa", "report", "-o", "json", "--server", url))
	var report extension.MFAReport
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || got.code != 0 {
		t.Fatalf("mfa report ended with %d: %q %q (%v)", got.code, got.stdout, got.stderr, err)
	}
	return report
}

// dial turns the demo world's dial.
func dial(t *testing.T, data, mode string, share int) {
	t.Helper()
	got := run(t, command(t, "world", "set", "demo", "--mfa", mode, "--mfa-share", strconv.Itoa(share), "--data", data))
	if got.code != 0 {
		t.Fatalf("world set ended with %d: %q %q", got.code, got.stdout, got.stderr)
	}
}

// Ada and Hana call without multifactor authentication while the dial is turned
// up; of a quarter of the users Hana is one.
func TestEnforcementIsRehearsedFromReportOverAShareToAll(t *testing.T) {
	data := t.TempDir()
	server := start(t, "dev", "--data", data, "--listen", "127.0.0.1:0")
	ada, hana := token(t, server.URL, "--no-mfa"), token(t, server.URL, "--role", "helpdesk-agent", "--no-mfa")
	var last extension.MFAReport
	for _, step := range []struct {
		mode                      string
		share                     int
		ada, hana                 int // the status of their calls
		calls                     int64
		adaRefused, hanaRefused   int64
		adaEnforced, hanaEnforced bool
	}{
		{"report", 100, 200, 200, 1, 0, 0, false, false},
		{"enforce", 25, 200, 401, 2, 0, 1, false, true},
		{"enforce", 100, 401, 401, 3, 1, 2, true, true},
		{"off", 100, 200, 200, 3, 1, 2, false, false},
	} {
		dial(t, data, step.mode, step.share)
		for bearer, want := range map[string]int{ada: step.ada, hana: step.hana} {
			if got := get(t, server.URL+documentsCustomer, bearer); got.status != want {
				t.Errorf("%s %d: %d, want %d: %s", step.mode, step.share, got.status, want, got.body)
			}
		}
		report := mfaReport(t, server.URL)
		if report.Mode != step.mode || report.Share != step.share || len(report.Items) != 2 || len(report.Others) != 0 {
			t.Fatalf("the report is %+v", report)
		}
		for i, want := range []extension.MFACalls{
			{UserPrincipalName: "ada@northlight.example", Refused: step.adaRefused, Enforced: step.adaEnforced},
			{UserPrincipalName: "hana@northlight.example", Refused: step.hanaRefused, Enforced: step.hanaEnforced},
		} {
			got := report.Items[i]
			if got.UserPrincipalName != want.UserPrincipalName || got.Calls != step.calls || got.Refused != want.Refused ||
				got.Enforced != want.Enforced || got.Route != "GET /v1/customers/{customer}" {
				t.Errorf("%s %d: item %d is %+v", step.mode, step.share, i, got)
			}
			if last.Items != nil && (got.FirstSeen != last.Items[i].FirstSeen || got.LastSeen.Before(last.Items[i].LastSeen.Time)) {
				t.Errorf("%s %d: seen from %v to %v, before from %v to %v", step.mode, step.share,
					got.FirstSeen, got.LastSeen, last.Items[i].FirstSeen, last.Items[i].LastSeen)
			}
		}
		last = report
	}
}

func TestMFAReportOutlivesAKillAndHoldsNoSecret(t *testing.T) {
	data, address := t.TempDir(), freeAddress(t)
	server := start(t, "dev", "--data", data, "--listen", address)
	weak := token(t, server.URL, "--no-mfa")
	get(t, server.URL+documentsStatus, weak)
	before := mfaReport(t, server.URL)
	server.kill()
	server = start(t, "dev", "--data", data, "--listen", address)
	after := mfaReport(t, server.URL)
	if len(before.Items) != 1 || len(after.Items) != 1 || before.Items[0] != after.Items[0] {
		t.Errorf("before the kill %+v, after it %+v", before.Items, after.Items)
	}
	table := run(t, command(t, "mfa", "report", "--server", server.URL))
	for _, want := range []string{"World demo: ", "ada@northlight.example", "GET /v1/customers/{customer}/subscriptions/{subscription}/provisioningstatus", "LAST SEEN"} {
		if table.code != 0 || !strings.Contains(table.stdout, want) {
			t.Errorf("the table ended with %d and lacks %s:\n%s", table.code, want, table.stdout)
		}
	}
	raw, _ := json.Marshal(after)
	told := string(raw) + table.stdout
	for _, file := range []string{"provost.db", "provost.db-wal"} {
		text, _ := os.ReadFile(filepath.Join(data, file))
		told += string(text)
	}
	signature := weak[strings.LastIndex(weak, ".")+1:]
	if strings.Contains(told, signature) || strings.Contains(string(raw)+table.stdout, "0c39d6d5") {
		t.Error("the report keeps a token, or whose customer was asked for")
	}
}

func TestMFAReportSaysWhatToDoNext(t *testing.T) {
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	for name, c := range map[string]struct {
		token string
		args  []string
		code  int
		says  string
	}{
		"a token without MFA": {token(t, server.URL, "--no-mfa"), nil, 1, "code 900421"},
		"a reseller's token":  {token(t, server.URL, "--role", "reseller"), nil, 1, "the report is the provider's"},
		"a sales agent's":     {token(t, server.URL, "--role", "sales-agent"), nil, 1, "code 900150"},
		"no such output":      {"", []string{"-o", "yaml"}, 2, "table, json"},
		"an argument":         {"", []string{"all"}, 2, "takes no arguments"},
		"world and token":     {"x.y.z", []string{"--world", "demo"}, 2, "--world"},
		"no such world":       {"", []string{"--world", "mars"}, 2, "demo"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(t, append([]string{"mfa", "report", "--server", server.URL}, c.args...)...)
			if c.token != "" {
				cmd.Env = append(cmd.Env, "PROVOST_TOKEN="+c.token)
			}
			if got := run(t, cmd); got.code != c.code || got.stdout != "" || !strings.Contains(got.stderr, c.says) {
				t.Errorf("ended with %d: %q %q; want %d, %q", got.code, got.stdout, got.stderr, c.code, c.says)
			}
		})
	}
	cmd := command(t, "mfa", "report")
	cmd.Env = append(cmd.Env, "PROVOST_URL="+server.URL, "PROVOST_TOKEN="+token(t, server.URL, "--role", "global-admin"))
	if got := run(t, cmd); got.code != 0 || !strings.Contains(got.stdout, "ada@northlight.example") {
		t.Errorf("a global admin's: %d %q %q", got.code, got.stdout, got.stderr)
	}
	got := run(t, command(t, "mfa", "report", "--server", "127.0.0.1:1"))
	if got.code != 1 || !strings.Contains(got.stderr, "start one with: "+binary+" dev") {
		t.Errorf("nobody there: %d %q", got.code, got.stderr)
	}
}
