package cli

import (
	"strings"
	"testing"
)

func TestSettingsAreSwitchedOnAndOffAndElseLeft(t *testing.T) {
	for given, want := range map[string]string{"": "", "on": "on", "OFF": "off"} {
		cmd := newWorldSet()
		if given != "" {
			if err := cmd.ParseFlags([]string{"--sandbox", given}); err != nil {
				t.Fatal(err)
			}
		}
		settings, _ := settingsOf(cmd)
		got := ""
		if settings.Sandbox != nil {
			got = onOffWord(*settings.Sandbox)
		}
		if got != want || settings.AgreementRequired != nil {
			t.Errorf("--sandbox %s is %q, %v", given, got, settings.AgreementRequired)
		}
	}
	if err := newWorldSet().ParseFlags([]string{"--sandbox", "yes"}); err == nil || !strings.Contains(err.Error(), "neither on nor off") {
		t.Errorf("yes: %v", err)
	}
}
