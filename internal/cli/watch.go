package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"provost/partnercenter"
)

// liveView shows a status in place, as it changes.
type liveView struct {
	c     *calling
	waits bool

	seen bool
	last outlook
	// since is when this view first saw the state that it shows.
	since, now time.Time
	width      int
	// err is how the watch ended; left that somebody ended the view before.
	err  error
	left bool
}

type (
	statusSeen outlook
	watchEnded struct{ err error }
	second     time.Time
)

func everySecond() tea.Cmd {
	return tea.Tick(time.Second, func(t time.Time) tea.Msg { return second(t) })
}

// watchLive shows the status on a terminal until it is interrupted, or, when it
// waits, until nothing is pending.
func watchLive[T any](ctx context.Context, c *calling, p progressing[T], opts partnercenter.WaitOptions, waits bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	view := &liveView{c: c, waits: waits, now: time.Now(), width: c.width}
	program := tea.NewProgram(view, c.liveOptions()...)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for status, err := range p.watch(ctx, opts) {
			if err != nil {
				program.Send(watchEnded{err})
				return
			}
			o := p.view(status)
			program.Send(statusSeen(o))
			if waits && o.outcome != partnercenter.OutcomePending {
				program.Send(watchEnded{})
				return
			}
		}
	}()
	_, err := program.Run()
	cancel()
	<-done
	switch {
	case err != nil && !errors.Is(err, tea.ErrInterrupted):
		return fmt.Errorf("show the status: %w", err)
	case view.err != nil:
		return c.unwatched(view.err, view.last, waits)
	case waits && view.left:
		return ended{exitPending, "interrupted: " + firstText(view.last.word, "nothing was seen yet")}
	case waits && view.last.outcome != "":
		return endOf(view.last)
	}
	return nil
}

func (c *calling) liveOptions() []tea.ProgramOption {
	// Signals are the command's: they end its context.
	options := []tea.ProgramOption{tea.WithOutput(c.out), tea.WithoutSignalHandler()}
	if !isTerminal(os.Stdin) {
		options = append(options, tea.WithInput(nil))
	}
	if !c.colours {
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	return options
}

// Init starts the seconds.
func (v *liveView) Init() tea.Cmd { return everySecond() }

// Update takes what happened.
func (v *liveView) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case second:
		v.now = time.Time(msg)
		return v, everySecond()
	case tea.WindowSizeMsg:
		v.width = msg.Width
	case statusSeen:
		v.now = time.Now()
		if o := outlook(msg); !v.seen || o.word != v.last.word {
			v.since = v.now
		}
		v.seen, v.last = true, outlook(msg)
	case watchEnded:
		v.err = msg.err
		return v, tea.Quit
	case tea.KeyPressMsg:
		if key := msg.String(); key == "ctrl+c" || key == "q" || key == "esc" {
			v.left = true
			return v, tea.Quit
		}
	}
	return v, nil
}

// View draws it.
func (v *liveView) View() tea.View {
	return tea.NewView(v.text())
}

func (v *liveView) text() string {
	width := v.width
	if width <= 0 {
		width = 80
	}
	if !v.seen {
		return v.fit("asking …", width)
	}
	lines := []string{v.style(styleOf(v.last.word).Bold(true), v.last.word) + "  " + v.style(lipgloss.NewStyle().Faint(true), "seen since "+v.since.Format(time.TimeOnly)+", for "+briefly(v.now.Sub(v.since)))}
	lines = append(lines, v.bars(width)...)
	footer := "q or Ctrl-C ends the view"
	if v.last.outcome == partnercenter.OutcomePending {
		next := v.c.next(v.now)
		if next == "" {
			next = "asked " + briefly(v.now.Sub(v.c.wire.seen().at)) + " ago"
		}
		footer = next + "; " + footer
	}
	lines = append(lines, v.style(lipgloss.NewStyle().Faint(true), footer))
	for i := range lines {
		lines[i] = v.fit(lines[i], width)
	}
	return strings.Join(lines, "\n") + "\n"
}

func (v *liveView) fit(line string, width int) string { return ansi.Truncate(line, width, "…") }

func (v *liveView) style(s lipgloss.Style, text string) string {
	if !v.c.colours {
		return text
	}
	return s.Render(text)
}

// bars draw each portion as a part of what is whole.
func (v *liveView) bars(width int) []string {
	totals, labels, counts := map[string]int{}, 0, 0
	for _, p := range v.last.portions {
		totals[p.of] += p.quantity
		labels, counts = max(labels, ansi.StringWidth(p.of+" "+p.state)), max(counts, len(itoa(p.quantity)))
	}
	room := min(40, width-labels-2*counts-len("  ")*2-len(" of "))
	var lines []string
	for _, p := range v.last.portions {
		label := p.of + " " + p.state
		line := label + strings.Repeat(" ", labels-ansi.StringWidth(label)+gap)
		if room >= 8 && totals[p.of] > 0 {
			full := (p.quantity*room + totals[p.of]/2) / totals[p.of]
			if p.quantity > 0 {
				full = max(1, full)
			}
			line += v.style(styleOf(p.state), strings.Repeat("█", full)) + v.style(lipgloss.NewStyle().Faint(true), strings.Repeat("░", room-full)) + "  "
		}
		lines = append(lines, line+fmt.Sprintf("%*d of %d", counts, p.quantity, totals[p.of]))
	}
	return lines
}
