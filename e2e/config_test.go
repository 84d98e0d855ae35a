package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFlagsWinOverTheEnvironmentWhichWinsOverTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "provost.yaml")
	for name, c := range map[string]struct {
		file, env, flag string
		documents       bool
	}{
		"nothing said":          {"", "", "", false},
		"file":                  {"documents", "", "", true},
		"environment":           {"", "documents", "", true},
		"environment wins":      {"documents", "modern", "", false},
		"flag wins":             {"modern", "modern", "documents", true},
		"flag wins over file":   {"documents", "", "modern", false},
		"default given by flag": {"documents", "documents", "modern", false},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"dev", "--config", file}
			text := "memory: true\nlisten: 127.0.0.1:0\nallow-host: [shop.example, other.example]\n"
			if c.file != "" {
				text += "profile: " + c.file + "\n"
			}
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if c.flag != "" {
				args = append(args, "--profile", c.flag)
			}
			cmd := command(t, args...)
			if c.env != "" {
				cmd.Env = append(cmd.Env, "PROVOST_PROFILE="+c.env)
			}
			server := startCommand(t, cmd)
			if modern := get(t, server.URL+"/v1/customers", "").header.Get("Provost-Version") != ""; modern == c.documents {
				t.Errorf("the profile is modern: %v", modern)
			}
			server.kill()
		})
	}
}

func TestWrongConfigurationIsExplained(t *testing.T) {
	for name, c := range map[string]struct{ file, env, says string }{
		"unknown setting":   {"lissten: 127.0.0.1:0\n", "", "there is no setting \"lissten\""},
		"list for one":      {"profile: [a, b]\n", "", "not a list"},
		"no YAML":           {"\tlisten", "", "read the configuration file"},
		"bad boolean":       {"memory: perhaps\n", "", "memory in "},
		"bad variable":      {"", "PROVOST_MEMORY=perhaps", "PROVOST_MEMORY"},
		"both kept and not": {"memory: true\ndata: here\n", "", "--data"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "provost.yaml")
			if err := os.WriteFile(file, []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := command(t, "dev", "--listen", "127.0.0.1:0", "--config", file)
			if c.env != "" {
				cmd.Env = append(cmd.Env, c.env)
			}
			if got := run(t, cmd); got.code != 2 || !strings.Contains(got.stderr, c.says) {
				t.Errorf("ended with %d: %q; want %q", got.code, got.stderr, c.says)
			}
		})
	}
}

func TestConfigurationThatIsNotThereIsMissed(t *testing.T) {
	got := run(t, command(t, "dev", "--config", "nowhere.yaml"))
	if got.code != 2 || !strings.Contains(got.stderr, "there is no nowhere.yaml: write it") {
		t.Errorf("ended with %d: %q", got.code, got.stderr)
	}
}

func TestConfigurationCanBeNamedByTheEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "provost.yaml")
	if err := os.WriteFile(file, []byte("memory: true\nlisten: 127.0.0.1:0\nprofile: documents\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "dev")
	cmd.Env = append(cmd.Env, "PROVOST_CONFIG="+file)
	server := startCommand(t, cmd)
	if get(t, server.URL+"/v1/customers", "").header.Get("Provost-Version") != "" {
		t.Error("the file was not read")
	}
}

func TestValueOfTheWrongKindIsToldWithOneThatIsRight(t *testing.T) {
	file := filepath.Join(t.TempDir(), "provost.yaml")
	if err := os.WriteFile(file, []byte("request-timeout: 5\nmax-requests: many\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for said, args := range map[string][]string{
		`--request-timeout is a time such as 10s or 2m, and was given "5"`:           {"serve", "--request-timeout", "5"},
		`--max-requests is a whole number, and was given "many"`:                     {"serve", "--max-requests", "many"},
		"request-timeout in " + file + ": a time such as 10s or 2m is wanted, not 5": {"serve", "--config", file},
		"max-requests in " + file + ": a whole number is wanted, not many":           {"serve", "--config", file},
	} {
		if got := run(t, command(t, args...)); got.code != 2 || !strings.Contains(got.stderr, said) {
			t.Errorf("%v ended with %d: %s; want %q", args, got.code, got.stderr, said)
		}
	}
}
