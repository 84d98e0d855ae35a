package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"provost/internal/cli"
)

func newHealth() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "health [URL]",
		Short: "Ask a server on this machine whether it can serve",
		Long: "Ask a server whether it can serve, print one line, and end with 0 if it can, else with\n" +
			"1: what a container or a script has to know.\n\n" +
			"Without a URL the operator's door is asked that the settings of provost serve name\n" +
			"(" + variableOfFlag("operator-listen") + ", --config), at /readyz. A URL may name /healthz in its place,\n" +
			"which asks no more than whether the process lives.",
		Example: strings.Join([]string{
			"provost health",
			"# only whether it lives",
			"provost health http://127.0.0.1:4178/healthz",
			"# a provost dev",
			"provost health http://127.0.0.1:4177",
		}, "\n"),
		Args: cli.Takes(0, 1, "the URL of a server, or none"),
		RunE: runHealth,
	}
	flags := cmd.Flags()
	flags.String("operator-listen", defaultOperatorListen, "the address of the operator's door, as provost serve has it")
	flags.String("tls-cert", "", "the certificate, as provost serve has it: with one, a door beyond this machine speaks https")
	_ = cmd.MarkFlagFilename("tls-cert")
	addConfigFlag(cmd)
	return cmd
}

func runHealth(cmd *cobra.Command, args []string) error {
	if err := configure(cmd); err != nil {
		return err
	}
	var asked *url.URL
	var err error
	if len(args) > 0 {
		asked, err = cli.HealthURL(args[0])
	} else {
		address, _ := cmd.Flags().GetString("operator-listen")
		certificate, _ := cmd.Flags().GetString("tls-cert")
		asked, err = cli.HealthOfDoor(address, certificate != "")
	}
	if err != nil {
		return err
	}
	words, err := cli.AskHealth(cmd.Context(), asked)
	if err == nil {
		_, err = fmt.Fprintln(cmd.OutOrStdout(), words)
	}
	return err
}
