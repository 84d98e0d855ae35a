package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// progress tells how many lines of a world have passed: a bar on a terminal,
// a line now and then elsewhere.
type progress struct {
	to       io.Writer
	verb     string
	terminal bool
	// done and of are lines; of is 0 where nobody promised.
	done, of int64
	told     time.Time
	began    time.Time
}

const barWidth = 30

func newProgress(to io.Writer, verb string) *progress {
	file, is := to.(*os.File)
	return &progress{to: to, verb: verb, terminal: is && term.IsTerminal(int(file.Fd())), began: time.Now(), told: time.Now()}
}

// promise reads from a world's first line how many will come.
func (p *progress) promise(first []byte) {
	var line struct {
		World struct {
			Rows map[string]int64 `json:"rows"`
		} `json:"world"`
	}
	text, _, _ := strings.Cut(string(first), "\n")
	if json.Unmarshal([]byte(text), &line) != nil || len(line.World.Rows) == 0 {
		return
	}
	p.of = 3 // the world, its settings and its clock
	for _, count := range line.World.Rows {
		p.of += count
	}
}

func (p *progress) moved(done int64) {
	p.done = done
	pause := 5 * time.Second
	if p.terminal {
		pause = 100 * time.Millisecond
	}
	if time.Since(p.told) >= pause {
		p.tell()
	}
}

// end tells how it ended.
func (p *progress) end() {
	if p.done == 0 {
		return
	}
	p.tell()
	if p.terminal {
		fmt.Fprintln(p.to)
	}
}

func (p *progress) tell() {
	p.told = time.Now()
	text := fmt.Sprintf("%s %d lines", p.verb, p.done)
	if p.of > 0 {
		text = fmt.Sprintf("%s %d of %d lines", p.verb, p.done, p.of)
	}
	if !p.terminal {
		fmt.Fprintln(p.to, text)
		return
	}
	bar := ""
	if p.of > 0 {
		full := int(min(p.done, p.of) * barWidth / p.of)
		bar = "[" + strings.Repeat("#", full) + strings.Repeat(".", barWidth-full) + "] "
	}
	fmt.Fprintf(p.to, "\r\x1b[K%s%s", bar, text)
}
