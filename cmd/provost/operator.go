package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"provost/internal/cli"
	"provost/internal/server"
)

func newOperator() *cobra.Command { return cli.NewOperator(newOperatorKeyCreate()) }

// newOperatorKeyCreate is the one command of the operator's that opens the
// store: the door needs a key before it can give one.
func newOperatorKeyCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Make an operator key, and print it once",
		Long: "Make an operator key and print it, alone on a line. It is shown this once: the\n" +
			"server keeps its hash alone.\n\n" +
			"With --database it is made in the store itself, while provost serve is stopped if that\n" +
			"is a file; so the first one comes about, and the file with it if there is none. Without,\n" +
			"it is made through the operator's door, with a key that the door knows.\n\n" + cli.FindsOperator,
		Example: strings.Join([]string{
			"# the first key, before the first start",
			"export PROVOST_OPERATOR_KEY=$(provost operator key create ann --database provost.db)",
			"# one more, of a server that runs",
			"provost operator key create ci --operator http://127.0.0.1:4178",
		}, "\n"),
		Args: cli.Takes(1, 1, "a name for the key, such as ann or ci"),
		RunE: runOperatorKeyCreate,
	}
	cmd.Flags().String("database", "", databaseUsage)
	_ = cmd.MarkFlagFilename("database")
	cli.AddOperatorFlags(cmd)
	addConfigFlag(cmd)
	return cmd
}

func runOperatorKeyCreate(cmd *cobra.Command, args []string) error {
	flags := cmd.Flags()
	throughDoor := flags.Changed("operator") || flags.Changed("data")
	if throughDoor && flags.Changed("database") {
		return cli.Misuse{Err: fmt.Errorf("--database opens a store, --operator and --data a door: leave one of them out")}
	}
	if err := configure(cmd); err != nil {
		return err
	}
	database, _ := flags.GetString("database")
	var key string
	var err error
	if database != "" && !throughDoor {
		key, err = server.CreateOperatorKey(cmd.Context(), ourselves(), database, args[0])
		err = curable(err)
	} else {
		key, err = cli.CreateOperatorKey(cmd, args[0])
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), key)
	return err
}
