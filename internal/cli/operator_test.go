package cli

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"provost/partnercenter/extension"
)

// leave puts a provost dev's file in a new directory.
func leave(t *testing.T, content string) string {
	t.Helper()
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, extension.OperatorFile), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestOperatorsDoorIsFoundWhereItWasNamed(t *testing.T) {
	dev := leave(t, `{"url":"http://127.0.0.1:5000","key":"dev's"}`)
	t.Chdir(t.TempDir())
	for name, c := range map[string]struct {
		args      []string
		url, key  string
		variable  string // PROVOST_DATA
		base, has string
		says      string
	}{
		"nothing at all":           {says: "provost operator key create NAME --database FILE"},
		"a key alone":              {key: "k", base: DefaultOperator, has: "k"},
		"the environment":          {url: "http://shop.example:1", key: "k", base: "http://shop.example:1", has: "k"},
		"a flag over it":           {args: []string{"--operator", "other.example"}, url: "http://shop.example:1", key: "k", base: "http://other.example", has: "k"},
		"a door without a key":     {args: []string{"--operator", "http://shop.example"}, says: keyVariable},
		"a dev's directory":        {args: []string{"--data", dev}, base: "http://127.0.0.1:5000", has: "dev's"},
		"it wins over variables":   {args: []string{"--data", dev}, url: "http://shop.example", key: "k", base: "http://127.0.0.1:5000", has: "dev's"},
		"a dev's by the variable":  {variable: dev, base: "http://127.0.0.1:5000", has: "dev's"},
		"a dev's door by its URL":  {args: []string{"--operator", "http://127.0.0.1:5000/"}, variable: dev, base: "http://127.0.0.1:5000", has: "dev's"},
		"its key for nobody else":  {args: []string{"--operator", "http://evil.example"}, variable: dev, says: keyVariable},
		"variables win over a dev": {variable: dev, key: "k", base: DefaultOperator, has: "k"},
		"a directory without":      {args: []string{"--data", "nowhere"}, says: "start it with --data nowhere"},
		"a door and a directory":   {args: []string{"--data", dev, "--operator", "http://x.example"}, says: "leave one of them out"},
		"no address":               {args: []string{"--operator", "ftp://x"}, key: "k", says: DefaultOperator},
		"a file of another kind":   {args: []string{"--data", leave(t, `[]`)}, says: "not what provost dev writes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(operatorVariable, c.url)
			t.Setenv(keyVariable, c.key)
			t.Setenv(dataVariable, c.variable)
			t.Setenv(caVariable, "")
			cmd := &cobra.Command{}
			addOperatorFlags(cmd)
			if err := cmd.ParseFlags(c.args); err != nil {
				t.Fatal(err)
			}
			door, err := connectOperator(cmd)
			if c.says != "" {
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("it said %v; want %q", err, c.says)
				}
				return
			}
			if err != nil || door.base != c.base || door.bearer != c.has {
				t.Errorf("found %+v (%v)", door, err)
			}
		})
	}
}

// Where nothing is named, the server is the one of the directory while it runs.
func TestServerIsFoundByTheDataOfARunningDev(t *testing.T) {
	t.Chdir(t.TempDir())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	data := leave(t, `{"url":"`+address+`","key":"dev's"}`)
	found := func(args ...string) string {
		t.Helper()
		cmd := &cobra.Command{}
		addServerFlag(cmd)
		if err := cmd.ParseFlags(args); err != nil {
			t.Fatal(err)
		}
		server, err := connect(cmd)
		if err != nil {
			t.Fatal(err)
		}
		return server.base
	}
	for _, variable := range []string{serverVariable, caVariable, dataVariable} {
		t.Setenv(variable, "")
	}
	if got := found(); got != DefaultServer {
		t.Errorf("without data it is %s", got)
	}
	t.Setenv(dataVariable, data)
	if got := found(); got != address {
		t.Errorf("of a running dev it is %s, want %s", got, address)
	}
	if got := found("--server", "http://named.example"); got != "http://named.example" {
		t.Errorf("the flag does not win: %s", got)
	}
	listener.Close()
	if got := found(); got != DefaultServer {
		t.Errorf("of one that has ended it is %s", got)
	}
	t.Setenv(serverVariable, "http://named.example")
	if got := found(); got != "http://named.example" {
		t.Errorf("the variable does not win: %s", got)
	}
}

func TestWhatSomeoneMayIsSaidInFewWords(t *testing.T) {
	all := []string{"GET /v1/customers/{customer}", "GET /v1/customers/{customer}/orders", "GET /v1/customers/{customer}/x"}
	for want, allowed := range map[string][]string{
		"every call":                  all,
		"every call but GET …/x":      all[:2],
		"GET …":                       all[:1],
		"every call but GET …":        all[1:],
		"GET …/orders":                all[1:2],
		"every call but GET …/orders": {all[0], all[2]},
		"GET …/x":                     all[2:],
	} {
		if got := may(allowed, all); got != want {
			t.Errorf("%v is said as %q, want %q", allowed, got, want)
		}
	}
}

func TestUntilIsADayOrAnInstant(t *testing.T) {
	for text, want := range map[string]string{
		"2027-01-01":                "2027-01-01T00:00:00Z",
		"2027-01-01T12:00:00Z":      "2027-01-01T12:00:00Z",
		"2027-01-01T12:00:00+02:00": "2027-01-01T10:00:00Z",
	} {
		if got, err := readUntil(text); err != nil || got.Format("2006-01-02T15:04:05Z07:00") != want {
			t.Errorf("%s is %v (%v)", text, got, err)
		}
	}
	for _, text := range []string{"tomorrow", "2027-13-01", "2027-01-01 12:00"} {
		if _, err := readUntil(text); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

func TestChangesAreToldByName(t *testing.T) {
	got := changed(extension.OperatorAct{
		Before: map[string]string{"mfa": "off", "gone": "x", "same": "y"},
		After:  map[string]string{"mfa": "enforce", "new": "z", "same": "y"},
	})
	if want := "gone was x, mfa off → enforce, new z"; got != want {
		t.Errorf("told as %q, want %q", got, want)
	}
}

func TestAdvisedCommandsGoToTheSameDoorByTheSameProgram(t *testing.T) {
	root := &cobra.Command{Use: "provost", Annotations: map[string]string{Program: "go run ./cmd/provost"}}
	cmd := &cobra.Command{Use: "list", Run: func(*cobra.Command, []string) {}}
	root.AddCommand(cmd)
	addOperatorFlags(cmd)
	if got, want := advised(cmd, "world list"), "go run ./cmd/provost world list"; got != want {
		t.Errorf("advised %s, want %s", got, want)
	}
	if err := cmd.ParseFlags([]string{"--data", "a shop", "--ca", "ca.pem"}); err != nil {
		t.Fatal(err)
	}
	if got, want := advised(cmd, "world list"), "go run ./cmd/provost world list --data 'a shop' --ca ca.pem"; got != want {
		t.Errorf("advised %s, want %s", got, want)
	}
	if got, want := HelpOf(cmd), "go run ./cmd/provost list --help"; got != want {
		t.Errorf("its help is %s, want %s", got, want)
	}
}
