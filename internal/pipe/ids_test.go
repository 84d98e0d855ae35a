package pipe_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"provost/internal/pipe"
)

func TestTraceIDsAreEchoedWhenVisibleAndShort(t *testing.T) {
	for _, given := range []string{
		"d0e38dfd-a2c5-4a14-ac06-12d30f0ec54e", "54sfd0fb-not-a-guid", "x", strings.Repeat("x", 64), "{a}~!",
	} {
		if got := pipe.TraceID(given); got != given {
			t.Errorf("%q became %q", given, got)
		}
	}
	for _, given := range []string{"", strings.Repeat("x", 65), "two words", "tab\t", "é", "\x7f"} {
		if got := pipe.TraceID(given); got == given || uuid.Validate(got) != nil {
			t.Errorf("%q became %q, want a new GUID", given, got)
		}
	}
}

func TestCorrelationVectorsAreExtendedOrMade(t *testing.T) {
	for given, want := range map[string]string{
		"InswEQre402koceL.0":     "InswEQre402koceL.0.0",
		"InswEQre402koceL.12.3":  "InswEQre402koceL.12.3.0",
		"ab/+EQre402koceL.4.0.1": "ab/+EQre402koceL.4.0.1.0",
	} {
		if got := pipe.CorrelationVector(given); got != want {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
	made := regexp.MustCompile(`^[A-Za-z0-9+/]{16}\.0$`)
	for _, given := range []string{
		"", "InswEQre402koceL", "short.0", "InswEQre402koceL.", "InswEQre402koceL.x", "InswEQre402koce!.0",
		"InswEQre402koceL.0\r\nX: y", "InswEQre402koceL" + strings.Repeat(".0", 30),
	} {
		if got := pipe.CorrelationVector(given); !made.MatchString(got) {
			t.Errorf("%q became %q, want a new vector", given, got)
		}
	}
}
