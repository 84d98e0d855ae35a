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
	"slices"
	"strings"
	"syscall"
	"time"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"provost/internal/cli"
)

// exitFailed says that what was asked for failed; [cli.Misuse] has a code of its
// own.
const exitFailed = 1

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, endAtOnce)
	// A reader who is gone (provost dev | head) is no reason to die without
	// cleaning up.
	signal.Ignore(syscall.SIGPIPE)

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

// endAtOnce waits for a second signal: the first has asked for a clean end. One
// that comes right after it is taken for the same.
func endAtOnce() {
	time.Sleep(sameSignal)
	again := make(chan os.Signal, 1)
	signal.Notify(again, os.Interrupt, syscall.SIGTERM)
	<-again
	removeTemporary()
	os.Exit(exitFailed)
}

const sameSignal = 300 * time.Millisecond

// kinds are what flags of a type take.
var kinds = map[string]string{"int": "a whole number", "duration": "a time such as 10s or 2m"}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "provost",
		Short: "A self-hosted Partner Center REST API for orders, subscriptions and their provisioning status",
		Long: "Provost answers the Partner Center REST API for customers, orders, subscriptions " +
			"and their provisioning status, from a store of its own.\n\n" +
			"Start with: provost dev",
		Example: strings.Join([]string{
			"# a server with a demo shop and its own sign-in, on this machine alone",
			"provost dev",
			"# is a subscription of its shop provisioned?",
			"provost subscriptions status 0c39d6d5 aaaa0a0a",
			"# a token of it",
			"provost token",
			"# a production server, behind your identity provider",
			"provost serve --help",
		}, "\n"),
		Annotations:                map[string]string{cli.Program: ourselves()},
		Args:                       knownCommand,
		SuggestionsMinimumDistance: 2,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		var invalid *pflag.InvalidValueError
		if errors.As(err, &invalid) {
			if kind := kinds[invalid.GetFlag().Value.Type()]; kind != "" {
				err = fmt.Errorf("--%s is %s, and was given %q", invalid.GetFlag().Name, kind, invalid.GetValue())
			}
		}
		return cli.Misuse{Err: fmt.Errorf("%w; its flags: %s", err, cli.HelpOf(cmd))}
	})
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [command]",
		Short: "Help about any command",
		RunE: func(_ *cobra.Command, args []string) error {
			named, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return knownCommand(root, args)
			}
			return named.Help()
		},
	})
	addCommands(root)
	return root
}

// addCommands sorts them by who runs them.
func addCommands(root *cobra.Command) {
	own := []*cobra.Command{newDev(), newServe(), cli.NewToken(), newVersion()}
	for _, cmd := range own {
		cmd.Args = noArguments
	}
	for _, g := range []struct {
		id, title string
		commands  []*cobra.Command
	}{
		{"serve", "serve", own[:2]},
		{"ask", "ask a service", []*cobra.Command{
			cli.NewCustomers(), cli.NewSubscriptions(), cli.NewOrders(), cli.NewCarts(), cli.NewProducts(), cli.NewSKUs(), cli.NewAvailabilities(),
			cli.NewAgreements(), cli.NewDomains(), cli.NewAudit(), cli.NewCall(), cli.NewClock(), cli.NewMFA(),
		}},
		{"sign-in", "sign in", []*cobra.Command{cli.NewLogin(), cli.NewLogout(), cli.NewProfiles(), own[2], cli.NewDoctor()}},
		{"operate", "operate a server", []*cobra.Command{cli.NewWorld(), cli.NewPartner(), cli.NewRelationship(), cli.NewRole(), cli.NewWho(), newOperator(), newHealth(), newMigrate(), newBackup()}},
	} {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, cmd := range g.commands {
			cmd.GroupID = g.id
		}
		root.AddCommand(g.commands...)
	}
	root.AddCommand(own[3])
}

func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("there is no command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		text += " (did you mean " + strings.Join(near, " or ") + "?)"
	}
	return cli.Misuse{Err: errors.New(text + "; all there are: " + cli.HelpOf(cmd.Root()))}
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return cli.Misuse{Err: fmt.Errorf("%s takes no arguments, and was given %s; its flags: %s",
		cmd.Name(), strings.Join(args, " "), cli.HelpOf(cmd))}
}

func complain(w io.Writer, styles fang.Styles, err error) {
	if errors.Is(err, syscall.EPIPE) {
		return // whoever read has read enough
	}
	text := cli.CleanLines(err.Error()) // a server may have said it
	if !isTerminal(os.Stderr) || slices.Contains(os.Args, "--no-color") {
		fmt.Fprintln(w, "provost:", text)
		return
	}
	fmt.Fprintln(w, styles.ErrorHeader.UnsetMargins().String(), text)
}
