package cli

import (
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
		var keys extension.OperatorKeys
		if err := door.ask(cmd.Context(), http.MethodGet, extension.OperatorKeysPath, nil, nil, &keys); err != nil {
			return err
		}
		return show(cmd, keys, func(table io.Writer) {
			row(table, "NAME", "ID", "CREATED", "BY", "LAST USED", "REVOKED")
			for _, k := range keys.Items {
				row(table, k.Name, k.ID, moment(&k.CreatedAt), k.CreatedBy, moment(k.LastUsedAt), moment(k.RevokedAt))
			}
		})
	})
}

func newOperatorKeyRevoke() *cobra.Command {
	cmd := &cobra.Command{
		Use: "revoke NAME", Short: "Make an operator key worthless, at once", Example: "provost operator key revoke ci",
		Args: takes(1, 1, "the name or the id of a key, or one that was found"),
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
		}, "\n"),
		Args: noArguments,
	}
	addWorldFlag(cmd)
	cmd.Flags().Int("size", 50, "how many, up to 1000")
	cmd.Flags().Int64("before", 0, "only those before this number")
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, _ []string) error {
		query := url.Values{}
		if world, _ := cmd.Flags().GetString("world"); world != "" {
			query.Set("world", world)
		}
		size, _ := cmd.Flags().GetInt("size")
		query.Set("size", strconv.Itoa(size))
		if before, _ := cmd.Flags().GetInt64("before"); before != 0 {
			query.Set("before", strconv.FormatInt(before, 10))
		}
		var log extension.OperatorLog
		if err := door.ask(cmd.Context(), http.MethodGet, extension.OperatorLogPath, query, nil, &log); err != nil {
			return err
		}
		return show(cmd, log, func(table io.Writer) {
			row(table, "NUMBER", "AT", "BY", "WHAT", "WORLD", "SUBJECT", "CHANGED")
			for _, a := range log.Items {
				row(table, strconv.FormatInt(a.ID, 10), moment(&a.At), a.By, a.What, a.World, a.Subject, changed(a))
			}
			if log.Next > 0 {
				fmt.Fprintf(table, "further back: provost operator log --before %d\n", log.Next)
			}
		})
	})
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
