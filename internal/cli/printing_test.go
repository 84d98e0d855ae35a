package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

var people = []column{{title: "ID", path: "id"}, {title: "NAME", path: "name", tight: true}, {title: "TOWN", path: "town", tight: true}, {title: "STATUS", path: "status"}}

func printed(t *testing.T, width int, colours bool, lines ...string) string {
	t.Helper()
	var out bytes.Buffer
	p := &printer{out: &out, form: "table", width: width, colours: colours}
	var all []document
	for _, l := range lines {
		all = append(all, documentFrom(t, l))
	}
	if err := p.table(people, all); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTableCutsTextAndNeverIDs(t *testing.T) {
	lines := []string{
		`{"id":"0c39d6d5-c70d-4c55-bc02-f620844f3fd1","name":"Northern Lights Trading Company","town":"Leeds","status":"active"}`,
		`{"id":"x","name":"光学機器株式会社 東京","status":"pending"}`,
	}
	for _, width := range []int{0, 72, 80, 200} {
		got := printed(t, width, false, lines...)
		for line := range strings.SplitSeq(strings.TrimSpace(got), "\n") {
			if width > 0 && ansi.StringWidth(line) > width {
				t.Errorf("at %d columns a line has %d: %q", width, ansi.StringWidth(line), line)
			}
			if strings.HasSuffix(line, " ") {
				t.Errorf("blanks at the end of %q", line)
			}
		}
		if !strings.Contains(got, "0c39d6d5-c70d-4c55-bc02-f620844f3fd1") || strings.Contains(got, "…") != (width == 72 || width == 80) {
			t.Errorf("at %d columns:\n%s", width, got)
		}
	}
	// Too narrow for any line: the terminal breaks them, and nothing is lost.
	if got := printed(t, 30, false, lines...); strings.Contains(got, "…") {
		t.Errorf("at 30 columns:\n%s", got)
	}
	// What stands below a wide character stands where its title does.
	rows := strings.Split(printed(t, 0, false, lines...), "\n")
	at := func(row, word string) int { return ansi.StringWidth(row[:strings.Index(row, word)]) }
	if at(rows[0], "STATUS") != at(rows[1], "active") || at(rows[0], "STATUS") != at(rows[2], "pending") {
		t.Errorf("not below each other:\n%s", strings.Join(rows, "\n"))
	}
}

func TestNothingInACellSpeaksToTheTerminal(t *testing.T) {
	got := printed(t, 80, false, `{"id":"a\u001b[2Jb","name":"two\nlines","town":"\u009b31m"}`)
	if strings.ContainsAny(got, "\x1b\u009b") || strings.Count(got, "\n") != 2 {
		t.Errorf("%q", got)
	}
}

func TestColoursStandForWordsThatAreThere(t *testing.T) {
	line := `{"id":"a","name":"b","town":"c","status":"failed"}`
	plain, coloured := printed(t, 80, false, line), printed(t, 80, true, line)
	if plain == coloured || ansi.Strip(coloured) != plain {
		t.Errorf("%q and %q", plain, coloured)
	}
}
