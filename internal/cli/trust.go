package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

const (
	caVariable = "PROVOST_CA"
	caFlag     = "ca"
)

// devCA is where a development server that was started in this directory keeps
// the certificate of its authority.
var devCA = filepath.Join(".provost", "ca.pem")

func addCAFlag(cmd *cobra.Command) {
	cmd.Flags().String(caFlag, "", "a certificate authority to trust beside the system's (default: "+caVariable+
		", else "+filepath.ToSlash(devCA)+" for a server on this machine)")
	_ = cmd.MarkFlagFilename(caFlag, "pem", "crt")
}

// trusted is the file of the authority that is trusted for the server beside the
// system's, and who named it: the command or its environment, else the caller,
// else a development server that was started here. "": none is.
func trusted(cmd *cobra.Command, server *url.URL, ca string) (path, source string) {
	if server.Scheme != "https" {
		return "", ""
	}
	if path, err := cmd.Flags().GetString(caFlag); err == nil && path != "" {
		return path, "--" + caFlag
	}
	if path := os.Getenv(caVariable); path != "" {
		return path, caVariable
	}
	if ca == "" && onThisMachine(server.Hostname()) {
		if _, err := os.Stat(devCA); !errors.Is(err, fs.ErrNotExist) {
			ca = devCA
		}
	}
	return ca, "the development server's data"
}

// trusting is a transport that trusts an authority beside the system's; "": none.
func trusting(path, source string) (http.RoundTripper, error) {
	if path == "" {
		return http.DefaultTransport, nil
	}
	certificate, err := os.ReadFile(path)
	if err != nil {
		return nil, misuse("%s: %w", source, err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // there is none: the named one counts alone
	}
	if !roots.AppendCertsFromPEM(certificate) {
		return nil, misuse("%s: %s holds no certificate (PEM)", source, path)
	}
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, fmt.Errorf("trust %s: the transport is not net/http's", path)
	}
	transport = transport.Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	return transport, nil
}

func onThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// distrusted says what to do about a certificate that is not trusted; nil: that
// was not it.
func (r *remote) distrusted(err error) error {
	var (
		unverified *tls.CertificateVerificationError
		plain      tls.RecordHeaderError
		network    *net.OpError
	)
	switch {
	case errors.As(err, &unverified):
		return fmt.Errorf("the certificate of %s is not trusted: name the authority that signed it with --%s or %s; "+
			"that of provost dev --tls is ca.pem in its data directory (%w)", r.base, caFlag, caVariable, unverified.Err)
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &plain), errors.As(err, &network) && network.Op == "remote error":
		return fmt.Errorf("the server at %s speaks no https that this program understands: does it speak http? (%w)", r.base, err)
	}
	return nil
}
