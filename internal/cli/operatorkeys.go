package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"provost/partnercenter/extension"
)

// CreateOperatorKey asks the operator's door for a key; the command finds the
// door by its flags.
func CreateOperatorKey(cmd *cobra.Command, name string) (string, error) {
	door, err := connectOperator(cmd)
	if err != nil {
		return "", err
	}
	var key extension.OperatorKey
	err = door.ask(cmd.Context(), http.MethodPost, extension.OperatorKeysPath, nil, extension.NewOperatorKey{Name: name}, &key)
	return key.Key, err
}

// AddOperatorFlags lets a command name the operator's door.
func AddOperatorFlags(cmd *cobra.Command) { addOperatorFlags(cmd) }

// NewOperator returns the commands about the operator's door; create makes its
// keys.
func NewOperator(create *cobra.Command) *cobra.Command {
	return parent("operator", "Make and revoke operator keys, and see what was done with them",
		"An operator key opens the door by which worlds, partners, relationships and roles\n"+
			"are managed. What is done with it is logged under its name.",
		parent("key", "Make, list and revoke operator keys",
			"The first key is made where the database lies; a key makes others.",
			create, newOperatorKeyList(), newOperatorKeyRevoke()),
		newOperatorLog())
}

func newOperatorKeyList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the operator keys, revoked ones too", Example: "provost operator key list", Args: noArguments,
	}
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, _ []string) error {
		all, err := listed[extension.OperatorKey](cmd.Context(), door, extension.OperatorKeysPath, nil)
		if err != nil {
			return err
		}
		return show(cmd, extension.OperatorKeys{Items: all}, func(table io.Writer) {
			row(table, "NAME", "ID", "CREATED", "BY", "LAST USED", "REVOKED")
			for _, k := range all {
				row(table, k.Name, k.ID, moment(&k.CreatedAt), k.CreatedBy, moment(k.LastUsedAt), moment(k.RevokedAt))
			}
		})
	})
}

func newOperatorKeyRevoke() *cobra.Command {
	cmd := &cobra.Command{
		Use: "revoke NAME", Short: "Make an operator key worthless, at once", Example: "provost operator key revoke ci",
		Args: Takes(1, 1, "the name or the id of a key, or one that was found"),
	}
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, args []string) error {
		err := door.ask(cmd.Context(), http.MethodDelete, extension.OperatorKeysPath+"/"+url.PathEscape(args[0]), nil, nil, nil)
		if err != nil {
			return err
		}
		return say(cmd, "The key %s opens nothing any more.", args[0])
	})
}

func newOperatorLog() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "log",
		Short: "List what operators did, the latest first",
		Example: strings.Join([]string{
			"provost operator log",
			"# of one world, and further back",
			"provost operator log --world demo --before 120",
			"# all of it",
			"provost operator log --size 0 -o json",
		}, "\n"),
		Args: noArguments,
	}
	addWorldFlag(cmd)
	cmd.Flags().Int("size", 50, "how many; 0: all")
	cmd.Flags().Int64("before", 0, "only those before this number")
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, _ []string) error {
		query := url.Values{}
		if world, _ := cmd.Flags().GetString("world"); world != "" {
			query.Set("world", world)
		}
		size, _ := cmd.Flags().GetInt("size")
		before, _ := cmd.Flags().GetInt64("before")
		if size < 0 || before < 0 {
			return misuse("--size and --before are numbers from 0 on")
		}
		log, err := door.log(cmd.Context(), query, size, before)
		if err != nil {
			return err
		}
		err = show(cmd, log, func(table io.Writer) {
			row(table, "NUMBER", "AT", "BY", "WHAT", "WORLD", "SUBJECT", "CHANGED")
			for _, a := range log.Items {
				row(table, strconv.FormatInt(a.ID, 10), moment(&a.At), a.By, a.What, a.World, a.Subject, changed(a))
			}
		})
		if err != nil || log.Next == 0 {
			return err
		}
		_, err = fmt.Fprintln(cmd.ErrOrStderr(), "further back:", advised(cmd, furtherBack(cmd, log.Next)))
		return err
	})
}

// furtherBack is the command that goes on where this one ended.
func furtherBack(cmd *cobra.Command, before int64) string {
	words := "operator log --before " + strconv.FormatInt(before, 10)
	for _, name := range []string{"world", "size", "output"} {
		if f := cmd.Flags().Lookup(name); f.Changed {
			words += " --" + name + " " + ShellWord(f.Value.String())
		}
	}
	return words
}

// logPage is the most acts that one page of the log holds.
const logPage = 1000

// log gives as many acts as are asked for (0: all), page by page.
func (r *remote) log(ctx context.Context, query url.Values, size int, before int64) (log extension.OperatorLog, err error) {
	log.Items, log.Next = []extension.OperatorAct{}, before
	for {
		asked := logPage
		if size > 0 {
			asked = min(asked, size-len(log.Items))
		}
		query.Set("size", strconv.Itoa(asked))
		if log.Next > 0 {
			query.Set("before", strconv.FormatInt(log.Next, 10))
		}
		var page extension.OperatorLog
		if err := r.ask(ctx, http.MethodGet, extension.OperatorLogPath, query, nil, &page); err != nil {
			return log, err
		}
		log.Items, log.Next = append(log.Items, page.Items...), page.Next
		if page.Next == 0 || len(page.Items) == 0 || len(log.Items) == size {
			return log, nil
		}
	}
}

// changed says what an act changed: one value where it did not, two where it
// did.
func changed(a extension.OperatorAct) string {
	var parts []string
	for _, name := range sortedNames(a.Before, a.After) {
		before, had := a.Before[name]
		after, has := a.After[name]
		switch {
		case had && has && before != after:
			parts = append(parts, name+" "+before+" → "+after)
		case has && !had:
			parts = append(parts, name+" "+after)
		case had && !has:
			parts = append(parts, name+" was "+before)
		}
	}
	return strings.Join(parts, ", ")
}
