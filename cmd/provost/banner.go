package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"provost/internal/cli"
	"provost/internal/server"
)

// firstCall is the documents' own subscription: what its status is.
const firstCall = "/v1/customers/0c39d6d5-c70d-4c55-bc02-f620844f3fd1/subscriptions/aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e/provisioningstatus"

// devBanner is what a development server says when it is there.
func devBanner(s *server.Server, settings server.Settings) string {
	url, token, curl := s.URL(), s.InCommands("provost token"), "curl"
	if ca := s.CAFile(); ca != "" {
		curl += " --cacert " + cli.ShellWord(ca)
	}
	kept := "the shop of an earlier start is there again"
	if s.DemoIsNew() {
		kept = "a new demo shop"
	}
	data := settings.Data
	if absolute, err := filepath.Abs(data); err == nil {
		data = absolute
	}
	if settings.Ephemeral {
		kept += ", gone when this server stops"
	}
	lines := []string{
		"Provost listens on " + url,
		"",
		"Ask it for a provisioning status:",
		"",
		fmt.Sprintf(`  %s -H "Authorization: Bearer $(%s)" %s%s`, curl, token, url, firstCall),
		"",
		"The same in PowerShell:",
		"",
		fmt.Sprintf(`  Invoke-RestMethod -Headers @{ Authorization = "Bearer $(%s)" } %s%s`, forPowerShell(token), url, firstCall),
		"",
	}
	if ca := s.CAFile(); ca != "" {
		lines = append(append(lines, trustLines(ca, runtime.GOOS)...), "")
	}
	lines = append(lines, "Calls  "+url+"/docs")
	if public := s.PublicURL(); public != url {
		lines = append(lines, "Public "+public+" (what its tokens and discovery name)")
	}
	if database := s.SharedDatabase(); database != "" {
		lines = append(lines, "Shop   "+database+" ("+kept+")", "Data   "+data+" (its keys)", "")
	} else {
		lines = append(lines, "Data   "+data+" ("+kept+")", "")
	}
	return strings.Join(lines, "\n") + "\n"
}

// serveBanner ends with where health and metrics are. Without an operator's key
// nobody could make a world: then it says how one is made.
func serveBanner(s *server.Server, needsKey bool) string {
	var hint string
	if needsKey {
		hint = s.KeyHint()
	}
	where := "Provost listens on " + s.URL() + "\n"
	if public := s.PublicURL(); public != s.URL() {
		where += "Callers find it at " + public + "\n"
	}
	if strings.HasPrefix(s.URL(), "http://") {
		where += "It speaks plain http: a TLS proxy must stand in front of what others reach,\nor start it with --tls-cert and --tls-key.\n"
	}
	return where + hint + "Health and metrics on " + s.OperatorURL() + "\n"
}

// ourselves is how this program was started, so that what is printed works when
// pasted: by the Go tool, by its name on the path, or by its place.
func ourselves() string {
	program, err := os.Executable()
	if err != nil {
		return "provost"
	}
	if builtForOneRun(program) {
		if _, err := os.Stat(filepath.Join("cmd", "provost", "main.go")); err == nil {
			return "go run ./cmd/provost"
		}
		if info, ok := debug.ReadBuildInfo(); ok {
			return "go run " + info.Path
		}
	}
	name := strings.TrimSuffix(filepath.Base(program), ".exe")
	if onPath, err := exec.LookPath(name); err == nil && sameFile(onPath, program) {
		return name
	}
	if runtime.GOOS == "windows" {
		return `& "` + program + `"`
	}
	return cli.ShellWord(program)
}

// The Go tool runs what it built from a work directory, and the next time from
// its cache.
var oneRun = regexp.MustCompile(`^go-build\d*$|^[0-9a-f]{64}-d$`)

func builtForOneRun(program string) bool {
	return slices.ContainsFunc(strings.Split(filepath.ToSlash(filepath.Dir(program)), "/"), oneRun.MatchString)
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// forPowerShell makes a quoted program one that PowerShell calls.
func forPowerShell(command string) string {
	if strings.HasPrefix(command, "'") {
		return "& " + command
	}
	return command
}

// curable says what to do about an error that only another command line
// cures.
func curable(err error) error {
	var problems *server.SettingsError
	if errors.As(err, &problems) {
		return cli.Misuse{Err: err}
	}
	return err
}
