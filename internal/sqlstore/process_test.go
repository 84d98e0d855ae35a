//go:build unix

package sqlstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
)

// The test binary runs itself again as another process that keeps a store: the
// environment names the database.
const keeper = "PROVOST_TEST_KEEPER"

func TestMain(m *testing.M) {
	if path := os.Getenv(keeper); path != "" {
		if err := keep(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// keep writes for ever, and says so line by line.
func keep(path string) error {
	ctx := context.Background()
	s, err := sqlstore.OpenSQLite(ctx, sqlstore.SQLite{Path: path})
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		id := fmt.Sprint(i)
		err := s.Write(ctx, func(tx commerce.Tx) error { return tx.Worlds().Insert(ctx, commerce.World{ID: id, Name: id}) })
		if err != nil {
			return err
		}
		fmt.Println(id)
	}
}

func keeperOf(t *testing.T, binary, path string) *exec.Cmd {
	t.Helper()
	process := exec.CommandContext(t.Context(), binary)
	process.Env = append(os.Environ(), keeper+"="+path)
	return process
}

func itself(t *testing.T) string {
	t.Helper()
	binary, err := os.Executable()
	must(t, err)
	return binary
}

func TestAKilledProcessLosesNothingItAcknowledged(t *testing.T) {
	path := fresh(t)
	process := keeperOf(t, itself(t), path)
	output, err := process.StdoutPipe()
	must(t, err)
	must(t, process.Start())
	lines := bufio.NewScanner(output)
	var acknowledged []string
	for len(acknowledged) < 50 && lines.Scan() {
		acknowledged = append(acknowledged, lines.Text())
	}

	_, err = sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: path})
	if err == nil || !strings.Contains(err.Error(), "another provost is at work in "+filepath.Dir(path)+": stop it, or") {
		t.Errorf("opened beside a running process: %v", err)
	}

	must(t, process.Process.Kill())
	for lines.Scan() {
		acknowledged = append(acknowledged, lines.Text())
	}
	_, _ = io.Copy(io.Discard, output)
	_ = process.Wait()
	s := open(t, sqlstore.SQLite{Path: path})
	err = s.Read(t.Context(), func(tx commerce.Tx) error {
		kept, err := tx.Worlds().List(t.Context())
		for _, id := range acknowledged {
			if !slices.ContainsFunc(kept, func(w commerce.World) bool { return w.ID == id }) {
				t.Errorf("world %s was acknowledged and is lost", id)
			}
		}
		return err
	})
	must(t, err)
	if len(acknowledged) < 50 {
		t.Errorf("only %d writes were acknowledged", len(acknowledged))
	}
}

func TestASecondStoreInADirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := open(t, sqlstore.SQLite{Path: filepath.Join(dir, "one.db"), Ephemeral: true})
	second := sqlstore.SQLite{Path: filepath.Join(dir, "two.db")}
	if _, err := sqlstore.OpenSQLite(t.Context(), second); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a second one: %v", err)
	}
	must(t, first.Close())
	open(t, second)
}

func TestWithoutPermissionItSaysWhatToDo(t *testing.T) {
	// Root may do anything, so the attempt is made as another user.
	const nobody = 65534
	dir, err := os.MkdirTemp("", "sqlstore")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	binary := filepath.Join(dir, "keeper")
	body, err := os.ReadFile(itself(t))
	must(t, err)
	must(t, os.WriteFile(binary, body, 0o755))

	theirs := filepath.Join(dir, "theirs")
	must(t, os.Mkdir(theirs, 0o555))
	ours := filepath.Join(dir, "ours")
	must(t, os.Mkdir(ours, 0o777))
	must(t, os.Chmod(ours, 0o777))
	must(t, os.WriteFile(filepath.Join(ours, "provost.db"), nil, 0o400))
	stuck := filepath.Join(dir, "stuck")
	must(t, os.Mkdir(stuck, 0o755))
	for _, name := range []string{"provost.db", "provost.lock"} {
		must(t, os.WriteFile(filepath.Join(stuck, name), nil, 0o666))
		must(t, os.Chmod(filepath.Join(stuck, name), 0o666))
	}
	must(t, os.Chmod(stuck, 0o555))
	t.Cleanup(func() { _ = os.Chmod(stuck, 0o755) })
	for path, says := range map[string]string{
		theirs: "no permission to read and write " + theirs + ": run as its owner",
		ours:   "no permission to read and write " + filepath.Join(ours, "provost.db") + ": run as its owner",
		stuck:  "give their directory to this user",
	} {
		process := keeperOf(t, binary, filepath.Join(path, "provost.db"))
		if os.Geteuid() == 0 {
			process.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}
		output, err := process.CombinedOutput()
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) {
			t.Skip("this machine lets nobody act as another user")
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) || !strings.Contains(string(output), says) {
			t.Errorf("%v, and it says %s, not %q", err, output, says)
		}
	}
}
