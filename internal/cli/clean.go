package cli

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// clean keeps what somebody else said from speaking to the terminal. Joiners,
// which names in some scripts need, draw nothing by themselves.
func clean(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case unicode.IsPrint(c), c == '\u200c', c == '\u200d':
			return c
		case unicode.Is(unicode.Zs, c):
			return ' '
		default:
			return '?'
		}
	}, text)
}

// CleanLines does the same to a text of several lines.
func CleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	return strings.Join(lines, "\n")
}

// escaped writes the control characters that JSON lets through as it writes the
// others: terminals obey them, and YAML knows none of them.
func escaped(json []byte) []byte {
	if !bytes.ContainsFunc(json, beyondJSON) {
		return json
	}
	var w bytes.Buffer
	for _, c := range string(json) {
		if beyondJSON(c) {
			fmt.Fprintf(&w, `\u%04x`, c)
		} else {
			w.WriteRune(c)
		}
	}
	return w.Bytes()
}

func beyondJSON(c rune) bool {
	return c >= 0x7f && c <= 0x9f || c == '\ufeff' || c == '\ufffe' || c == '\uffff'
}
