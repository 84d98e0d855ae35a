package cli

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// clockDoor answers like a server and remembers what it was asked.
func clockDoor(t *testing.T, answer string) (url string, asked *[]string) {
	t.Helper()
	asked = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*asked = append(*asked, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")+" "+string(body)))
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

// runClock runs the command as a shell would.
func runClock(t *testing.T, args ...string) (string, error) {
	t.Helper()
	t.Setenv(tokenVariable, "a-token")
	t.Setenv(caVariable, "")
	cmd := NewClock()
	var text bytes.Buffer
	cmd.SetOut(&text)
	cmd.SetErr(io.Discard)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return text.String(), err
}

const stoppedClock = `{"world":"demo","kind":"development","now":"2026-03-02T10:07:30Z","real":"2026-03-02T09:00:00Z","frozen":true,"taken":0}`

func TestEachClockCommandAsksForOneThing(t *testing.T) {
	for words, want := range map[string]string{
		"show":                          `GET /provost/v1/clock Bearer a-token`,
		"advance PT16M":                 `POST /provost/v1/clock Bearer a-token {"advance":"PT16M"}`,
		"advance --to next-tick":        `POST /provost/v1/clock Bearer a-token {"advance":"next-tick"}`,
		"set 2027-03-02T01:00:00+01:00": `POST /provost/v1/clock Bearer a-token {"set":"2027-03-02T00:00:00Z"}`,
		"set 2027-03-02":                `POST /provost/v1/clock Bearer a-token {"set":"2027-03-02T00:00:00Z"}`,
		"freeze":                        `POST /provost/v1/clock Bearer a-token {"freeze":true}`,
		"resume":                        `POST /provost/v1/clock Bearer a-token {"resume":true}`,
	} {
		url, asked := clockDoor(t, stoppedClock)
		text, err := runClock(t, append(strings.Fields(words), "--server", url)...)
		if err != nil || len(*asked) != 1 || (*asked)[0] != want || !strings.Contains(text, "2026-03-02T10:07:30Z (stopped)") {
			t.Errorf("clock %s asked for %q and said %q (%v)", words, *asked, text, err)
		}
	}
}

func TestAClockCommandThatCannotBeMeantSaysWhatCould(t *testing.T) {
	for words, cure := range map[string]string{
		"back":                          "there is no command clock back",
		"advance":                       "provost clock advance PT16M",
		"advance PT1S --to next-tick":   "provost clock advance PT16M",
		"advance PT1S PT2S":             "PT16M",
		"advance --to tomorrow":         "provost clock set tomorrow",
		"set":                           "2027-03-02T00:00:00Z",
		"set soon":                      "2027-03-02T00:00:00Z",
		"show now":                      "no arguments",
		"freeze now":                    "no arguments",
		"resume -o yaml":                "table, json",
		"show --world demo -o json":     tokenVariable,
		"show --server ftp://x -o json": DefaultServer,
	} {
		url, asked := clockDoor(t, stoppedClock)
		t.Setenv(serverVariable, url)
		_, err := runClock(t, strings.Fields(words)...)
		var misused Misuse
		if !errors.As(err, &misused) || !strings.Contains(err.Error(), cure) || len(*asked) != 0 {
			t.Errorf("clock %s: %v, asked %q", words, err, *asked)
		}
	}
}

func TestTheClockReadsAsATable(t *testing.T) {
	at := func(minute, second int) partnercenter.Time {
		return partnercenter.At(time.Date(2026, 3, 2, 10, minute, second, 0, time.UTC))
	}
	steps := make([]extension.ClockStep, 41)
	for i := range steps {
		steps[i] = extension.ClockStep{At: at(9, 0), Kind: "step", Subject: "customer/change\x1b[31m"}
	}
	for name, c := range map[string]struct {
		clock extension.Clock
		want  string
	}{
		"stopped": {
			extension.Clock{World: "demo", Kind: "development", Now: at(7, 30), Real: at(0, 0), Frozen: true, NextTick: new(at(15, 0)), NextDue: new(at(7, 0))},
			`World      demo, development
Now        2026-03-02T10:07:30Z (stopped)
Real time  2026-03-02T10:00:00Z
Next tick  2026-03-02T10:15:00Z (in 7m30s)
Next due   2026-03-02T10:07:00Z (in 0s)
`},
		"after one step, where all shows at once": {
			extension.Clock{World: "demo", Kind: "production", Now: at(9, 0), Real: at(9, 0), Steps: steps[:1], Taken: 1},
			`World      demo, production
Now        2026-03-02T10:09:00Z
Real time  2026-03-02T10:09:00Z
Next due   nothing

1 step was taken
2026-03-02T10:09:00Z  step  change?[31m
`},
		"after more steps than a screen holds": {
			extension.Clock{World: "demo", Kind: "development", Now: at(9, 0), Real: at(9, 0), Steps: steps, Taken: 2041},
			`World      demo, development
Now        2026-03-02T10:09:00Z
Real time  2026-03-02T10:09:00Z
Next due   nothing

2041 steps were taken
` + strings.Repeat("2026-03-02T10:09:00Z  step  change?[31m\n", 40) + "and 2001 more (-o json lists the first 1,000)\n"},
	} {
		var text strings.Builder
		if err := printTable(&text, func(table io.Writer) { printClock(table, c.clock) }); err != nil {
			t.Fatal(err)
		}
		if text.String() != c.want {
			t.Errorf("%s it reads\n%s\nwant\n%s", name, text.String(), c.want)
		}
	}
}
