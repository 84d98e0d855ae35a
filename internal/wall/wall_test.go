package wall_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"provost/internal/wall"
)

// asked makes this program tell the time in place of its tests.
const asked = "WALL_TEST_TELL"

func TestMain(m *testing.M) {
	if os.Getenv(asked) != "" {
		text, _ := wall.Now().MarshalText()
		_, _ = os.Stdout.Write(text)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestClockIsShiftedInBinariesThatAreBuiltForItAlone(t *testing.T) {
	shifted := filepath.Join(t.TempDir(), "shifted.test")
	if out, err := exec.Command("go", "test", "-c", "-tags", "chaos", "-o", shifted, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for program, wrong := range map[string]time.Duration{os.Args[0]: 0, shifted: -3 * time.Hour} {
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), asked+"=1", "PROVOST_CHAOS_SHIFT=-3h")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var told time.Time
		if err := told.UnmarshalText(bytes.TrimSpace(out)); err != nil {
			t.Fatal(err)
		}
		if off := time.Since(told) + wrong; off.Abs() > 20*time.Second {
			t.Errorf("%s is off by %s more than it should", program, off)
		}
	}
}
