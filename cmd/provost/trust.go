package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"provost/internal/cli"
)

// trustLines make the programs of a shell trust the certificate authority of a
// development server. Those of curl and of Provost itself are in the commands
// that the banner prints.
func trustLines(ca, system string) []string {
	file := cli.ShellWord(ca)
	store := cli.ShellWord(filepath.Join(filepath.Dir(ca), "ca.p12"))
	keytool := fmt.Sprintf("keytool -importcert -noprompt -alias provost -file %s -keystore %s -storetype PKCS12 -storepass provost", file, store)
	java := fmt.Sprintf("-Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=provost", filepath.Join(filepath.Dir(ca), "ca.p12"))
	set := func(variable, value string) string { return "export " + variable + "=" + value }
	goAndNet := set("SSL_CERT_FILE", file)
	switch system {
	case "windows":
		set = func(variable, value string) string {
			return "$env:" + variable + " = " + `"` + strings.Trim(value, `"'`) + `"`
		}
		goAndNet = "Import-Certificate -FilePath " + file + ` -CertStoreLocation Cert:\CurrentUser\Root`
	case "darwin":
		goAndNet = "security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db " + file
	}
	return []string{
		"Its certificate is signed by an authority of its own, made once. To trust it, in the shell that calls:",
		"",
		"  curl         curl --cacert " + file,
		"  Go, .NET     " + goAndNet,
		"  Node         " + set("NODE_EXTRA_CA_CERTS", file),
		"  Python       " + set("REQUESTS_CA_BUNDLE", file),
		"               " + set("SSL_CERT_FILE", file),
		"  Java         " + keytool,
		"               " + set("JAVA_TOOL_OPTIONS", `"`+java+`"`),
		"  provost      " + set("PROVOST_CA", file),
	}
}
