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

// transportTo is a transport to the server that trusts the authority which the
// command or its environment names, else the one that is given, else that of a
// development server started here.
func transportTo(cmd *cobra.Command, server *url.URL, ca string) (http.RoundTripper, error) {
	if server.Scheme != "https" {
		return http.DefaultTransport, nil
	}
	if path, err := cmd.Flags().GetString(caFlag); err == nil && path != "" {
		return trusting(path, "--"+caFlag)
	}
	if path := os.Getenv(caVariable); path != "" {
		return trusting(path, caVariable)
	}
	if ca != "" {
		return trusting(ca, "the development server's data")
	}
	if onThisMachine(server.Hostname()) {
		if _, err := os.Stat(devCA); !errors.Is(err, fs.ErrNotExist) {
			return trusting(devCA, "the development server's data")
		}
	}
	return http.DefaultTransport, nil
}

// trusting is a transport that trusts an authority beside the system's.
func trusting(path, source string) (http.RoundTripper, error) {
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
