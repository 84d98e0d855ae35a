package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// DefaultOperator is where the operator's door of a production server is found
// unless it was told to listen elsewhere.
const DefaultOperator = "http://127.0.0.1:4178"

const (
	operatorVariable = "PROVOST_OPERATOR_URL"
	keyVariable      = "PROVOST_OPERATOR_KEY"
	dataVariable     = "PROVOST_DATA"
	defaultData      = ".provost"
)

// FindsOperator is how the operator's commands find the door and its key.
const FindsOperator = "The operator's door is that of --operator or " + operatorVariable + ", its key that of\n" +
	keyVariable + ". Without them, a provost dev that was started in this directory, or\n" +
	"whose --data is given, is found by the file " + extension.OperatorFile + " that it keeps there."

func addOperatorFlags(cmd *cobra.Command) {
	cmd.Flags().String("operator", "", "the URL of the operator's door (default: "+operatorVariable+", else that of a provost dev in --data, else "+DefaultOperator+")")
	cmd.Flags().String("data", "", "the data directory of a running provost dev (default: "+dataVariable+", else "+defaultData+")")
	_ = cmd.MarkFlagDirname("data")
	addCAFlag(cmd)
}

func addOutputFlag(cmd *cobra.Command) {
	cmd.Flags().StringP("output", "o", "table", "how to print it: "+strings.Join(outputs, ", "))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(outputs, cobra.ShellCompDirectiveNoFileComp))
}

func addWorldFlag(cmd *cobra.Command) {
	cmd.Flags().String("world", "", "the world, by its name or a tenant of it; needed when there are several")
}

// parent is a command that only holds others, and they speak to the operator's
// door.
func parent(use, short, long string, children ...*cobra.Command) *cobra.Command {
	return holder(use, short, long+"\n\n"+FindsOperator, children...)
}

// holder is a command that only holds others.
func holder(use, short, long string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, SuggestionsMinimumDistance: 2,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			near := ""
			if names := cmd.SuggestionsFor(args[0]); len(names) > 0 {
				near = " (did you mean " + strings.Join(names, " or ") + "?)"
			}
			return misuse("there is no command %s %s%s; all there are: %s", cmd.CommandPath(), args[0], near, HelpOf(cmd))
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(children...)
	return cmd
}

// operatorCommand is one that speaks to the operator's door.
func operatorCommand(cmd *cobra.Command, run func(*cobra.Command, *remote, []string) error) *cobra.Command {
	addOperatorFlags(cmd)
	addOutputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if output, _ := cmd.Flags().GetString("output"); !slices.Contains(outputs, output) {
			return misuse("there is no output %s; there are: %s", output, strings.Join(outputs, ", "))
		}
		door, err := connectOperator(cmd)
		if err != nil {
			return err
		}
		return run(cmd, door, args)
	}
	return cmd
}

// Takes says which arguments a command wants.
func Takes(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && len(args) <= most {
			return nil
		}
		given := "none"
		if len(args) > 0 {
			given = fmt.Sprintf("%q", args)
			given = given[1 : len(given)-1]
		}
		return misuse("%s takes %s, and was given %s; its flags: %s", cmd.CommandPath(), what, given, HelpOf(cmd))
	}
}

var noArguments = Takes(0, 0, "no arguments")

// connectOperator finds the operator's door and the key to it.
func connectOperator(cmd *cobra.Command) (*remote, error) {
	asked, _ := cmd.Flags().GetString("operator")
	data, _ := cmd.Flags().GetString("data")
	key := strings.TrimSpace(os.Getenv(keyVariable))
	address := cmp.Or(asked, os.Getenv(operatorVariable))
	if data != "" && asked != "" {
		return nil, misuse("--operator names a door, --data that of a provost dev: leave one of them out")
	}
	kept := cmp.Or(data, os.Getenv(dataVariable), defaultData)
	dev, err := readOperatorFile(kept)
	switch {
	case data != "" && err != nil:
		return nil, misuse("no provost dev has left its operator's key in %s: start it with --data %s, or name a door with --operator (%w)", data, data, err)
	case data != "", err == nil && address == "" && key == "":
		address, key = dev.URL, dev.Key
	case err == nil && key == "" && strings.TrimSuffix(address, "/") == dev.URL:
		key = dev.Key
	}
	if key == "" {
		return nil, misuse("no operator key is given: %s=… in the environment.\n"+
			"Whoever holds the database makes one, while provost serve is stopped: %s operator key create NAME --database FILE\n"+
			"A running provost dev keeps its own in its data directory: name that with --data", keyVariable, program(cmd))
	}
	ca := ""
	if key == dev.Key {
		ca = authorityOf(kept)
	}
	door, err := remoteTrusting(cmd, ca, cmp.Or(address, DefaultOperator), "the operator's door", DefaultOperator)
	if err != nil {
		return nil, err
	}
	door.bearer = key
	if key == dev.Key {
		door.kept = kept
	}
	return door, nil
}

// authorityOf is the file of a development server's certificate authority; "":
// it has none.
func authorityOf(data string) string {
	path := filepath.Join(data, filepath.Base(devCA))
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

func readOperatorFile(data string) (access extension.OperatorAccess, err error) {
	path := filepath.Join(data, extension.OperatorFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return access, fmt.Errorf("there is no %s", path)
	}
	if err != nil {
		return access, err
	}
	if err := json.Unmarshal(text, &access); err != nil || access.Key == "" {
		return access, fmt.Errorf("%s is not what provost dev writes", path)
	}
	return access, nil
}

// ask sends one request to the operator's door; body and into may be nil.
func (r *remote) ask(ctx context.Context, method, path string, query url.Values, body, into any) error {
	err := r.send(ctx, method, path, query, body, into)
	var lost *unreached
	var refused *answerError
	switch {
	case errors.As(err, &lost):
		return r.noDoor(ctx, lost.cause)
	case errors.As(err, &refused):
		return r.explainOperator(refused)
	default:
		return err
	}
}

func (r *remote) noDoor(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if distrusted := r.distrusted(err); distrusted != nil {
		return distrusted
	}
	if r.kept != "" {
		start := program(r.cmd) + " dev"
		if r.kept != defaultData {
			start += " --data " + ShellWord(r.kept)
		}
		return fmt.Errorf("the provost dev that keeps %s does not answer at %s, where it was last: start it with: %s (%w)", r.kept, r.base, start, err)
	}
	return fmt.Errorf("no operator's door answers at %s: start provost serve (its --operator-listen) or provost dev\n"+
		"or name the one that runs with --operator or %s (%w)", r.base, operatorVariable, err)
}

// explainOperator says more of answers that tell little from there.
func (r *remote) explainOperator(e *answerError) error {
	if e.status == http.StatusUnauthorized && r.kept == "" {
		return fmt.Errorf("%w\nthe key that was shown is that of %s", e, keyVariable)
	}
	if e.status == http.StatusNotFound && e.explained == "" {
		return fmt.Errorf("%s: %s has no operator's door: provost serve has it on a listener of its own, %s unless it was told otherwise (--operator, %s)",
			e.said, r.base, DefaultOperator, operatorVariable)
	}
	return e
}

// world gives the path of the world that the command is about: that of its
// flag, else the only one.
func (r *remote) world(cmd *cobra.Command) (string, error) {
	named, _ := cmd.Flags().GetString("world")
	if named == "" {
		var worlds extension.Worlds
		few := url.Values{"size": {"20"}}
		if err := r.ask(cmd.Context(), http.MethodGet, extension.WorldsPath, few, nil, &worlds); err != nil {
			return "", err
		}
		switch len(worlds.Items) {
		case 0:
			return "", misuse("there is no world yet: %s", advised(cmd, "world create --tenant GUID --kind production"))
		case 1:
			named = worlds.Items[0].Name
		default:
			var names []string
			for _, w := range worlds.Items {
				names = append(names, w.Name)
			}
			if worlds.Next != "" {
				names = append(names, "…")
			}
			return "", misuse("there are several worlds: pick one with --world: %s\nmore of them: %s", strings.Join(names, ", "), advised(cmd, "world list"))
		}
	}
	return extension.WorldsPath + "/" + url.PathEscape(named), nil
}

// show prints a value as JSON, or as the table that print makes of it.
func show(cmd *cobra.Command, value any, print func(table io.Writer)) error {
	if output, _ := cmd.Flags().GetString("output"); output == "json" {
		encoder := json.NewEncoder(cmd.OutOrStdout())
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	}
	return printTable(cmd.OutOrStdout(), print)
}

// printTable writes a table in one piece.
func printTable(to io.Writer, print func(table io.Writer)) error {
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	print(table)
	_ = table.Flush() // into memory
	_, err := to.Write(text.Bytes())
	return err
}

// row prints a line of a table; nothing in it can break the line or move the
// cursor.
func row(table io.Writer, cells ...string) {
	for i := range cells {
		cells[i] = clean(cmp.Or(cells[i], "-"))
	}
	fmt.Fprintln(table, strings.Join(cells, "\t"))
}

func moment(t *partnercenter.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.DateTime)
}

// say prints a sentence where a person looks, and nothing where a program
// reads JSON.
func say(cmd *cobra.Command, format string, args ...any) error {
	if output, _ := cmd.Flags().GetString("output"); output == "json" {
		return nil
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), format+"\n", args...)
	return err
}

func sortedNames(sets ...map[string]string) []string {
	var names []string
	for _, set := range sets {
		for name := range set {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
