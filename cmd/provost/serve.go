package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"provost/internal/memory"
	"provost/internal/server"
)

const (
	defaultOperatorListen = server.DefaultOperatorListen

	databaseUsage = "the file of a SQLite database, made when it is not there; or the URL of a PostgreSQL, postgres://user@host/database"
)

func newServe() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve for production, behind your own identity provider",
		Long: "Serve for production. The tokens come from the issuers that you name: this server " +
			"hands out none. It starts only when its store and an issuer are named, and says " +
			"all that is missing at once.\n\n" +
			"With --tls-cert and --tls-key it speaks https and takes new files as soon as they " +
			"are there; without them a TLS proxy must stand in front of what others reach. Health " +
			"and metrics have a listener of their own. Every setting can also come from " + envPrefix + "… " +
			"in the environment (" + variableOfFlag("operator-listen") + ") or from the file of --config, which " +
			"can say more of an issuer than a flag: see docs/production.md.",
		Example: strings.Join([]string{
			"# TENANT is the GUID of the tenant that the issuer speaks for",
			"provost serve --database provost.db \\",
			"  --issuer https://login.example.com/TENANT/v2.0",
			"# several servers over one PostgreSQL: PROVOST_DATABASE hides its password",
			"provost serve --database postgres://provost@db.example/provost \\",
			"  --issuer https://login.example.com/TENANT/v2.0",
			"# the same from the environment: PROVOST_DATABASE, PROVOST_ISSUER",
			"provost serve",
			"# over https",
			"provost serve --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem",
			"# the same from a file",
			"provost serve --config provost.yaml",
		}, "\n"),
		RunE: runServe,
	}
	flags := cmd.Flags()
	flags.String("listen", defaultListen, "the address of the API")
	flags.String("operator-listen", defaultOperatorListen, "the address of the operator's door, /healthz, /readyz and /metrics")
	flags.String("database", "", databaseUsage)
	flags.String("seal-key-file", "", "the file of the key that one-time passwords are sealed with in the database; made when it is not there")
	flags.StringSlice("issuer", nil, "the URL of an issuer whose tokens are accepted (repeatable)")
	flags.StringSlice("tenant", nil, "a GUID of a tenant that issuers may speak for whose address names none (repeatable)")
	flags.StringSlice("audience", server.DefaultAudiences(), "an audience that tokens may be meant for (repeatable)")
	flags.String("tls-cert", "", "the file of the certificate, with what leads to its root (PEM)")
	flags.String("tls-key", "", "the file of the certificate's key (PEM)")
	addPublicURLFlag(cmd, "the address that callers use, when a proxy stands in front; such as https://shop.example")
	addProfileFlag(cmd)
	addReadCacheFlag(cmd)
	addLimitFlags(cmd)
	addLogFlag(cmd)
	addConfigFlag(cmd)
	for _, name := range []string{"database", "seal-key-file", "tls-cert", "tls-key"} {
		_ = cmd.MarkFlagFilename(name)
	}
	return cmd
}

func runServe(cmd *cobra.Command, _ []string) error {
	described, err := configureAll(cmd)
	if err != nil {
		return err
	}
	log, err := openLog(cmd)
	if err != nil {
		return err
	}
	flags := cmd.Flags()
	settings := server.Settings{Version: readBuild().Version, Log: log, Program: ourselves()}
	settings.Listen, _ = flags.GetString("listen")
	settings.OperatorListen, _ = flags.GetString("operator-listen")
	settings.Database, _ = flags.GetString("database")
	settings.SealKeyFile, _ = flags.GetString("seal-key-file")
	settings.Profile, _ = flags.GetString("profile")
	settings.ReadCache = readCache(cmd)
	settings.Limits = limits(cmd)
	addresses, _ := flags.GetStringSlice("issuer")
	for _, address := range addresses {
		settings.Issuers = append(settings.Issuers, server.Issuer{URL: address})
	}
	settings.Issuers = append(settings.Issuers, described.issuers...)
	settings.Provisioners = described.provisioners
	settings.Tenants, _ = flags.GetStringSlice("tenant")
	settings.Audiences, _ = flags.GetStringSlice("audience")
	settings.TLSCert, _ = flags.GetString("tls-cert")
	settings.TLSKey, _ = flags.GetString("tls-key")
	settings.PublicURL, _ = flags.GetString("public-url")
	memory.Keep(cmd.Context())
	s, err := server.Open(cmd.Context(), settings)
	if err != nil {
		return curable(err)
	}
	fmt.Fprint(cmd.OutOrStdout(), serveBanner(s, s.NeedsKey(cmd.Context())))
	return s.Run(cmd.Context())
}
