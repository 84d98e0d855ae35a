package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

const spoken = "a\x1b[31mb\u009b31mc\x7f\x07\x00\u0085\ufeff"

func TestJSONAndYAMLSpeakToNoTerminal(t *testing.T) {
	d := objectOf(docMember{spoken, listOf([]document{textOf(spoken)})})
	back := map[string][]string{}
	if text := d.indented(); bytes.ContainsAny(text, "\x1b\u009b\x7f\x07\u0085") || json.Unmarshal(text, &back) != nil || len(back[spoken]) != 1 || back[spoken][0] != spoken {
		t.Errorf("as JSON: %q, %q", text, back)
	}
	if text, err := d.yaml(); err != nil || bytes.ContainsAny(text, "\x1b\u009b\x7f\x07\u0085") {
		t.Errorf("as YAML: %q %v", text, err)
	}
}

func TestNamesOfEveryScriptStayReadable(t *testing.T) {
	for text, want := range map[string]string{
		"Soci\u00e9t\u00e9\u00a0G": "Soci\u00e9t\u00e9 G", "\u682a\u5f0f\u3000\u4f1a\u793e": "\u682a\u5f0f \u4f1a\u793e",
		"\u0645\u06cc\u200c\u062e": "\u0645\u06cc\u200c\u062e", "a\u202eb": "a?b", "a\nb": "a?b",
	} {
		if got := clean(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	if got := CleanLines("a\n" + spoken); strings.ContainsAny(got, "\x1b\u009b\x7f\x07") || strings.Count(got, "\n") != 1 {
		t.Errorf("%q", got)
	}
}
