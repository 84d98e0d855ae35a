package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"provost/internal/server"
)

const defaultOperatorListen = "127.0.0.1:4178"

func newServe() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve for production, behind your own identity provider",
		Long: "Serve for production. The tokens come from the issuers that you name: this server " +
			"hands out none. It starts only when its store and an issuer are named, and says " +
			"all that is missing at once.\n\n" +
			"It speaks plain HTTP: a TLS proxy must stand in front of what others reach. Health " +
			"and metrics have a listener of their own. Every setting can also come from " + envPrefix + "… " +
			"in the environment (" + variableOfFlag("operator-listen") + ") or from the file of --config.",
		Example: strings.Join([]string{
			"# TENANT is the GUID of the tenant that the issuer speaks for",
			"provost serve --database provost.db \\",
			"  --issuer https://login.example.com/TENANT/v2.0",
			"# the same from the environment: PROVOST_DATABASE, PROVOST_ISSUER",
			"provost serve",
			"# the same from a file",
			"provost serve --config provost.yaml",
		}, "\n"),
		RunE: runServe,
	}
	flags := cmd.Flags()
	flags.String("listen", defaultListen, "the address of the API")
	flags.String("operator-listen", defaultOperatorListen, "the address of /healthz, /readyz and /metrics")
	flags.String("database", "", "the file of the SQLite database; made when it is not there")
	flags.StringSlice("issuer", nil, "the URL of an issuer whose tokens are accepted (repeatable)")
	flags.StringSlice("tenant", nil, "a GUID of a tenant that issuers may speak for whose address names none (repeatable)")
	flags.StringSlice("audience", server.DefaultAudiences(), "an audience that tokens may be meant for (repeatable)")
	addProfileFlag(cmd)
	addLogFlag(cmd)
	addConfigFlag(cmd)
	_ = cmd.MarkFlagFilename("database")
	return cmd
}

func runServe(cmd *cobra.Command, _ []string) error {
	if err := configure(cmd); err != nil {
		return err
	}
	log, err := openLog(cmd)
	if err != nil {
		return err
	}
	flags := cmd.Flags()
	settings := server.Settings{Version: readBuild().Version, Log: log}
	settings.Listen, _ = flags.GetString("listen")
	settings.OperatorListen, _ = flags.GetString("operator-listen")
	settings.Database, _ = flags.GetString("database")
	settings.Profile, _ = flags.GetString("profile")
	settings.Issuers, _ = flags.GetStringSlice("issuer")
	settings.Tenants, _ = flags.GetStringSlice("tenant")
	settings.Audiences, _ = flags.GetStringSlice("audience")
	s, err := server.Open(cmd.Context(), settings)
	if err != nil {
		return curable(err)
	}
	fmt.Fprint(cmd.OutOrStdout(), serveBanner(s))
	return s.Run(cmd.Context())
}
