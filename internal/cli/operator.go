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

// parent is a command that only holds others.
func parent(use, short, long string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long + "\n\n" + FindsOperator,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return misuse("there is no command %s %s; all there are: %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
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

// takes says which arguments a command wants.
func takes(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && len(args) <= most {
			return nil
		}
		return misuse("%s takes %s, and was given %q; its flags: %s --help", cmd.CommandPath(), what, args, cmd.CommandPath())
	}
}

var noArguments = takes(0, 0, "no arguments")

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
			"Whoever holds the database makes one, while provost serve is stopped: provost operator key create NAME --database FILE\n"+
			"A running provost dev keeps its own in its data directory: name that with --data", keyVariable)
	}
	if err := trustDev(cmd, kept, key == dev.Key); err != nil {
		return nil, err
	}
	door, err := remoteAt(cmd, cmp.Or(address, DefaultOperator), "the operator's door", DefaultOperator)
	if err != nil {
		return nil, err
	}
	door.bearer = key
	return door, nil
}

// trustDev takes the certificate authority of the provost dev whose key is
// used, unless the command was told of another.
func trustDev(cmd *cobra.Command, data string, used bool) error {
	path := filepath.Join(data, filepath.Base(devCA))
	if _, err := os.Stat(path); err != nil || !used || cmd.Flags().Changed(caFlag) || os.Getenv(caVariable) != "" {
		return nil
	}
	return cmd.Flags().Set(caFlag, path)
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
	return fmt.Errorf("no operator's door answers at %s: start provost serve (its --operator-listen) or provost dev\n"+
		"or name the one that runs with --operator or %s (%w)", r.base, operatorVariable, err)
}

// explainOperator says more of answers that tell little from there.
func (r *remote) explainOperator(e *answerError) error {
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
		if err := r.ask(cmd.Context(), http.MethodGet, extension.WorldsPath, nil, nil, &worlds); err != nil {
			return "", err
		}
		switch len(worlds.Items) {
		case 0:
			return "", misuse("there is no world yet: provost world create --tenant GUID --kind production")
		case 1:
			named = worlds.Items[0].Name
		default:
			var names []string
			for _, w := range worlds.Items {
				names = append(names, w.Name)
			}
			return "", misuse("there are several worlds: pick one with --world: %s", strings.Join(names, ", "))
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
