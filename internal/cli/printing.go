package cli

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	lipglosstable "charm.land/lipgloss/v2/table"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

const (
	fieldsFlag  = "fields"
	noColorFlag = "no-color"
	curlFlag    = "curl"
)

// forms are how resources can be printed.
var forms = []string{"table", "wide", "json", "yaml", "name"}

// column is a part of a resource as a table shows it.
type column struct {
	title, path string
	// wide leaves it to -o wide; tight lets it be cut where the screen ends.
	wide, tight bool
	// day cuts an instant to its date; single leaves it out of lists.
	day, single bool
}

// sheet is how resources of one kind are printed.
type sheet struct {
	columns []column
	// name is the path of what -o name prints.
	name string
	// fields are the paths that there are.
	fields []string
}

// printer is where and how a command prints.
type printer struct {
	out     io.Writer
	form    string
	fields  []string
	colours bool
	// width is that of the terminal; 0: none is there.
	width int
}

func addPrinterFlags(cmd *cobra.Command, s *sheet) {
	flags := cmd.Flags()
	flags.StringP("output", "o", "table", "how to print it: "+strings.Join(forms, ", "))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(forms, cobra.ShellCompDirectiveNoFileComp))
	addColourFlag(cmd)
	if len(s.fields) > 0 {
		flags.StringSlice(fieldsFlag, nil, "print these members alone, such as "+strings.Join(s.examples(), ","))
		_ = cmd.RegisterFlagCompletionFunc(fieldsFlag, s.completeFields)
	}
}

func addColourFlag(cmd *cobra.Command) {
	cmd.Flags().Bool(noColorFlag, false, "print without colours (default: where NO_COLOR is set, or no terminal is there)")
}

func (s *sheet) examples() []string {
	var paths []string
	for _, c := range s.columns[:min(2, len(s.columns))] {
		paths = append(paths, c.path)
	}
	return paths
}

// completeFields completes the last of the fields that are written.
func (s *sheet) completeFields(_ *cobra.Command, _ []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
	before := text[:strings.LastIndex(text, ",")+1]
	var all []cobra.Completion
	for _, f := range s.fields {
		all = append(all, before+f)
	}
	return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func newPrinter(cmd *cobra.Command, s *sheet) (*printer, error) {
	p := &printer{out: cmd.OutOrStdout()}
	p.form, _ = cmd.Flags().GetString("output")
	if !slices.Contains(forms, p.form) {
		return nil, misuse("there is no output %s; there are: %s", p.form, strings.Join(forms, ", "))
	}
	p.fields, _ = cmd.Flags().GetStringSlice(fieldsFlag)
	for _, f := range p.fields {
		if !slices.ContainsFunc(s.fields, func(known string) bool { return strings.EqualFold(known, f) }) {
			return nil, misuse("there is no member %s; %s", f, s.beside(f))
		}
	}
	p.colours = coloured(cmd, p.out)
	if file, is := p.out.(*os.File); is {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil {
			p.width = width
		}
	}
	return p, nil
}

// coloured says whether to print colours there.
func coloured(cmd *cobra.Command, to io.Writer) bool {
	plain, _ := cmd.Flags().GetBool(noColorFlag)
	return !plain && colorprofile.Detect(to, os.Environ()) > colorprofile.ASCII
}

func isTerminal(w any) bool {
	file, is := w.(*os.File)
	return is && term.IsTerminal(int(file.Fd()))
}

// list prints resources.
func (p *printer) list(s *sheet, all []document) error {
	switch p.form {
	case "json", "yaml":
		items := make([]document, len(all))
		for i, d := range all {
			items[i] = p.chosen(d)
		}
		return p.document(objectOf(docMember{"totalCount", document{text: fmt.Append(nil, len(all))}}, docMember{"items", listOf(items)}))
	case "name":
		for _, d := range all {
			if err := p.name(s, d); err != nil {
				return err
			}
		}
		return nil
	}
	return p.table(p.columns(s, false), all)
}

// one prints a resource by itself.
func (p *printer) one(s *sheet, d document) error {
	switch p.form {
	case "json", "yaml":
		return p.document(p.chosen(d))
	case "name":
		return p.name(s, d)
	}
	var lines [][]string
	for _, c := range p.columns(s, true) {
		if text := c.cell(d); text != "" || len(p.fields) > 0 {
			lines = append(lines, []string{c.title, text})
		}
	}
	return p.pairs(lines)
}

func (p *printer) name(s *sheet, d document) error {
	value, _ := d.at(strings.Split(s.name, "."))
	_, err := fmt.Fprintln(p.out, clean(value.cell()))
	return err
}

func (p *printer) document(d document) error {
	text := d.indented()
	if p.form == "yaml" {
		var err error
		if text, err = d.yaml(); err != nil {
			return err
		}
	}
	_, err := p.out.Write(text)
	return err
}

func (p *printer) chosen(d document) document {
	if len(p.fields) == 0 {
		return d
	}
	var paths [][]string
	for _, f := range p.fields {
		paths = append(paths, strings.Split(f, "."))
	}
	return d.only(paths)
}

func (p *printer) columns(s *sheet, single bool) []column {
	if len(p.fields) > 0 {
		var chosen []column
		for _, f := range p.fields {
			chosen = append(chosen, column{title: strings.ToUpper(f), path: f, tight: true})
		}
		return chosen
	}
	return slices.DeleteFunc(slices.Clone(s.columns), func(c column) bool { return c.wide && p.form != "wide" || c.single && !single })
}

func (c column) cell(d document) string {
	value, _ := d.at(strings.Split(c.path, "."))
	text := value.cell()
	if at := instant.FindStringSubmatch(text); at != nil {
		text = at[1] + "Z"
		if c.day {
			text = at[2]
		}
	}
	return clean(text)
}

// instant is a time as it travels; people need no fractions of its seconds.
var instant = regexp.MustCompile(`^((\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d)(\.\d+)?Z$`)

const gap = 2

// table prints a line for each resource. Where a screen is there, it fits.
func (p *printer) table(columns []column, all []document) error {
	titles := make([]string, len(columns))
	widths := make([]int, len(columns))
	rows := make([][]string, len(all))
	for i, c := range columns {
		titles[i], widths[i] = c.title, ansi.StringWidth(c.title)
	}
	for r, d := range all {
		rows[r] = make([]string, len(columns))
		for i, c := range columns {
			rows[r][i] = c.cell(d)
			if rows[r][i] == "" {
				rows[r][i] = "-"
			}
			widths[i] = max(widths[i], ansi.StringWidth(rows[r][i]))
		}
	}
	p.fit(columns, widths)
	for _, cells := range append(rows, titles) {
		for i := range cells {
			cells[i] = ansi.Truncate(cells[i], widths[i], "…")
		}
	}
	t := lipglosstable.New().BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderColumn(false).BorderHeader(false).
		Wrap(false).Headers(titles...).Rows(rows...).StyleFunc(func(r, i int) lipgloss.Style {
		style := lipgloss.NewStyle()
		if i < len(columns)-1 {
			style = style.PaddingRight(gap)
		}
		if !p.colours {
			return style
		}
		if r == lipglosstable.HeaderRow {
			return style.Bold(true)
		}
		return style.Inherit(styleOf(rows[r][i]))
	})
	return p.lines(t.String())
}

// fit narrows what can be narrowed, the widest first, until a line has its place.
// Where it cannot have it, the terminal breaks the lines, and nothing is cut.
func (p *printer) fit(columns []column, widths []int) {
	if p.width == 0 {
		return
	}
	const least = 8
	whole := slices.Clone(widths)
	for {
		total, widest := -gap, -1
		for i, w := range widths {
			total += w + gap
			if columns[i].tight && w > least && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		switch {
		case total <= p.width:
			return
		case widest < 0:
			copy(widths, whole)
			return
		}
		widths[widest]--
	}
}

// pairs prints a line for each member of one resource.
func (p *printer) pairs(lines [][]string) error {
	width := 0
	for _, l := range lines {
		width = max(width, ansi.StringWidth(l[0]))
	}
	var text strings.Builder
	for _, l := range lines {
		title, value := l[0]+strings.Repeat(" ", width-ansi.StringWidth(l[0])+gap), l[1]
		if value == "" {
			value = "-"
		}
		if p.colours {
			title, value = lipgloss.NewStyle().Bold(true).Render(title), styleOf(value).Render(value)
		}
		fmt.Fprintln(&text, title+value)
	}
	return p.lines(text.String())
}

// lines prints text without blanks at the ends of its lines.
func (p *printer) lines(text string) error {
	var w strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		fmt.Fprintln(&w, strings.TrimRight(line, " "))
	}
	_, err := io.WriteString(p.out, w.String())
	return err
}

// styleOf is how a word stands out. The colours are of the terminal's own
// palette, which suits its background, and no meaning rests on them alone.
func styleOf(word string) lipgloss.Style {
	style := lipgloss.NewStyle()
	switch strings.ToLower(word) {
	case "active", "success", "succeeded", "completed", "fulfilled", "ordered":
		return style.Foreground(lipgloss.Green)
	case "pending", "prefulfillmentpending", "suspended", "partial", "partial_success":
		return style.Foreground(lipgloss.Yellow)
	case "failed", "unfulfilled", "cancelled", "expired", "deleted", "disabled", "error":
		return style.Foreground(lipgloss.Red)
	}
	return style
}
