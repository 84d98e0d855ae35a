package sqlstore

import "testing"

func TestPostgresFromBeforeTheOldestIsTooOld(t *testing.T) {
	for version, want := range map[string]bool{
		"9.6.24": true, "14.20": true, "15.18 (Debian 15.18-0+deb12u1)": false, "17beta1": false, "unknown": false,
	} {
		if got := tooOld(version); got != want {
			t.Errorf("%s is too old: %v, want %v", version, got, want)
		}
	}
}
