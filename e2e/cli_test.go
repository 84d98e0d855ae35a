package e2e_test

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// shell speaks to one server from the command line.
type shell struct {
	t      *testing.T
	server *process
	env    []string
}

func newShell(t *testing.T, args ...string) shell {
	t.Helper()
	s := shell{t: t, server: start(t, append([]string{"dev", "--data", t.TempDir(), "--listen", "127.0.0.1:0"}, args...)...)}
	s.env = []string{"PROVOST_URL=" + s.server.URL, "PROVOST_CONFIG_DIR=" + t.TempDir()}
	return s
}

func (s shell) command(args ...string) *exec.Cmd {
	s.t.Helper()
	cmd := command(s.t, args...)
	cmd.Env = append(cmd.Env, s.env...)
	return cmd
}

func (s shell) run(args ...string) outcome {
	s.t.Helper()
	return run(s.t, s.command(args...))
}

// ok is what a command says that is to succeed.
func (s shell) ok(args ...string) string {
	s.t.Helper()
	got := s.run(args...)
	if got.code != 0 {
		s.t.Fatalf("provost %s ended with %d: %s%s", strings.Join(args, " "), got.code, got.stdout, got.stderr)
	}
	return got.stdout
}

// simulate says how what is bought from now on is delivered.
func (s shell) simulate(script string) {
	s.t.Helper()
	data := s.server.cmd.Args[3]
	if got := run(s.t, command(s.t, "world", "set", "demo", "--data", data, "--simulate", basicOffer+"="+script)); got.code != 0 {
		s.t.Fatalf("world set ended with %d: %s", got.code, got.stderr)
	}
}

func (s shell) buys(seats string) string {
	s.t.Helper()
	return strings.TrimSpace(s.ok("orders", "create", "cf6f4266", "--offer", "CFQ7TTC0LH18:0001:CFQ7TTC725M4", "--quantity", seats, "--term", "P1Y", "-o", "name"))
}

var readmeCall = regexp.MustCompile("(?s)## The same call in C#, Go, a terminal and curl\n(.*?)\n## ")

// The README shows one call four times; three of them can be run here, as they
// are printed but for the port and the name of the binary.
func TestStatusCallOfTheReadmeInGoTerminalAndCurl(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil || runtime.GOOS == "windows" {
		t.Skip("no curl and sh here: the README's call was not tried")
	}
	s := newShell(t)
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	section := readmeCall.FindStringSubmatch(string(text))
	if section == nil {
		t.Fatal("the README has no such section")
	}
	blocks := map[string][]string{}
	for _, found := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(section[1], -1) {
		blocks[found[1]] = append(blocks[found[1]], found[2])
	}
	const official = "var provisioningStatus = partnerOperations.Customers.ById(customerId).Subscriptions.ById(subscriptionID).ProvisioningStatus.Get();\n"
	if len(blocks["csharp"]) != 1 || blocks["csharp"][0] != official || len(blocks["go"]) != 1 || len(blocks["sh"]) != 2 || len(blocks["text"]) != 1 {
		t.Fatalf("the section has %v", blocks)
	}
	if said := ran(t, s.server, blocks["go"][0]); said != "success 5\n" {
		t.Errorf("in Go it says %q", said)
	}
	for i, want := range []string{blocks["text"][0], `{"skuId":"6FD2C87F-B296-42F0-B197-1E91E994B900","status":"success","quantity":5,`} {
		line := strings.NewReplacer("go run ./cmd/provost", binary, "http://127.0.0.1:4177", s.server.URL, "curl ", "curl --silent --show-error --fail ").Replace(blocks["sh"][i])
		cmd := s.command()
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", line}
		if got := run(t, cmd); got.code != 0 || !strings.HasPrefix(got.stdout, want) {
			t.Errorf("%s says %q (%d, %s), want %q", blocks["sh"][i], got.stdout, got.code, got.stderr, want)
		}
	}
}

func TestExitCodeSaysHowAWaitEnded(t *testing.T) {
	s := newShell(t)
	for name, c := range map[string]struct {
		script string
		args   []string
		code   int
		says   string
	}{
		"all of it is there":   {"all at +1s", nil, 0, ""},
		"some never will be":   {"3 at +1s; 2 fail at +2s because no licences are left", nil, 3, "the order is partial"},
		"none of it ever will": {"all fail at +1s because no licences are left", nil, 3, "the order is unfulfilled"},
		"it takes too long":    {"all at +1h", []string{"--timeout", "2s"}, 4, "not done within 2s: pending"},
	} {
		t.Run(name, func(t *testing.T) {
			s := s
			s.t = t
			s.simulate(c.script)
			id := s.buys("5")
			if now := s.run("orders", "status", "cf6f", id); unseen == 0 && (now.code != 0 || !strings.Contains(now.stdout, "prefulfillmentPending")) {
				t.Errorf("at once it says %d %s %s", now.code, now.stdout, now.stderr)
			}
			got := s.run(append([]string{"orders", "status", "cf6f", id, "--wait"}, c.args...)...)
			if got.code != c.code || !strings.Contains(got.stderr, c.says) || c.says == "" && got.stderr != "" || (c.code != 4) != (got.stdout != "") {
				t.Errorf("it ended with %d: %s, %s", got.code, got.stdout, got.stderr)
			}
		})
	}
	for _, args := range [][]string{
		{"orders", "status", "cf6f", "000000000000", "--wait"},
		{"subscriptions", "status", "0c39", "aaaa0a0a-bb1b-cc2c-dd3d-000000000000", "--wait"},
	} {
		if got := s.run(args...); got.code != 1 || !strings.Contains(got.stderr, "correlation") {
			t.Errorf("%v ended with %d: %s", args, got.code, got.stderr)
		}
	}
	if got := s.run("subscriptions", "status", "0c39", "aaaa", "--wait"); got.code != 0 || !strings.Contains(got.stdout, "success") {
		t.Errorf("what is provisioned: %d %s %s", got.code, got.stdout, got.stderr)
	}
	if got := s.ok("subscriptions", "status", "0c39", "aaaa", "087d", "--fields", "subscriptionId,status"); !strings.HasPrefix(got, "SUBSCRIPTIONID ") {
		t.Errorf("members of two: %s", got)
	}
	several := s.ok("subscriptions", "status", "0c39", "aaaa", "087d", "-o", "json")
	if strings.Count(several, `"subscriptionId"`) != 2 || strings.Count(several, `"status"`) != 2 {
		t.Errorf("two at once: %s", several)
	}
	for code, others := range map[int][]string{0: {"087d"}, 1: {"087d", "aaaa0a0a-bb1b-cc2c-dd3d-000000000000"}} {
		got := s.run(append([]string{"subscriptions", "status", "0c39", "aaaa", "--wait", "--timeout", "9s"}, others...)...)
		if got.code != code || strings.Count(got.stdout, "success") != 2 || strings.Contains(got.stdout, "ERROR") != (code == 1) || strings.Contains(got.stdout, "not found") != (code == 1) {
			t.Errorf("with %v: %d %s %s", others, got.code, got.stdout, got.stderr)
		}
	}
	if got := s.run("subscriptions", "status", "0c39", "aaaa", "--timeout", "1s"); got.code != 2 {
		t.Errorf("a timeout without a wait: %d %s", got.code, got.stderr)
	}
}

// Somebody moves the clock while somebody else waits for an hour to pass.
func TestWhatCannotBeMeantIsToldBeforeACall(t *testing.T) {
	s := shell{t: t, env: []string{"PROVOST_CONFIG_DIR=" + t.TempDir(), "PROVOST_URL=http://127.0.0.1:1", "PROVOST_TOKEN=x"}}
	order := []string{"orders", "status", books, "34828C05-C16C-4D6F-9CFC-4D2650EF19A1"}
	two := []string{"subscriptions", "status", books, "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e", "087dc33e-4171-4091-8b43-9321bcd753fd"}
	for says, args := range map[string][]string{
		"no time to wait":                                           append(order, "--wait", "--timeout", "0"),
		"--timeout -5s is no time to wait":                          append(two, "--wait", "--timeout=-5s"),
		"--timeout bounds a wait":                                   append(two, "--timeout", "5s"),
		"lineItems of the order takes a list, and was given number": {"orders", "create", books, "--set", "lineItems=5"},
		"--file: - holds no object, in JSON or YAML":                {"orders", "create", books, "--file", "-"},
	} {
		if got := s.run(args...); got.code != 2 || !strings.Contains(got.stderr, says) || strings.Contains(got.stderr, "nil") {
			t.Errorf("%v ended with %d: %s", args, got.code, got.stderr)
		}
	}
}

// A service that takes a request and says nothing does not keep a wait for longer
// than it was to last.
func TestWaitEndsInTimeThoughTheServiceIsSilent(t *testing.T) {
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer door.Close()
	s := shell{t: t, env: []string{"PROVOST_CONFIG_DIR=" + t.TempDir(), "PROVOST_URL=http://" + door.Addr().String(), "PROVOST_TOKEN=x"}}
	began := time.Now()
	got := s.run("orders", "status", books, "34828C05-C16C-4D6F-9CFC-4D2650EF19A1", "--wait", "--timeout", "1s")
	if took := time.Since(began); got.code != 1 || !strings.Contains(got.stderr, "no answer") || took > 10*time.Second {
		t.Errorf("it ended with %d after %s: %s", got.code, took, got.stderr)
	}
}

func TestWaitSeesAnAdvancedClock(t *testing.T) {
	s := newShell(t)
	s.simulate("all at +1h")
	id := s.buys("4")
	waiting := s.command("orders", "status", "cf6f", id, "--wait", "-o", "json")
	watching := s.command("orders", "status", "cf6f", id, "--watch", "--wait")
	ends := make(chan outcome, 2)
	for _, cmd := range []*exec.Cmd{waiting, watching} {
		go func() { ends <- run(t, cmd) }()
	}
	time.Sleep(1500 * time.Millisecond)
	s.ok("clock", "advance", "PT2H")
	for range 2 {
		got := <-ends
		if got.code != 0 || !strings.Contains(got.stdout, "fulfilled") {
			t.Errorf("it ended with %d: %s %s", got.code, got.stdout, got.stderr)
		}
		if strings.Contains(got.stdout, "\x1b") {
			t.Errorf("a pipe gets what only a terminal understands: %q", got.stdout)
		}
	}
}

func TestCommandsDoWhatTheClientCan(t *testing.T) {
	s := newShell(t)
	s.simulate("all at +1s")
	id := s.buys("5")
	s.ok("orders", "status", "cf6f", id, "--wait")
	sub := strings.TrimSpace(s.ok("subscriptions", "list", "cf6f", "--order", id, "-o", "name"))
	s.ok("clock", "advance", "--to", "next-tick")
	if got := s.ok("subscriptions", "patch", "cf6f", sub, "--quantity", "7", "--set", "friendlyName=Drawing office", "--fields", "quantity,friendlyName", "-o", "json"); !strings.Contains(got, `"quantity": 7`) || !strings.Contains(got, `"friendlyName": "Drawing office"`) {
		t.Errorf("patched: %s", got)
	}
	if got := s.run("subscriptions", "patch", "cf6f", sub, "--set", "quantty=8"); got.code != 2 || !strings.Contains(got.stderr, `"quantty"`) || !strings.Contains(got.stderr, "quantity") {
		t.Errorf("a member that is not there: %d %s", got.code, got.stderr)
	}
	for _, mistake := range []struct{ flag, value, says string }{
		{"--quantity", "0", "1 or more"}, {"--set", "quantity=0", "1 or more"}, {"--quantity", "ten", `whole number, and was given "ten"`}, {"--fields", "nope", "there are: id, "},
		{"--fields", "refundOptions.nope", "in refundOptions there are: refundOptions.type"}, {"-o", "json", "say what to change"},
	} {
		if got := s.run("subscriptions", "patch", "cf6f", sub, mistake.flag, mistake.value); got.code != 2 || !strings.Contains(got.stderr, mistake.says) || len(got.stderr) > 1000 {
			t.Errorf("patch %s %s: %d %s", mistake.flag, mistake.value, got.code, got.stderr)
		}
	}
	for _, none := range [][]string{{"orders", "create", "cf6f", "--offer"}, {"carts", "create", "cf6f", "--item"}} {
		if got := s.run(append(none, "CFQ7TTC0LH18:0001:CFQ7TTC725M4", "--quantity", "0")...); got.code != 2 || !strings.Contains(got.stderr, "1 or more") {
			t.Errorf("%v nothing: %d %s", none, got.code, got.stderr)
		}
	}
	if got := s.run("orders", "create", "cf6f", "--offer", "nonsense"); got.code != 1 || !strings.Contains(got.stderr, "availabilities list") {
		t.Errorf("an offer that is none: %d %s", got.code, got.stderr)
	}
	wrapped := s.command("customers", "list")
	wrapped.Env = append(wrapped.Env, "PROVOST_TOKEN=aa.bb\ncc.dd")
	if got := run(t, wrapped); got.code != 2 || !strings.Contains(got.stderr, "pasted in two lines") || strings.Contains(got.stderr, "bb") {
		t.Errorf("a token that a terminal had wrapped: %d %s", got.code, got.stderr)
	}
	cart := strings.TrimSpace(s.ok("carts", "create", "cf6f", "--item", "CFQ7TTC0LH18:0001:CFQ7TTC725M4", "--quantity", "2", "--term", "P1Y", "--cycle", "monthly", "-o", "name"))
	s.ok("carts", "patch", "cf6f", cart, "--set", "lineItems.0.quantity=3")
	bought := strings.TrimSpace(s.ok("carts", "checkout", "cf6f", cart, "-o", "name"))
	if got := s.ok("orders", "get", "cf6f", bought, "--price", "-o", "yaml"); !strings.Contains(got, "quantity: 3") || !strings.Contains(got, "totalPrice") {
		t.Errorf("the cart's order: %s", got)
	}
	s.ok("customers", "billing", "patch", "cf6f", "--set", "defaultAddress.city=Tacoma")
	if got := s.ok("customers", "billing", "get", "cf6f"); !strings.Contains(got, "Tacoma") {
		t.Errorf("the billing profile: %s", got)
	}
	made := s.ok("customers", "create", "--name", "Quay Lamps", "--domain", "quaylamps.onmicrosoft.com", "--country", "US", "--email", "q@quay.example",
		"--first-name", "Quentin", "--last-name", "Lamp", "--address", "1 Quay", "--city", "Seattle", "--state", "WA", "--postal-code", "98101", "--phone", "2065550100")
	if !strings.Contains(made, "PASSWORD") || !strings.Contains(made, "Quay Lamps") {
		t.Errorf("the new customer: %s", made)
	}
	for _, args := range [][]string{
		{"customers", "get", "0c39"}, {"customers", "company", "get", "0c39"}, {"subscriptions", "addons", "0c39", "aaaa"}, {"orders", "list", "0c39", "-o", "wide"},
		{"products", "list"}, {"products", "get", "CFQ7TTC0LH18"}, {"skus", "list", "CFQ7TTC0LH18", "--customer", "0c39"}, {"skus", "get", "CFQ7TTC0LH18", "0001"},
		{"availabilities", "list", "CFQ7TTC0LH18", "0001"}, {"availabilities", "get", "CFQ7TTC0LH18", "0001", "CFQ7TTC725M4"}, {"agreements", "list", "0c39"},
		{"domains", "check", "quaylamps.onmicrosoft.com"}, {"audit", "list", "--customer", "cf6f"}, {"call", "GET", "/provost/v1/clock"},
	} {
		if got := s.ok(args...); got == "" {
			t.Errorf("%v says nothing", args)
		}
	}
}

func TestOutputsAreForPeopleAndPrograms(t *testing.T) {
	s := newShell(t)
	var list struct {
		TotalCount int `json:"totalCount"`
		Items      []struct {
			ID             string `json:"id"`
			CompanyProfile struct {
				CompanyName string `json:"companyName"`
				Domain      string `json:"domain"`
			} `json:"companyProfile"`
		} `json:"items"`
	}
	one := s.ok("customers", "list", "-o", "json", "--fields", "companyProfile.companyName,id")
	if err := json.Unmarshal([]byte(one), &list); err != nil || list.TotalCount != 10 || len(list.Items) != 10 || list.Items[0].CompanyProfile.Domain != "" || list.Items[0].ID == "" {
		t.Errorf("%v: %s", err, one)
	}
	if again := s.ok("customers", "list", "-o", "json", "--fields", "companyProfile.companyName,id"); again != one {
		t.Errorf("the same call says\n%s, and then\n%s", one, again)
	}
	if names := strings.Fields(s.ok("customers", "list", "-o", "name", "--limit", "3")); len(names) != 3 || names[0] != list.Items[0].ID {
		t.Errorf("the names are %v", names)
	}
	if got := s.ok("subscriptions", "status", "0c39", "aaaa", "-o", "yaml"); !strings.Contains(got, "\nendDate: \"2018-05-10T00:00:00Z\"\n") && !strings.Contains(got, "endDate: 2018") {
		t.Errorf("as YAML: %s", got)
	}
	table := s.ok("customers", "list", "--fields", "companyProfile.companyName")
	if lines := strings.Split(table, "\n"); lines[0] != "COMPANYPROFILE.COMPANYNAME" || lines[1] != "Harbour Lane Books" || strings.Contains(table, "\x1b") {
		t.Errorf("the table is %q", table)
	}
	if got := s.run("customers", "list", "--fields", "nme"); got.code != 2 || !strings.Contains(got.stderr, "companyProfile, ") || !strings.Contains(got.stderr, "companyProfile.tenantId") {
		t.Errorf("a field that is not there: %d %s", got.code, got.stderr)
	}
}

func TestBeginningOfAnIDIsEnoughWhereItIsTheOnlyOne(t *testing.T) {
	s := newShell(t)
	if got := s.run("customers", "get", "zz", "--server", s.server.URL); !strings.Contains(got.stderr, "customers list --server "+s.server.URL) {
		t.Errorf("it advises: %s", got.stderr)
	}
	if got := s.ok("customers", "get", "0C39", "-o", "name"); strings.TrimSpace(got) != books {
		t.Errorf("0C39 is %s", got)
	}
	got := s.run("customers", "get", "b")
	if got.code != 2 || !strings.Contains(got.stderr, "more than one customer") || !strings.Contains(got.stderr, "baba9812-1316-443a-a13f-de7519ba2198  K\u014dyama Optics") || !strings.Contains(got.stderr, "b09e8c50") {
		t.Errorf("b: %d %s", got.code, got.stderr)
	}
	if got := s.run("customers", "get", "zz"); got.code != 2 || !strings.Contains(got.stderr, "customers list") {
		t.Errorf("zz: %d %s", got.code, got.stderr)
	}
	completed := s.ok("__complete", "subscriptions", "status", "0c39", "a")
	if !strings.Contains(completed, "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e\tOffice 365 Enterprise E3") || strings.Contains(completed, "087dc33e") {
		t.Errorf("completed: %s", completed)
	}
	if first := s.ok("__complete", "subscriptions", "status", "0c"); !strings.HasPrefix(first, books+"\tHarbour Lane Books\n") {
		t.Errorf("completed: %s", first)
	}
	if third := s.ok("__complete", "subscriptions", "status", "0c39", "aaaa", "0"); !strings.HasPrefix(third, "087dc33e") {
		t.Errorf("completed: %s", third)
	}
	for name, has := range map[string]string{"bash": "__start_provost", "zsh": "#compdef provost", "fish": "complete -c provost", "powershell": "Register-ArgumentCompleter"} {
		if got := s.ok("completion", name); !strings.Contains(got, has) {
			t.Errorf("completion %s: %.200s", name, got)
		}
	}
}

func TestCurlIsPrintedWithoutTheTokenAndWorks(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil || runtime.GOOS == "windows" {
		t.Skip("no curl and sh here: printed requests were not tried")
	}
	s := newShell(t)
	read := s.ok("subscriptions", "status", "0c39", "aaaa", "--curl")
	write := s.ok("subscriptions", "patch", "0c39", "aaaa", "--set", "friendlyName=It's ours", "--curl")
	if strings.Contains(read+write, "Bearer eyJ") || !strings.Contains(read, "$("+binary+" token --server "+s.server.URL+")") {
		t.Errorf("they are %s%s", read, write)
	}
	if now := s.ok("subscriptions", "get", "0c39", "aaaa", "--fields", "friendlyName", "-o", "json"); strings.Contains(now, "ours") {
		t.Errorf("it was sent: %s", now)
	}
	for text, want := range map[string]string{read: `"status":"success"`, write: `"friendlyName":"It's ours"`} {
		cmd := s.command()
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", strings.Replace(text, "curl", "curl --silent --show-error --fail", 1)}
		if got := run(t, cmd); got.code != 0 || !strings.Contains(got.stdout, want) {
			t.Errorf("%s says %s (%d, %s)", text, got.stdout, got.code, got.stderr)
		}
	}
	if got := s.ok("subscriptions", "status", "0c39", "aaaa", "087d", "--wait", "--curl"); strings.Count(got, "provisioningstatus\n") != 2 || strings.Count(got, "curl") != 2 || strings.Contains(got, "STATUS") {
		t.Errorf("of two that are waited for: %s", got)
	}
	s.server.kill()
	if got := s.ok("customers", "list", "--curl"); !strings.Contains(got, s.server.URL+"/v1/customers") {
		t.Errorf("without a server: %s", got)
	}
}

func TestRefusalSaysWhatToTryAndItsCorrelationID(t *testing.T) {
	s := newShell(t)
	bearer := token(t, s.server.URL, "--role", "sales-agent")
	sales := s
	sales.env = append(sales.env[:len(sales.env):len(sales.env)], "PROVOST_TOKEN="+bearer)
	got := sales.run("orders", "status", books, "34828C05-C16C-4D6F-9CFC-4D2650EF19A1")
	for _, want := range []string{"The caller's role does not allow this operation.\n", "GET /v1/customers/" + books + "/orders/", "code         403 Forbidden, code 900150\n", "try          ", "correlation  "} {
		if !strings.Contains(got.stderr, want) {
			t.Errorf("it says %s, want %q", got.stderr, want)
		}
	}
	s.server.kill()
	gone := s.run("customers", "list")
	if gone.code != 1 || !strings.HasPrefix(gone.stderr, "provost: no server answers at "+s.server.URL) || !strings.Contains(gone.stderr, binary+" dev") {
		t.Errorf("without a server: %d %s", gone.code, gone.stderr)
	}
}

var (
	httpLine  = regexp.MustCompile(`(?m)^//\t((?:GET|POST|PATCH|PUT|DELETE|HEAD) /v1/\S+)$`)
	curlVerb  = regexp.MustCompile(`(?m)^  -X (\S+) |^  (--head) `)
	curlPlace = regexp.MustCompile(`(/v1/[^\s?']+)\S*\n$`)
)

// Every HTTP line of the client's methods is that of a command.
func TestCommandLineMakesEveryCallOfTheClient(t *testing.T) {
	s := newShell(t)
	sources, err := filepath.Glob("../partnercenter/*.go")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range httpLine.FindAllStringSubmatch(string(text), -1) {
			want[found[1]] = true
		}
	}
	if len(want) < 35 {
		t.Fatalf("the client makes only %d calls", len(want))
	}
	const sub, order, item = "3753aaa9-bbac-46e8-91e7-7415a3272d64", "55be48b3ad82", "CFQ7TTC0LH18:0001:CFQ7TTC725M4"
	cart := strings.TrimSpace(s.ok("carts", "create", finch, "--item", item, "--term", "P1Y", "--cycle", "monthly", "-o", "name"))
	made := map[string]bool{}
	for _, line := range []string{
		"customers list", "customers get F", "customers create --name x", "customers patch F --set relationshipToPartner=none", "customers delete F",
		"customers company get F", "customers billing get F", "customers billing patch F --set firstName=Ann", "agreements list F", "agreements create F --template x", "domains check x",
		"subscriptions list F", "subscriptions get F S", "subscriptions patch F S --quantity 30", "subscriptions addons F S", "subscriptions status F S",
		"orders list F", "orders get F O", "orders create F --offer " + item, "orders patch F O --set billingCycle=annual", "orders status F O",
		"carts create F --item " + item, "carts get F C", "carts patch F C --set lineItems.0.quantity=2", "carts checkout F C", "audit list",
		"products list", "products get CFQ7TTC0LH18", "skus list CFQ7TTC0LH18", "skus get CFQ7TTC0LH18 0001", "availabilities list CFQ7TTC0LH18 0001", "availabilities get CFQ7TTC0LH18 0001 CFQ7TTC725M4",
		"products list --customer F", "products get CFQ7TTC0LH18 --customer F", "skus list CFQ7TTC0LH18 --customer F", "skus get CFQ7TTC0LH18 0001 --customer F",
		"availabilities list CFQ7TTC0LH18 0001 --customer F", "availabilities get CFQ7TTC0LH18 0001 CFQ7TTC725M4 --customer F",
	} {
		var args []string
		for _, word := range strings.Fields(line) {
			if whole := map[string]string{"F": finch, "S": sub, "O": order, "C": cart}[word]; whole != "" {
				word = whole
			}
			args = append(args, word)
		}
		curl := s.ok(append(args, "--curl")...)
		verb := "GET"
		if found := curlVerb.FindStringSubmatch(curl); found != nil {
			verb = strings.Replace(found[1]+found[2], "--head", "HEAD", 1)
		}
		place := curlPlace.FindStringSubmatch(curl)
		if place == nil {
			t.Fatalf("%s prints %s", line, curl)
		}
		made[verb+" "+strings.NewReplacer(finch, "{customer}", sub, "{subscription}", order, "{order}", cart, "{cart}", "CFQ7TTC0LH18", "{product}",
			"/0001", "/{sku}", "CFQ7TTC725M4", "{availability}", "domains/x", "domains/{domain}").Replace(place[1])] = true
	}
	for call := range want {
		if !made[call] {
			t.Errorf("no command makes %s", call)
		}
	}
	for call := range made {
		if !want[call] {
			t.Errorf("%s is no call of the client's", call)
		}
	}
}
