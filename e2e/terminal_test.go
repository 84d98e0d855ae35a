package e2e_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// terminal is a real one, in which a shell runs.
type terminal struct {
	t      *testing.T
	socket string
}

// openTerminal opens one of a size, in which s speaks to its server.
func openTerminal(t *testing.T, s shell, width int, light bool, env ...string) terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("no tmux here: what a terminal shows was not looked at")
	}
	dir := t.TempDir()
	v := terminal{t, filepath.Join(dir, "socket")}
	inside := []string{"env", "-u", "NO_COLOR", "-u", "COLORTERM"}
	inside = append(append(append(inside, s.env...), env...), "PS1=ready>", "bash", "--norc", "--noprofile")
	v.tmux(append([]string{"-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(width), "-y", "30"}, inside...)...)
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", v.socket, "kill-server").Run() })
	if light {
		v.tmux("set", "-g", "window-style", "fg=black,bg=white")
	}
	v.until("ready>")
	return v
}

func (v terminal) tmux(args ...string) string {
	v.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", v.socket}, args...)...).CombinedOutput()
	if err != nil {
		v.t.Fatalf("tmux %v: %v %s", args, err, out)
	}
	return string(out)
}

func (v terminal) types(keys ...string) { v.tmux(append([]string{"send-keys"}, keys...)...) }

// runs types a command line after the last one's prompt.
func (v terminal) runs(args ...string) {
	v.types("clear; "+binary+" "+strings.Join(args, " "), "Enter")
}

// shows is the screen as a person reads it; drawn has its colours.
func (v terminal) shows() string { return v.tmux("capture-pane", "-p") }
func (v terminal) drawn() string { return v.tmux("capture-pane", "-p", "-e") }

// until waits for a text on the screen.
func (v terminal) until(text string) string {
	v.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if shown := v.shows(); strings.Contains(shown, text) {
			return shown
		}
	}
	v.t.Fatalf("%q never came; the screen shows\n%s", text, v.shows())
	return ""
}

var (
	colour = regexp.MustCompile(`\x1b\[[0-9;:]*m`)
	// own are the sixteen colours of a terminal's palette, and how it writes.
	own = regexp.MustCompile(`^\x1b\[(0|1|2|22|39|49|3[0-7]|9[0-7]|;)*m$`)
)

// Colours are of the terminal's own palette, which is made for its background:
// any other could vanish on a light one, or on a dark one.
func (v terminal) usesOwnColours(some bool) {
	v.t.Helper()
	drawn := v.drawn()
	used := map[string]bool{}
	for _, code := range colour.FindAllString(drawn, -1) {
		used[code] = true
		if !own.MatchString(code) {
			v.t.Errorf("%q is no colour of the terminal's own, in\n%s", code, drawn)
		}
	}
	if (len(used) > 0) != some {
		v.t.Errorf("coloured is to be %v, and it has %d codes:\n%q", some, len(used), drawn)
	}
}

func TestTablesFitTheTerminal(t *testing.T) {
	s := newShell(t)
	for name, c := range map[string]struct {
		width    int
		light    bool
		env      []string
		flag     string
		coloured bool
		says     string
	}{
		"80 columns, dark":        {80, false, nil, "", true, "Reserved VM In…  2      active"},
		"80 columns, light":       {80, true, nil, "", true, "Reserved VM In…  2      active"},
		"200 columns, dark":       {200, false, nil, "", true, "Reserved VM Instance, Standard_D2s_v5  2      active"},
		"200 columns, light":      {200, true, nil, "", true, "Reserved VM Instance, Standard_D2s_v5  2      active"},
		"NO_COLOR":                {80, false, []string{"NO_COLOR=1"}, "", false, "Reserved VM In…  2      active"},
		"--no-color":              {80, true, nil, "--no-color", false, "Reserved VM In…  2      active"},
		"a terminal without them": {80, false, []string{"TERM=dumb"}, "", false, "Reserved VM In…  2      active"},
		"piped":                   {200, false, nil, "| cat", false, "Reserved VM Instance, Standard_D2s_v5  2      active"},
	} {
		t.Run(name, func(t *testing.T) {
			v := openTerminal(t, s, c.width, c.light, c.env...)
			v.runs("subscriptions", "list", "cf6f", c.flag)
			shown := v.until("Azure plan")
			if !strings.Contains(shown, c.says) {
				t.Errorf("it shows\n%s, want %q", shown, c.says)
			}
			for line := range strings.SplitSeq(shown, "\n") {
				if strings.HasPrefix(line, "20") {
					t.Errorf("a line is broken:\n%s", shown)
				}
			}
			v.usesOwnColours(c.coloured)
		})
	}
}

func TestLiveViewShowsPortionsAndCountsDown(t *testing.T) {
	s := newShell(t)
	s.simulate("2 at +1s; 2 at +2h; 1 fail at +3h because no licences are left")
	for name, c := range map[string]struct {
		width    int
		light    bool
		env      []string
		coloured bool
	}{
		"80 columns, dark":   {80, false, nil, true},
		"80 columns, light":  {80, true, nil, true},
		"200 columns, dark":  {200, false, nil, true},
		"200 columns, light": {200, true, nil, true},
		"without colours":    {80, false, []string{"NO_COLOR=1"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := s
			s.t = t
			id := s.buys("5")
			v := openTerminal(t, s, c.width, c.light, c.env...)
			v.runs("orders", "status", "cf6f", id, "--watch")
			shown := v.until("2 of 5")
			for _, want := range []string{"pending  seen since ", "line 0 fulfilled ", "████████████████░░░░░░░░░░░░░░░░░░░░░░░░  2 of 5", "it can change in 1h59m"} {
				if !strings.Contains(shown, want) {
					t.Errorf("it shows\n%s, want %q", shown, want)
				}
			}
			v.usesOwnColours(c.coloured)
			v.until("for 2s") // it goes on by itself
			v.types("C-c")
			v.until("ready>")
			v.types("clear; echo ended $?; stty -a", "Enter")
			v.until("ended 0")
			if after := v.until("opost"); strings.Contains(after, "-icanon") || strings.Contains(after, "-isig") || strings.Contains(after, "-echo ") || strings.Contains(after, "-opost") {
				t.Errorf("the terminal is not as it was:\n%s", after)
			}
		})
	}
}

// What somebody else does to the clock is seen at once, and the view ends with
// what has become of it.
func TestLiveViewOfAWaitEndsWithTheOutcome(t *testing.T) {
	s := newShell(t)
	s.simulate("2 at +1s; 2 at +2h; 1 fail at +3h because no licences are left")
	id := s.buys("5")
	v := openTerminal(t, s, 80, false)
	v.runs("orders", "status", "cf6f", id, "--wait", "; echo ended $?")
	v.until("2 of 5")
	s.ok("clock", "advance", "PT4H")
	shown := v.until("ended 3")
	for _, want := range []string{"partial", "line 0 unfulfilled", "1 of 5", "the order is partial"} {
		if !strings.Contains(shown, want) {
			t.Errorf("it shows\n%s, want %q", shown, want)
		}
	}
	v.runs("orders", "status", "cf6f", s.buys("5"), "--wait", "--timeout", "2s", "; echo ended $?")
	if shown := v.until("ended 4"); !strings.Contains(shown, "not done within 2s") {
		t.Errorf("it shows\n%s", shown)
	}
}

func TestInterruptAtTheSecretEndsTheLogin(t *testing.T) {
	s := shell{t: t, env: []string{"PROVOST_CONFIG_DIR=" + t.TempDir()}}
	v := openTerminal(t, s, 120, false, "PROVOST_CLIENT_SECRET=")
	v.runs("login", "ci", "--client-secret", "--api", "http://127.0.0.1:1", "--tenant", "t", "--client-id", "c", "; echo ended $?; stty -a")
	v.until("The app's secret:")
	v.types("typed")
	v.types("C-c")
	if shown := v.until("extproc"); !strings.Contains(shown, "ended 1") || !strings.Contains(shown, " echo ") || strings.Contains(shown, "typed") {
		t.Errorf("it shows\n%s", shown)
	}
}
