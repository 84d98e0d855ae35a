// Command provost serves a slice of the Partner Center REST API, and speaks to
// a server that does.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"provost/internal/cli"
)

// exitFailed says that what was asked for failed; [cli.Misuse] has a code of its
// own.
const exitFailed = 1

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal asks for a clean end; the second finds the default
	// behaviour and ends the process at once.
	context.AfterFunc(ctx, stop)

	err := fang.Execute(ctx, newRoot(), fang.WithVersion(readBuild().Version), fang.WithErrorHandler(complain))
	if err == nil {
		return 0
	}
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "provost",
		Short: "A self-hosted Partner Center REST API for orders, subscriptions and their provisioning status",
		Long: "Provost answers the Partner Center REST API for customers, orders, subscriptions\n" +
			"and their provisioning status, from a store of its own.\n\n" +
			"Start with: provost dev",
		Example: strings.Join([]string{
			"# a server with a demo shop and its own sign-in, on this machine alone",
			"provost dev",
			"# a token of it",
			"provost token",
			"# a production server, behind your identity provider",
			"provost serve --database provost.db --issuer https://login.example.com/",
		}, "\n"),
		Args:                       knownCommand,
		SuggestionsMinimumDistance: 2,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return cli.Misuse{Err: err} })
	root.AddCommand(newDev(), newServe(), cli.NewToken(), cli.NewMFA(), newVersion())
	for _, cmd := range root.Commands() {
		cmd.Args = noArguments
	}
	root.AddCommand(cli.NewWorld(), cli.NewPartner(), cli.NewRelationship(), cli.NewRole(), cli.NewWho(), newOperator())
	return root
}

func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("there is no command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		text += "; did you mean " + strings.Join(near, " or ")
	}
	return cli.Misuse{Err: errors.New(text + "; all there are: provost --help")}
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return cli.Misuse{Err: fmt.Errorf("%s takes no arguments, and was given %q; its flags: %s --help",
		cmd.CommandPath(), args, cmd.CommandPath())}
}

func complain(w io.Writer, styles fang.Styles, err error) {
	if !isTerminal(os.Stderr) {
		fmt.Fprintln(w, "provost:", err)
		return
	}
	fmt.Fprintln(w, styles.ErrorHeader.UnsetMargins().String(), err)
}
