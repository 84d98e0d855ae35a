package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"provost/bench/powercut/disk"
)

// on mounts a disk for a test. What uses it has to be another process: this one
// would wait for itself.
func on(t *testing.T, d *disk.Disk, script string) string {
	t.Helper()
	if why := missing(); why != "" || os.Geteuid() != 0 {
		t.Skip("mounting needs root and /dev/fuse:", why)
	}
	at := t.TempDir()
	unmount, err := mount(d, at)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-ec", script)
	cmd.Env = append(os.Environ(), "DISK="+at)
	out, err := cmd.CombinedOutput()
	if gone := unmount(); gone != nil {
		t.Error(gone)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestProcessesSeeAFileSystem(t *testing.T) {
	got := on(t, disk.New(0), `
		cd "$DISK"
		mkdir -m 700 sub; echo one > sub/f; echo two >> sub/f
		cp sub/f sub/g; mv sub/g sub/h; ln sub/h sub/i; rm sub/h
		truncate -s 6 sub/i; chmod 600 sub/i; mkdir gone; rmdir gone
		cat sub/f sub/i; ls; ls sub; stat -c '%a %s %F' sub sub/i
		dd if=/dev/zero of=big bs=1M count=3 2>/dev/null; wc -c < big`)
	want := "one\ntwo\none\ntwsub\nf\ni\n700 0 directory\n600 6 regular file\n3145728\n"
	if got != want {
		t.Errorf("processes see %q, not %q", got, want)
	}
}

func TestSyncsOfProcessesReachTheDisk(t *testing.T) {
	d := disk.New(0)
	on(t, d, `
		cd "$DISK"
		echo safe > safe; sync safe; sync .
		echo more >> safe; echo lost > lost`)
	d.Cut()
	seen := map[string]bool{}
	for seed := range uint64(100) {
		left, _, err := d.After(rand.New(rand.NewPCG(seed, 0)))
		if err != nil {
			t.Fatal(err)
		}
		names, _ := left.Names(disk.Root)
		if !slices.Contains(names, "safe") {
			t.Fatalf("what was synced is gone: %v", names)
		}
		content, err := left.Content("safe")
		if err != nil || !strings.HasPrefix(string(content), "safe\n") {
			t.Fatalf("of what was synced is left %q, %v", content, err)
		}
		seen[string(content)] = true
		seen["lost"] = seen["lost"] || !slices.Contains(names, "lost")
	}
	if !seen["safe\n"] || !seen["safe\nmore\n"] || !seen["lost"] {
		t.Errorf("left is %v", seen)
	}
}
