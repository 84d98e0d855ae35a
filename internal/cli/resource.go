package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// verb is what can be done with resources of a kind: a command.
type verb struct {
	// use is its name; its arguments follow from takes.
	use, short, long string
	examples         []string
	// takes says what its arguments name, in their order.
	takes []kind
	// several says that the last of them can be named more than once.
	several bool
	// method is that of the request which --curl prints; GET unless it says
	// otherwise.
	method string
	flags  func(*cobra.Command)
}

// calling is one run of a command on resources.
type calling struct {
	*session
	ctx   context.Context
	sheet *sheet
	*printer
}

// text is what a flag says.
func (c *calling) text(flag string) string {
	text, _ := c.cmd.Flags().GetString(flag)
	return text
}

// quantity is what the flag of that name says. None at all would be left out of
// the request, and change nothing.
func (c *calling) quantity() (int, error) {
	n, err := c.cmd.Flags().GetInt("quantity")
	if err == nil {
		err = admitQuantity("--quantity", n)
	}
	return n, err
}

// admitQuantity refuses what the service would take for a quantity that was left
// out.
func admitQuantity(flag string, n int) error {
	if n < 1 {
		return misuse("%s %d: it is 1 or more; what is no longer wanted is cancelled or suspended, by its status", flag, n)
	}
	return nil
}

// sets says whether --set names the member.
func (c *calling) sets(member string) bool {
	given, _ := c.cmd.Flags().GetStringArray(setFlag)
	return slices.ContainsFunc(given, func(one string) bool { return strings.HasPrefix(one, member+"=") })
}

// resourceCommand is the command of a verb.
func resourceCommand(s *sheet, v verb, run func(c *calling, ids []string) error) *cobra.Command {
	use, takes := v.use, []string{}
	for _, k := range v.takes {
		use += " " + strings.ToUpper(k.word)
		if k.itself {
			takes = append(takes, k.a())
		} else {
			takes = append(takes, "the id of "+k.a())
		}
	}
	most := len(v.takes)
	if v.several {
		use, most = use+"...", math.MaxInt
	}
	want := "no arguments"
	if len(takes) > 0 {
		want = strings.Join(takes, " and ")
	}
	cmd := &cobra.Command{
		Use: use, Short: v.short, Long: longer(v), Example: strings.Join(v.examples, "\n"),
		Args:              Takes(len(v.takes), most, want),
		ValidArgsFunction: completeIDs(v),
	}
	addSessionFlags(cmd)
	addPrinterFlags(cmd, s)
	cmd.Flags().Bool(curlFlag, false, "print the request for curl, without the token, and do not send it")
	if v.flags != nil {
		v.flags(cmd)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		print, err := newPrinter(cmd, s)
		if err != nil {
			return err
		}
		session, err := openSession(cmd)
		if err != nil {
			return err
		}
		c := &calling{session: session, ctx: cmd.Context(), sheet: s, printer: print}
		return c.explain(c.start(v, args, run))
	}
	return cmd
}

// taken are what so many arguments name.
func (v verb) taken(count int) []kind {
	takes := slices.Clone(v.takes)
	for v.several && len(takes) < count {
		takes = append(takes, v.takes[len(v.takes)-1])
	}
	return takes
}

func longer(v verb) string {
	text := v.short + "."
	if v.long != "" {
		text += " " + v.long
	}
	for _, k := range v.takes {
		if k.list != nil {
			return text + "\n\nThe beginning of an id is enough where no other begins so."
		}
	}
	return text
}

func (c *calling) start(v verb, args []string, run func(*calling, []string) error) error {
	ids, err := c.resolve(c.ctx, v.taken(len(args)), args)
	if err != nil {
		return err
	}
	c.ids = ids[:min(len(ids), len(v.takes))]
	if curl, _ := c.cmd.Flags().GetBool(curlFlag); curl {
		method := v.method
		if method == "" {
			method = http.MethodGet
		}
		c.wire.print(&printing{method: method, bearer: c.bearerWords(), ca: c.server.ca, to: c.out})
	}
	if err := run(c, ids); !errors.Is(err, errPrinted) {
		return err
	}
	return nil
}

// noun is a kind of resource: its words, and how it is shown.
type noun[T any] struct {
	one   string
	sheet sheet
}

// nounOf makes a noun of a type of the SDK's.
func nounOf[T any](one, name string, columns ...column) *noun[T] {
	return &noun[T]{one: one, sheet: sheet{columns: columns, name: name, fields: fieldsOf(reflect.TypeFor[T]())}}
}

const limitFlag = "limit"

// listing is a command that lists resources.
func listing[T any](n *noun[T], v verb, list func(c *calling, ids []string) iter.Seq2[*T, error]) *cobra.Command {
	cmd := resourceCommand(&n.sheet, v, func(c *calling, ids []string) error {
		most, _ := c.cmd.Flags().GetInt(limitFlag)
		all := []document{}
		for one, err := range list(c, ids) {
			if err != nil {
				return err
			}
			d, err := asSaid(one)
			if err != nil {
				return err
			}
			if all = append(all, d); most > 0 && len(all) == most {
				break
			}
		}
		return c.list(c.sheet, all)
	})
	cmd.Flags().Int(limitFlag, 0, "print so many at most (default: all)")
	return cmd
}

// getting is a command that shows one resource.
func getting[T any](n *noun[T], v verb, get func(c *calling, ids []string) (*T, error)) *cobra.Command {
	return resourceCommand(&n.sheet, v, func(c *calling, ids []string) error {
		one, err := get(c, ids)
		if err != nil {
			return err
		}
		return showOne(c, one)
	})
}

func showOne[T any](c *calling, one *T) error {
	d, err := asSaid(one)
	if err != nil {
		return err
	}
	return c.one(c.sheet, d)
}

const (
	fileFlag = "file"
	setFlag  = "set"
)

// writing is a command that writes a resource which it makes of a file and of
// flags: fill takes those that the verb has of its own.
func writing[T any](n *noun[T], v verb, fill func(c *calling, t *T) error, write func(c *calling, ids []string, t *T) error) *cobra.Command {
	if v.method == "" {
		v.method = http.MethodPost
	}
	cmd := resourceCommand(&n.sheet, v, func(c *calling, ids []string) error {
		given := new(T)
		if err := n.apply(c, given, fill); err != nil {
			return err
		}
		return write(c, ids, given)
	})
	n.addBodyFlags(cmd)
	return cmd
}

// creating is a command that makes a resource and shows it.
func creating[T any](n *noun[T], v verb, fill func(c *calling, t *T) error, create func(c *calling, ids []string, t *T) (*T, error)) *cobra.Command {
	return writing(n, v, fill, func(c *calling, ids []string, t *T) error {
		made, err := create(c, ids, t)
		if err != nil {
			return err
		}
		return showOne(c, made)
	})
}

// patching is a command that reads a resource, changes what the flags and the
// file say, and writes it: update is the SDK's.
func patching[T any](n *noun[T], v verb, fill func(c *calling, t *T) error, update func(c *calling, ids []string, change func(*T) error) (*T, error)) *cobra.Command {
	if v.method == "" {
		v.method = http.MethodPatch
	}
	cmd := resourceCommand(&n.sheet, v, func(c *calling, ids []string) error {
		if !v.says(c.cmd) {
			return misuse("say what to change, such as --set %s; the flags for it: %s", n.example(), HelpOf(c.cmd))
		}
		changed, err := update(c, ids, func(t *T) error { return n.apply(c, t, fill) })
		if err != nil {
			return err
		}
		return showOne(c, changed)
	})
	n.addBodyFlags(cmd)
	return cmd
}

// says tells whether a flag names something to write.
func (v verb) says(cmd *cobra.Command) bool {
	own := &cobra.Command{}
	if v.flags != nil {
		v.flags(own)
	}
	said := cmd.Flags().Changed(fileFlag) || cmd.Flags().Changed(setFlag)
	own.Flags().VisitAll(func(f *pflag.Flag) { said = said || cmd.Flags().Changed(f.Name) })
	return said
}

// doing is a command that answers with a sentence.
func doing(v verb, do func(c *calling, ids []string) (string, error)) *cobra.Command {
	return resourceCommand(&sheet{}, v, func(c *calling, ids []string) error {
		said, err := do(c, ids)
		if err != nil || c.form != "table" && c.form != "wide" {
			return err
		}
		_, err = fmt.Fprintln(c.out, clean(said))
		return err
	})
}

func (n *noun[T]) addBodyFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringP(fileFlag, "f", "", "a file of members to write, in JSON or YAML; - reads what is piped")
	flags.StringArray(setFlag, nil, "a member to write, such as "+n.example()+" (repeatable); a list's items are counted from 0")
	_ = cmd.MarkFlagFilename(fileFlag, "json", "yaml", "yml")
	_ = cmd.RegisterFlagCompletionFunc(setFlag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var all []cobra.Completion
		for _, f := range n.sheet.fields {
			all = append(all, f+"=")
		}
		return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	})
}

func (n *noun[T]) example() string {
	if i := indexOf(n.sheet.fields, "friendlyName"); i >= 0 {
		return "friendlyName=Office"
	}
	return n.sheet.fields[0] + "=…"
}

func indexOf(all []string, one string) int {
	for i, other := range all {
		if strings.EqualFold(other, one) {
			return i
		}
	}
	return -1
}

// apply writes into a resource what the file and the flags say.
func (n *noun[T]) apply(c *calling, t *T, fill func(*calling, *T) error) error {
	d, err := documentOf(t)
	if err != nil {
		return fmt.Errorf("write the %s: %w", n.one, err)
	}
	changed := false
	if file := c.text(fileFlag); file != "" {
		read, err := readFile(c.cmd, file)
		if err != nil {
			return err
		}
		d.merge(read)
		changed = true
	}
	sets, _ := c.cmd.Flags().GetStringArray(setFlag)
	for _, given := range sets {
		path, text, found := strings.Cut(given, "=")
		if !found || path == "" {
			return misuse("--set %s: write a member, = and its value, such as --set %s", given, n.example())
		}
		if err := d.set(strings.Split(path, "."), valueOf(reflect.TypeFor[T](), path, text)); err != nil {
			return misuse("--set %s: %w", given, err)
		}
		changed = true
	}
	if changed {
		if err := n.become(t, d); err != nil {
			return err
		}
	}
	if fill == nil {
		return nil
	}
	return fill(c, t)
}

// become puts a document's members into a resource, and keeps what the SDK keeps
// of how it was read.
func (n *noun[T]) become(t *T, d document) error {
	var fresh T
	text, _ := d.MarshalJSON()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var wrong *json.UnmarshalTypeError
	if err := decoder.Decode(&fresh); errors.As(err, &wrong) && wrong.Field != "" {
		return misuse("%s of the %s takes %s, and was given %s", wrong.Field, n.one, takenBy(wrong.Type), strings.Replace(wrong.Value, "string", "text", 1))
	} else if err != nil {
		return misuse("this is no %s: %s; its members are: %s", n.one, strings.TrimPrefix(err.Error(), "json: "), strings.Join(n.sheet.outermost(), ", "))
	}
	if was, is := rawOf(t), rawOf(&fresh); was != nil {
		*is = *was
	}
	*t = fresh
	return nil
}

// takenBy says what JSON a type is read from.
func takenBy(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	default:
		return "a number"
	}
}

func readFile(cmd *cobra.Command, name string) (document, error) {
	var text []byte
	var err error
	if name == "-" {
		text, err = io.ReadAll(cmd.InOrStdin())
	} else {
		text, err = os.ReadFile(name)
	}
	if err != nil {
		return document{}, misuse("read --file: %w", err)
	}
	d, err := readFileText(text)
	if err != nil {
		return document{}, misuse("read --file: %s holds no object, in JSON or YAML: %w", name, err)
	}
	if d.kind != '{' {
		return document{}, misuse("read --file: %s holds no object, in JSON or YAML, such as {\"quantity\": 5}", name)
	}
	return d, nil
}

func readFileText(text []byte) (document, error) {
	if d, err := readDocument(text); err == nil {
		return d, nil
	}
	var value map[string]any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return document{}, err
	}
	return documentOf(value)
}

// asSaid is a resource as the service said it, where the SDK keeps that.
func asSaid(resource any) (document, error) {
	if raw := rawOf(resource); raw != nil && len(*raw) > 0 {
		return readDocument(*raw)
	}
	return documentOf(resource)
}

// rawOf is where a resource keeps how it was read; nil: nowhere.
func rawOf(resource any) *json.RawMessage {
	v := reflect.Indirect(reflect.ValueOf(resource))
	if v.Kind() != reflect.Struct {
		return nil
	}
	field := v.FieldByName("Raw")
	if !field.IsValid() || !field.CanAddr() {
		return nil
	}
	raw, _ := field.Addr().Interface().(*json.RawMessage)
	return raw
}
