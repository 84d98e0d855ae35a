package server

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"provost/internal/disk"
)

// The files of a development server's certificate authority.
const (
	caFile    = "ca.pem"
	caKeyFile = "ca.key"
)

const (
	caTime   = 10 * 365 * 24 * time.Hour
	leafTime = 90 * 24 * time.Hour
	// renewBefore is how long before its end a certificate is replaced.
	renewBefore = leafTime / 3
	// clockSkew is how far behind the clock of a caller may be.
	clockSkew = time.Hour
)

// certificateAuthority signs the certificates of one development server.
type certificateAuthority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// openCA gives the authority that the directory keeps, and makes it once. One
// that is about to end is made anew: whoever trusts the old one has to be told.
func openCA(dir string, log *slog.Logger) (*certificateAuthority, error) {
	ca, err := readCA(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return makeCA(dir)
	case err != nil:
		return nil, fmt.Errorf("read the certificate authority: %w (take %s and %s away to have it made anew)",
			err, filepath.Join(dir, caFile), filepath.Join(dir, caKeyFile))
	case time.Until(ca.certificate.NotAfter) < leafTime:
		log.Warn("the certificate authority was about to end and is made anew: trust it again", "file", filepath.Join(dir, caFile))
		return makeCA(dir)
	}
	return ca, nil
}

func readCA(dir string) (*certificateAuthority, error) {
	key, err := os.ReadFile(filepath.Join(dir, caKeyFile))
	if err != nil {
		return nil, err
	}
	certificate, err := os.ReadFile(filepath.Join(dir, caFile))
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	signer, ok := pair.PrivateKey.(crypto.Signer)
	if !ok || !pair.Leaf.IsCA {
		return nil, errors.New("it is not that of an authority")
	}
	return &certificateAuthority{pair.Leaf, signer}, nil
}

func makeCA(dir string) (*certificateAuthority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the certificate authority's key: %w", err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		// Programs that trust two of them must be able to tell them apart.
		Subject:               pkix.Name{Organization: []string{"Provost"}, CommonName: "Provost development " + hex.EncodeToString(serial.Bytes()[:4])},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.Add(caTime),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		// A key that gets out vouches for no client and no program.
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the certificate authority: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make the certificate authority: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("keep the certificate authority's key: %w", err)
	}
	// The key first: without it the other file is of no use, and made again.
	if err := disk.Replace(filepath.Join(dir, caKeyFile), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})); err != nil {
		return nil, fmt.Errorf("keep the certificate authority's key: %w", err)
	}
	if err := disk.Replace(filepath.Join(dir, caFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})); err != nil {
		return nil, fmt.Errorf("keep the certificate authority: %w", err)
	}
	return &certificateAuthority{certificate, key}, nil
}

func newSerial() (*big.Int, error) {
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	raw[0] = raw[0]&0x7f | 0x40 // positive, and of one length
	return new(big.Int).SetBytes(raw), nil
}

// issue makes a certificate for a server of these names and addresses.
func (ca *certificateAuthority) issue(names []string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a certificate's key: %w", err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"Provost"}, CommonName: "Provost development server"},
		NotBefore:    now.Add(-clockSkew),
		NotAfter:     now.Add(leafTime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip, err := netip.ParseAddr(name); err == nil {
			template.IPAddresses = append(template.IPAddresses, ip.WithZone("").AsSlice())
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.certificate, key.Public(), ca.key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for %v: %w", names, err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for %v: %w", names, err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

// ownCertificate is what a development server shows: made at each start, since
// its names may have changed, and again before it ends. Its key is in no file.
type ownCertificate struct {
	ca    *certificateAuthority
	names []string

	mu      sync.Mutex
	current *tls.Certificate
}

func (o *ownCertificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.current == nil || time.Until(o.current.Leaf.NotAfter) < renewBefore {
		made, err := o.ca.issue(o.names)
		if err != nil {
			return nil, err
		}
		o.current = made
	}
	return o.current, nil
}

// certificateNames are those by which callers may know a development server.
func certificateNames(names ...string) []string {
	all := []string{"localhost", "127.0.0.1", "::1"}
	for _, name := range names {
		if name = canonicalHost(name); name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
